"""Keys: files for their owner alone, never written over, under a passphrase where one was given."""

import base64
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SetupError
from gateway.trust.certificate.circumstances import Possession
from gateway.trust.certificate.possession import fresh_challenge, judged, to_be_signed
from gateway.trust.certificate.signing_key import new_signing_key, read_public_key, read_signing_key, write_signing_key
from tests.kit.certificates import COPY, UNIT

PASSPHRASE = "four words are good"


def test_a_key_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    key = new_signing_key()
    public = write_signing_key(key, tmp_path / "a.key")
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert read_signing_key(tmp_path / "a.key").public == key.public == read_public_key(public)
    assert "PRIVATE" not in repr(key)
    assert key.id in public.read_text()


@pytest.mark.parametrize("taken", ["a.key", "a.key.pub"])
def test_nothing_is_written_over(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(SetupError, match="never written over"):
        write_signing_key(new_signing_key(), tmp_path / "a.key")
    assert (tmp_path / taken).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetupError):
        write_signing_key(new_signing_key(), tmp_path / "a.key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_passphrase_is_needed_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    key = new_signing_key()
    write_signing_key(key, path, PASSPHRASE)
    assert read_signing_key(path, PASSPHRASE).public == key.public
    for wrong in (None, "another one"):
        with pytest.raises(SetupError, match="passphrase"):
            read_signing_key(path, wrong)


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    write_signing_key(new_signing_key(), tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o640)
    with pytest.raises(SetupError, match="chmod 600"):
        read_signing_key(tmp_path / "a.key")


def test_what_is_no_key_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with pytest.raises(SetupError, match="cannot be read"):
        read_signing_key(path)
    path.touch(0o600)
    with pytest.raises(SetupError, match="no private key"):
        read_signing_key(path)
    path.unlink()
    write_signing_key(new_signing_key(), path)
    with pytest.raises(SetupError, match="private key"):
        read_public_key(path)
    (tmp_path / "b.pub").write_text("x" * 43)
    with pytest.raises(SetupError, match="no Ed25519 public key"):
        read_public_key(tmp_path / "b.pub")


def test_openssl_makes_and_reads_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.touch(0o600)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, timeout=20)
    pem = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True, capture_output=True, timeout=20).stdout
    (tmp_path / "a.pem").write_bytes(pem)
    assert read_public_key(tmp_path / "a.pem") == read_signing_key(path).public


def answer(key: object, signed: str) -> dict[str, str]:
    signature = key.sign(signed.encode())  # type: ignore[attr-defined]
    return {"signed": signed, "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode()}


def test_only_the_bound_key_over_this_question_put_to_this_appliance_proves_it() -> None:
    challenge = fresh_challenge()
    assert challenge != fresh_challenge()
    signed = to_be_signed("lamp-1", challenge)
    good = answer(UNIT, signed)
    assert judged(good, UNIT.public, "lamp-1", challenge).possession is Possession.PROVED
    wrong: tuple[Any, ...] = (
        answer(COPY, signed),
        answer(UNIT, to_be_signed("lamp-2", challenge)),
        answer(UNIT, to_be_signed("lamp-1", fresh_challenge())),
        answer(UNIT, challenge),
        good | {"signature": good["signature"] + "="},
        good | {"signature": ""},
        {"signature": good["signature"]},
        {**good, "signed": 5},
        None,
        [],
    )
    for each in wrong:
        assert judged(each, UNIT.public, "lamp-1", challenge).possession is Possession.WRONG
