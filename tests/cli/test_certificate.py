"""`hulian certificate`: offline from the first key to the withdrawal, with helpful refusals and nothing written over."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.certificate import app
from gateway.cli.options import options
from gateway.errors import HulianError
from gateway.trust.certificate.statement import facts_document
from tests.kit.certificates import FACTS

PASSPHRASE = "four words are good"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the record of a run in it; the home's data folder is `data` in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(options, "data", tmp_path / "data")
    (tmp_path / "run.json").write_text(json.dumps(facts_document(FACTS)))
    return tmp_path


def hulian(*words: str, code: int = 0, input: str | None = None) -> str:
    result = CliRunner().invoke(app, words, input=input)
    assert result.exit_code == code, (result.output, result.exception)
    return " ".join(result.output.split())


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, HulianError), result.output
    return str(result.exception)


def test_from_the_first_key_to_the_withdrawal(desk: Path) -> None:
    for name in ("lab", "unit"):
        assert f"{name}.key.pub" in hulian("keygen", f"{name}.key")
        assert stat.S_IMODE((desk / f"{name}.key").stat().st_mode) == 0o600
    said = hulian("sign", "run.json", "--key", "lab.key", "--device-key", "unit.key.pub", "--status", "lab", "--out", "unit")
    assert "unit.cose" in said
    assert "Models HS-L9" in hulian("show", "unit.jws")
    assert hulian("show", "unit.cose", "--json") == hulian("show", "unit.jws", "--json")
    assert "no status list lab here" in hulian("verify", "unit.jws", code=1)
    hulian("status", "--renew", "lab.jws", "--key", "lab.key", "--name", "lab")
    assert "lab of 20" in hulian("status", "--add", "lab.jws")
    assert "self-declared" in hulian("verify", "unit.jws", code=1)
    hulian("verify", "unit.jws", "--self-declared")
    assert "believes nobody yet" in hulian("trust", "list")
    hulian("trust", "issuer", "Test House", "lab.key.pub", "--kind", "light")
    assert "Test House as third-party: hulian-conformance for light" in hulian("trust", "list")
    for file in ("unit.jws", "unit.cose"):
        assert hulian("verify", file).startswith("verified hulian-conformance")
    assert "dates: it ended on" in hulian("verify", "unit.jws", "--at", "2099-01-01", code=1)
    number = json.loads(hulian("show", "unit.jws", "--json"))["number"]
    assert f"{number} is withdrawn" in hulian("revoke", "unit.cose", "--key", "lab.key", "--list", "lab.jws")
    assert hulian("verify", "unit.jws").startswith("verified"), "the home has not heard of it"
    assert "rejected at step status: it was withdrawn on" in hulian("verify", "unit.jws", "--status", "lab.jws", code=1)
    hulian("status", "--add", "lab.jws")
    assert "rejected at step status" in hulian("verify", "unit.jws", code=1)
    assert f"{number} withdrawn from" in hulian("status")


def test_a_factory_gives_each_unit_a_certificate_of_its_own_of_the_same_run(desk: Path) -> None:
    for name in ("maker", "one", "two"):
        hulian("keygen", f"{name}.key")
    hulian("sign", "run.json", "--key", "maker.key", "--device-key", "one.key.pub", "--out", "one", "--status", "s")
    hulian("sign", "one.cose", "--key", "maker.key", "--device-key", "two.key.pub", "--out", "two", "--days", "30")
    one, two = (json.loads(hulian("show", f"{name}.jws", "--json")) for name in ("one", "two"))
    own = {"number", "issued", "expires", "boundKey"}
    assert {name: value for name, value in one.items() if name not in own} == {
        name: value for name, value in two.items() if name not in own
    }
    assert one["number"] != two["number"]
    assert two["boundKey"] == (desk / "two.key.pub").read_text().strip()
    changed = bytearray((desk / "one.cose").read_bytes())
    changed[-1] ^= 1
    (desk / "bad.cose").write_bytes(changed)
    assert "signature of that certificate is wrong" in refused("sign", "bad.cose", "--key", "maker.key", "--out", "three")
    assert "changed after it was signed" in hulian("show", "bad.cose")
    assert "rejected at step signature" in hulian("verify", "bad.cose", code=1)


def test_one_bound_to_nothing_says_what_a_hub_will_think_of_it(desk: Path) -> None:
    assert desk.exists()
    hulian("keygen", "maker.key")
    assert "unverified" in hulian("sign", "run.json", "--key", "maker.key")
    assert "a copy looks the same" in hulian("show", "run.jws")


def test_a_qr_code_is_drawn_and_its_text_is_a_certificate(desk: Path) -> None:
    from gateway.trust.certificate.signing import qr_text  # noqa: PLC0415 - only here

    hulian("keygen", "maker.key")
    hulian("sign", "run.json", "--key", "maker.key")
    assert "█" in hulian("show", "run.cose", "--qr")
    (desk / "scanned.txt").write_text(qr_text((desk / "run.cose").read_bytes()) + "\n")
    assert hulian("show", "scanned.txt") == hulian("show", "run.cose")
    assert "ends in .cose" in refused("show", "run.jws", "--qr")


def test_a_key_under_a_passphrase_signs_with_it_and_not_without(desk: Path) -> None:
    (desk / "words").write_text(PASSPHRASE + "\n")
    hulian("keygen", "maker.key", "--passphrase-file", "words")
    assert b"ENCRYPTED" in (desk / "maker.key").read_bytes()
    hulian("sign", "run.json", "--key", "maker.key", "--passphrase-file", "words")
    (desk / "words").write_text("other words are bad\n")
    assert "passphrase is another one" in refused("sign", "run.json", "--key", "maker.key", "--passphrase-file", "words", "--out", "x")
    (desk / "words").write_text("short\n")
    assert "at least 12" in refused("keygen", "other.key", "--passphrase-file", "words")


def test_nothing_that_is_there_is_written_over(desk: Path) -> None:
    hulian("keygen", "maker.key")
    before = (desk / "maker.key").read_bytes()
    assert "never written over" in refused("keygen", "maker.key")
    assert (desk / "maker.key").read_bytes() == before
    hulian("sign", "run.json", "--key", "maker.key")
    assert "there already" in refused("sign", "run.json", "--key", "maker.key")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"verdicts": {"C1": "failed"}}, "signed when nothing failed: C1"),
        ({"verdicts": {}}, "nothing passed"),
        ({"profile_hash": "zz"}, "hexadecimal"),
        ({"maker": ""}, "names its mark, its holder"),
        ({"kind": None}, "must be text"),
    ],
)
def test_a_run_that_cannot_be_signed_says_why(desk: Path, record: dict[str, Any], why: str) -> None:
    hulian("keygen", "maker.key")
    (desk / "run.json").write_text(json.dumps(facts_document(FACTS) | record))
    assert why in refused("sign", "run.json", "--key", "maker.key")


def test_what_is_no_certificate_is_said_in_words(desk: Path) -> None:
    for name, text in (("empty", b""), ("noise", b"\xd2noise"), ("text", b"HL1:abc"), ("huge", b"a" * 20_000)):
        (desk / name).write_bytes(text)
    assert "three parts" in refused("show", "empty")
    assert "CBOR" in refused("show", "noise")
    assert "base 45" in refused("show", "text")
    assert "at most" in refused("show", "huge")
    assert "cannot be read" in refused("show", "missing")
    assert "rejected at step parse" in hulian("verify", "noise", code=1)


def test_only_the_key_of_a_list_changes_it(desk: Path) -> None:
    for name in ("lab", "other"):
        hulian("keygen", f"{name}.key")
    assert "say with --name" in refused("revoke", "abc", "--key", "lab.key", "--list", "lab.jws")
    hulian("revoke", "abc", "--key", "lab.key", "--list", "lab.jws", "--name", "lab", "--on", "2030-01-01")
    assert "not with this key" in refused("revoke", "abd", "--key", "other.key", "--list", "lab.jws")
    assert "no day" in refused("revoke", "abd", "--key", "lab.key", "--list", "lab.jws", "--on", "tomorrow")
    assert "needs the key" in refused("status", "--renew", "lab.jws")
    assert "abc withdrawn from 2030-01-01" in hulian("status", "lab.jws")
    assert desk.exists()


def test_a_list_of_an_association_counts_once_it_is_believed_for_lists(desk: Path) -> None:
    for name in ("lab", "association"):
        hulian("keygen", f"{name}.key")
    hulian("trust", "issuer", "Test House", "lab.key.pub")
    (desk / "issuers.json").write_text(hulian("trust", "list", "--json"))
    name = next((desk / "data/certificates/trust").iterdir()).stem
    hulian("trust", "remove", name)
    hulian("trust", "sign", "issuers.json", "--key", "association.key", "--out", "association.jws")
    assert "sign lists" in refused("trust", "add", "association.jws")
    hulian("trust", "issuer", "Association", "association.key.pub", "--as", "lists")
    hulian("trust", "add", "association.jws")
    assert "Test House as third-party" in hulian("trust", "list")
    assert "--as is one of" in refused("trust", "issuer", "X", "lab.key.pub", "--as", "god")


@pytest.mark.parametrize(
    "command", ["keygen", "sign", "show", "verify", "revoke", "status", "trust list", "trust issuer", "trust add", "trust sign"]
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    said = hulian(*command.split(), "--help")
    assert f"hulian certificate {command}" in said
