"""Trust lists, status lists and the shelf they lie on: what counts, what does not, and what is said about the rest."""

import stat
from pathlib import Path

import orjson
import pytest

from gateway.errors import BadSyntax, SetupError
from gateway.trust.certificate.jws import write_jws
from gateway.trust.certificate.shelf import put_status, put_trust, read_shelf, take_trust
from gateway.trust.certificate.signing_key import key_id
from gateway.trust.certificate.status_list import read_status_list, write_status_list
from gateway.trust.certificate.trust_list import Issuer, read_signed_trust_list, read_trust_list, sign_trust_list, write_trust_list
from tests.kit.certificates import LAB, MAKER, NOW, OTHER, TRUST, certified

LISTER = Issuer(name="Association", key=OTHER.public, role="lists", marks=frozenset())
ROW = {"name": "x", "key": LAB.id, "as": "third-party", "marks": ["hulian-conformance"]}


def document(*issuers: Issuer) -> bytes:
    return orjson.dumps(write_trust_list(issuers))


def test_a_trust_list_says_the_same_when_it_is_read_again() -> None:
    dated = read_trust_list(orjson.dumps({"hulian": "trust-list-1", "issuers": [ROW | {"from": "2026-01-01", "until": "2026-12-31"}]}))
    assert (dated[0].since, dated[0].until) == (1767225600.0, 1798761600.0)
    for issuers in (TRUST.issuers, dated, (LISTER,)):
        assert read_trust_list(document(*issuers)) == issuers


@pytest.mark.parametrize(
    "row",
    [
        {"key": "x"},
        {"key": LAB.id + "A"},
        {"key": 1},
        {"as": "god"},
        {"marks": []},
        {"marks": "all"},
        {"kinds": [1]},
        {"from": "soon"},
        {"name": ""},
    ],
)
def test_a_row_with_a_mistake_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(BadSyntax):
        read_trust_list(orjson.dumps({"hulian": "trust-list-1", "issuers": [ROW | row]}))


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"{}", b'{"hulian":"trust-list-2","issuers":[]}', b'{"hulian":"trust-list-1","issuers":{}}']
)
def test_what_is_no_trust_list_is_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read_trust_list(text)


def test_a_signed_list_counts_when_its_signer_is_there_for_that_and_makes_nobody_else_a_signer_of_lists() -> None:
    text = sign_trust_list((*TRUST.issuers, Issuer(name="Accomplice", key=LAB.public, role="lists", marks=frozenset())), OTHER)
    assert read_signed_trust_list(text, [LISTER]) == TRUST.issuers
    for known in ((), TRUST.issuers):
        with pytest.raises(BadSyntax, match="sign lists"):
            read_signed_trust_list(text, known)
    other = sign_trust_list((TRUST.issuers[2],), OTHER)
    with pytest.raises(BadSyntax, match="it was changed"):
        read_signed_trust_list(f"{text.rpartition('.')[0]}.{other.rpartition('.')[2]}", [LISTER])
    for bit in range(0, 8 * len(other), 5):
        flipped = bytearray(other.encode())
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSyntax):
            read_signed_trust_list(flipped.decode("latin-1"), [LISTER])
    with pytest.raises(BadSyntax, match="not a hulian-trust-list"):
        read_signed_trust_list(certified(OTHER).jws, [LISTER])


def test_a_status_list_is_read_as_it_was_written_and_no_bit_of_it_can_be_another() -> None:
    text = write_status_list("lab", {"a": "2026-12-01"}, LAB, NOW)
    status = read_status_list(text)
    assert (status.name, status.signer, status.issued, status.revoked) == ("lab", LAB.public, int(NOW), {"a": "2026-12-01"})
    assert status.revoked_on("a", NOW) == "2026-12-01"
    assert status.revoked_on("b", NOW) == ""
    for bit in range(8 * len(text)):
        flipped = bytearray(text.encode())
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSyntax):
            read_status_list(flipped.decode("latin-1"))


@pytest.mark.parametrize(
    "payload",
    [
        {"sub": "x", "iat": 1, "revoked": {}},
        {"iss": "urn:hulian:key:" + MAKER.id, "sub": "x", "iat": 1, "revoked": {}},
        {"iss": "urn:hulian:key:" + LAB.id, "sub": "x", "iat": True, "revoked": {}},
        {"iss": "urn:hulian:key:" + LAB.id, "sub": "x", "iat": 1, "revoked": {"a": "never"}},
        {"iss": "urn:hulian:key:" + LAB.id, "sub": "x", "iat": 1, "revoked": {"a": 5}},
        {"iss": "urn:hulian:key:" + LAB.id, "sub": "x", "iat": 1, "revoked": {}, "more": 1},
    ],
)
def test_a_status_list_that_says_something_else_is_refused_though_its_signature_is_right(payload: dict[str, object]) -> None:
    with pytest.raises(BadSyntax):
        read_status_list(write_jws(payload, "hulian-status+jwt", LAB))


def test_the_shelf_of_a_home(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert read_shelf(data).trust.issuers == ()
    put_trust(data, "mine", document(TRUST.issuers[0], LISTER))
    put_trust(data, "association", sign_trust_list(TRUST.issuers, OTHER).encode())
    put_status(data, write_status_list("lab", {}, LAB, NOW).encode())
    shelf = read_shelf(data)
    assert [issuer.name for issuer in shelf.trust.issuers] == ["Test House", "Association", "Hulian Simulator Works"], (
        "OTHER's own row is mine"
    )
    assert [status.name for status in shelf.statuses] == ["lab"]
    assert shelf.troubles == ()
    assert stat.S_IMODE(data.stat().st_mode) == stat.S_IMODE((data / "certificates").stat().st_mode) == 0o700
    take_trust(data, "mine")
    after = read_shelf(data)
    assert after.trust.issuers == ()
    assert "sign lists" in after.troubles[0], "what hung on it counts no more, and it is said"
    with pytest.raises(SetupError, match="no trust list"):
        take_trust(data, "mine")


def test_what_could_not_count_is_not_put_on_the_shelf(tmp_path: Path) -> None:
    with pytest.raises(BadSyntax, match="sign lists"):
        put_trust(tmp_path, "association", sign_trust_list(TRUST.issuers, OTHER).encode())
    with pytest.raises(SetupError, match="no name"):
        put_trust(tmp_path, "../state", document(LISTER))
    put_status(tmp_path, write_status_list("lab", {"a": "2026-12-01"}, LAB, NOW).encode())
    with pytest.raises(BadSyntax, match="newer"):
        put_status(tmp_path, write_status_list("lab", {}, LAB, NOW - 1).encode())
    put_status(tmp_path, write_status_list("lab", {}, OTHER, NOW - 1).encode())
    assert {key_id(status.signer) for status in read_shelf(tmp_path).statuses} == {LAB.id, OTHER.id}, (
        "another's list of that name is beside it"
    )


def test_rubbish_on_the_shelf_is_left_aside_and_said(tmp_path: Path) -> None:
    put_trust(tmp_path, "good", document(*TRUST.issuers))
    for name, text in (
        ("trust/bad.json", b"{"),
        ("trust/bad.jws", b"x"),
        ("status/bad.jws", b"\xff\xfe"),
        ("status/long.jws", b"a" * 5_000_000),
    ):
        path = tmp_path / "certificates" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
    shelf = read_shelf(tmp_path)
    assert shelf.trust.issuers == TRUST.issuers
    assert len(shelf.troubles) == 4
