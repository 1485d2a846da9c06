"""A certificate has two signed forms that say the same, and exactly one text of each: whatever else is read is refused."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

import cbor2
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadSyntax, CommandError, SchemaViolation, StateConflict
from gateway.trust.certificate.base45 import base45, from_base45
from gateway.trust.certificate.claim import read_claim
from gateway.trust.certificate.cose import read_cose
from gateway.trust.certificate.signing import from_qr_text, sign_run, sign_statement
from gateway.trust.certificate.statement import FIELDS, RunFacts, facts_document, facts_from, verdict_root
from tests.kit.certificates import FACTS, LAB, NOW, certified, key, statement

CERTIFICATE = certified()


def believed(read: Any, text: Any) -> bool:
    try:
        return bool(read(text).genuine())
    except CommandError:
        return False


def test_both_forms_say_the_same_and_name_who_signed() -> None:
    cose, jws = read_cose(CERTIFICATE.cose), read_claim(CERTIFICATE.jws)
    assert cose.statement == jws.statement == CERTIFICATE.statement
    assert cose.issuer == jws.issuer == LAB.public
    assert cose.genuine()
    assert jws.genuine()
    assert {field.attribute for field, _ in CERTIFICATE.statement.members()} == {f.attribute for f in FIELDS} - {"standard", "grade"}


def test_no_bit_of_the_cose_form_can_be_another() -> None:
    assert believed(read_cose, CERTIFICATE.cose)
    for bit in range(8 * len(CERTIFICATE.cose)):
        flipped = bytearray(CERTIFICATE.cose)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not believed(read_cose, bytes(flipped)), bit


def test_no_bit_of_the_jws_can_be_another() -> None:
    text = CERTIFICATE.jws.encode()
    assert believed(read_claim, CERTIFICATE.jws)
    for bit in range(8 * len(text)):
        flipped = bytearray(text)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not believed(read_claim, flipped.decode("latin-1")), bit


def test_it_fits_a_qr_code_that_any_scanner_reads() -> None:
    import segno  # noqa: PLC0415 - only here

    longest = certified(
        facts=RunFacts(**{**facts_document(FACTS), "maker": "M" * 60, "model": "N" * 40}), status="https://example.com/status/2026"
    )
    assert len(CERTIFICATE.cose) < 500
    assert from_qr_text(longest.qr_text) == longest.cose
    assert int(segno.make(longest.qr_text, error="l", micro=False).version) <= 17
    assert segno.make(longest.qr_text, error="l", micro=False).mode == "alphanumeric"


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)
def test_base_45_is_as_the_rfc_has_it(data: bytes, text: str) -> None:
    assert base45(data) == text
    assert from_base45(text) == data


@pytest.mark.parametrize("text", ["A", "ABCD", ":::", "GGW", "::", "ab"])
def test_what_is_no_base_45_is_refused(text: str) -> None:
    with pytest.raises(BadSyntax):
        from_base45(text)


# -- COSE that says the same and is written otherwise

PARTS = cbor2.loads(CERTIFICATE.cose).value
HEADER, CLAIMS = cbor2.loads(PARTS[0]), cbor2.loads(PARTS[2])


def sign1(header: Any, unprotected: Any, claims: Any, *, tag: int = 18, canonical: bool = True) -> bytes:
    """Return a COSE_Sign1 with a signature that is right for these very bytes."""
    protected = header if isinstance(header, bytes) else cbor2.dumps(header, canonical=canonical)
    payload = claims if isinstance(claims, bytes) else cbor2.dumps(claims, canonical=canonical)
    signature = LAB.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected, payload, signature]), canonical=True)


def doubled(claims: dict[Any, Any]) -> bytes:
    """Return a map whose first key comes twice."""
    text = cbor2.dumps(claims, canonical=True)
    return bytes([text[0] + 1]) + cbor2.dumps(4) + cbor2.dumps(claims[4] + 1) + text[1:]


OTHER_COSE = {
    "an unprotected header": sign1(HEADER, {4: b"another key"}, CLAIMS),
    "the key unprotected": sign1({1: -8, 16: HEADER[16]}, {4: HEADER[4]}, CLAIMS),
    "another tag": sign1(HEADER, {}, CLAIMS, tag=98),
    "no tag": CERTIFICATE.cose[1:],
    "another algorithm": sign1({**HEADER, 1: -7}, {}, CLAIMS),
    "an algorithm that is none": sign1({**HEADER, 1: 0}, {}, CLAIMS),
    "no algorithm": sign1({4: HEADER[4], 16: HEADER[16]}, {}, CLAIMS),
    "another type": sign1({**HEADER, 16: "hulian-status"}, {}, CLAIMS),
    "a header more": sign1({**HEADER, 2: [4]}, {}, CLAIMS),
    "headers in another order": sign1(dict(reversed(HEADER.items())), {}, CLAIMS, canonical=False),
    "claims in another order": sign1(HEADER, {}, dict(reversed(CLAIMS.items())), canonical=False),
    "a claim more": sign1(HEADER, {}, {**CLAIMS, 3: "audience"}),
    "a member more": sign1(HEADER, {}, {**CLAIMS, -65537: {**CLAIMS[-65537], 99: "x"}}),
    "a key that comes twice": sign1(HEADER, {}, doubled(CLAIMS)),
    "a number longer than needed": sign1(
        HEADER, {}, b"\xa5\x04\x1b\x00\x00\x00\x00" + cbor2.dumps(CLAIMS[4])[1:] + cbor2.dumps(CLAIMS, canonical=True)[7:]
    ),
    "something behind it": CERTIFICATE.cose + b"\x00",
    "a payload that is no bytes": cbor2.dumps(cbor2.CBORTag(18, [PARTS[0], {}, CLAIMS, PARTS[3]]), canonical=True),
    "five parts": cbor2.dumps(cbor2.CBORTag(18, [*PARTS, b""]), canonical=True),
    "a short signature": cbor2.dumps(cbor2.CBORTag(18, [*PARTS[:3], PARTS[3][:63]]), canonical=True),
    "a date before it began": sign1(HEADER, {}, {**CLAIMS, 4: CLAIMS[6] - 1}),
    "a huge map": b"\xd2\x84\xbb" + b"\xff" * 8,
    "nested without end": b"\xd2" + b"\x81" * 4000,
    "a megabyte": b"\xd2" + bytes(1_000_000),
    "nothing": b"",
}


WHY_COSE = {
    "an unprotected header": "headers that are not protected",
    "the key unprotected": "headers that are not protected",
    "another tag": "does not begin with its tag",
    "no tag": "does not begin with its tag",
    "another algorithm": "algorithm -7",
    "an algorithm that is none": "algorithm 0",
    "another type": "not those of a certificate",
    "a short signature": "63 bytes",
    "a key that comes twice": "doubled",
    "a megabyte": "at most 4096 bytes",
    "nested without end": "nested too deep",
}
"""Each layer says what it found, so that one that is missing is missed though the next would refuse as well."""


@pytest.mark.parametrize("name", OTHER_COSE)
def test_a_cose_form_that_is_not_the_one_is_refused_though_its_signature_is_right(name: str) -> None:
    with pytest.raises((BadSyntax, SchemaViolation), match=WHY_COSE.get(name)):
        read_cose(OTHER_COSE[name])


# -- JWS

JWS_HEADER = {"alg": "EdDSA", "kid": LAB.id, "typ": "hulian-certificate+jwt"}
JWS_PAYLOAD: dict[str, Any] = json.loads(base64.urlsafe_b64decode(CERTIFICATE.jws.split(".")[1] + "=="))


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(header: Any, payload: Any) -> str:
    """Return a JWS with a signature that is right for these very bytes."""
    texts = [each if isinstance(each, bytes) else rfc8785.dumps(each) for each in (header, payload)]
    message = ".".join(map(part, texts))
    return f"{message}.{part(LAB.sign(message.encode()))}"


def keyed_hash() -> str:
    """Return a JWS under HS256 with the public key as its secret: what a careless verifier takes."""
    message = f"{part(rfc8785.dumps({**JWS_HEADER, 'alg': 'HS256'}))}.{part(rfc8785.dumps(JWS_PAYLOAD))}"
    return f"{message}.{part(hmac.digest(LAB.public, message.encode(), sha256))}"


OTHER_JWS = {
    "no algorithm": jws({**JWS_HEADER, "alg": "none"}, JWS_PAYLOAD),
    "no signature": CERTIFICATE.jws.rpartition(".")[0] + ".",
    "an unsecured one": part(rfc8785.dumps({"alg": "none"})) + "." + CERTIFICATE.jws.split(".")[1] + ".",
    "a keyed hash": keyed_hash(),
    "another name of the algorithm": jws({**JWS_HEADER, "alg": "Ed25519"}, JWS_PAYLOAD),
    "the key in the header": jws({**JWS_HEADER, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": LAB.id}}, JWS_PAYLOAD),
    "a critical header": jws({**JWS_HEADER, "crit": ["exp"]}, JWS_PAYLOAD),
    "another type": jws({**JWS_HEADER, "typ": "hulian-status+jwt"}, JWS_PAYLOAD),
    "headers in another order": jws(json.dumps(dict(reversed(JWS_HEADER.items())), separators=(",", ":")).encode(), JWS_PAYLOAD),
    "blanks": jws(JWS_HEADER, json.dumps(JWS_PAYLOAD).encode()),
    "a member that comes twice": jws(JWS_HEADER, b'{"exp":99999999999,' + rfc8785.dumps(JWS_PAYLOAD)[1:]),
    "a claim more": jws(JWS_HEADER, {**JWS_PAYLOAD, "aud": "x"}),
    "another issuer than its key": jws(JWS_HEADER, {**JWS_PAYLOAD, "iss": "urn:hulian:key:" + key("x").id}),
    "a number that is no date": jws(JWS_HEADER, {**JWS_PAYLOAD, "exp": 1.5e9 + 0.5}),
    "true for a date": jws(JWS_HEADER, {**JWS_PAYLOAD, "iat": True}),
    "padding": CERTIFICATE.jws + "==",
    "a blank": " " + CERTIFICATE.jws,
    "four parts": CERTIFICATE.jws + ".e30",
    "no JSON": jws(JWS_HEADER, b"{"),
    "a list": jws(JWS_HEADER, b"[]"),
    "a megabyte": CERTIFICATE.jws + "A" * 1_000_000,
    "nothing": "",
}


WHY_JWS = {
    "no algorithm": "signed with 'none'",
    "an unsecured one": "signed with 'none'",
    "a keyed hash": "signed with 'HS256'",
    "another name of the algorithm": "signed with 'Ed25519'",
    "another type": "not a hulian-certificate",
    "the key in the header": "canonical",
    "a critical header": "canonical",
    "blanks": "canonical",
    "a member that comes twice": "canonical",
    "a claim more": "says more than a certificate does",
    "another issuer than its key": "another issuer than its key",
    "no signature": "another length",
    "padding": "padding",
    "a megabyte": "at most 8192",
}


@pytest.mark.parametrize("name", OTHER_JWS)
def test_a_jws_that_is_not_the_one_is_refused_though_its_signature_is_right(name: str) -> None:
    with pytest.raises((BadSyntax, SchemaViolation), match=WHY_JWS.get(name)):
        read_claim(OTHER_JWS[name])


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=120).map(lambda data: b"\xd2\x84" + data)))
@settings(max_examples=50, deadline=None)
def test_noise_is_refused_and_raises_nothing_else(data: bytes) -> None:
    with pytest.raises(CommandError):
        read_cose(data)
    with pytest.raises(CommandError):
        read_claim(data.decode("latin-1"))


# -- what a run comes to


def test_the_verdict_root_can_be_made_again_from_the_report() -> None:
    lines = "C1 passed\nE1 passed\nR1 skipped\n"
    assert (
        CERTIFICATE.statement.verdict_root
        == sha256(lines.encode()).digest()
        == verdict_root({test: FACTS.verdicts[test] for test in ("R1", "E1", "C1")})
    )
    assert (CERTIFICATE.statement.passed, CERTIFICATE.statement.skipped) == (2, 1)


def test_a_run_with_a_failure_is_not_signed() -> None:
    for verdicts, why in (({"C1": "passed", "E1": "failed"}, "E1"), ({"C1": "skipped"}, "nothing passed"), ({}, "nothing passed")):
        with pytest.raises(StateConflict, match=why):
            sign_run(facts_from(facts_document(FACTS) | {"verdicts": verdicts}), LAB, now=NOW)


@pytest.mark.parametrize(
    "change", [{"verdicts": {"C1": "maybe"}}, {"verdicts": {"C 1": "passed"}}, {"profile_hash": "abc"}, {"maker": ""}, {"model": "a\nb"}]
)
def test_facts_that_cannot_be_said_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        sign_run(RunFacts(**{**facts_document(FACTS), **change, "verdicts": {"C0": "passed", **change.get("verdicts", {})}}), LAB, now=NOW)


@pytest.mark.parametrize("document", [None, [], {}, {"verdicts": {}}, facts_document(FACTS) | {"suite": 1}])
def test_a_record_that_is_none_says_what_it_lacks(document: Any) -> None:
    with pytest.raises(SchemaViolation, match=r"verdicts|lacks|must be text"):
        facts_from(document)


def test_a_record_of_a_run_survives_being_written_down() -> None:
    assert facts_from(json.loads(json.dumps(facts_document(FACTS)))) == FACTS


@pytest.mark.parametrize(
    "change",
    [
        {"number": "a b"},
        {"issued": -1},
        {"expires": 2**41},
        {"models": ()},
        {"bound_key": b"short"},
        {"grade": True},
        {"holder": "x" * 129},
    ],
)
def test_no_certificate_says_what_cannot_be_meant(change: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        statement(**change)


def test_the_bytes_of_a_certificate_stay_what_they_are() -> None:
    """Ed25519 is deterministic: the same statement under the same published vector of a key gives these bytes in every version."""
    made = sign_statement(statement(number="vector", issued=1_800_000_000, expires=1_831_536_000), LAB)
    assert sha256(made.cose).hexdigest() == "306aa6b32d7134ba0e8d8b552aabcfcf8434951f4d44a0474008670c6fb3e8c3"
    assert sha256(made.jws.encode()).hexdigest() == "4626ea511c0ecddd0f6177203b512a1389d49f31af8b4e9c6d9a210648d308ed"
