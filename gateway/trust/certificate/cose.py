"""A certificate as COSE_Sign1 (RFC 9052) over a CWT claims set (RFC 8392): some 400 bytes, small enough for a QR code.

    18([ << {1: -8, 4: issuer's public key, 16: "hulian-certificate"} >>, {}, << claims >>, signature ])

    claims: 4 expires, 6 issued, 7 number, 8 {1: {1: 1, -1: 6, -2: the appliance's key}} (RFC 8747), -65537 {label: member} (`FIELDS`)

Every header is protected and the map for the others is empty. What was read is written again in the one canonical way and compared:
there is exactly one text of a certificate, so no bit of it can be another (a library that verifies the signature alone lets the tag and
the unprotected map change). The algorithm is Ed25519, whatever a file says.
"""

from typing import Any, Final

import cbor2

from gateway.errors import BadSyntax, SchemaViolation
from gateway.trust.certificate.cbor import cbor_item
from gateway.trust.certificate.ed25519 import SIGNATURE_BYTES
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.signing_key import SigningKey
from gateway.trust.certificate.statement import FIELDS, KEY_BYTES, Shape, Statement

TYPE: Final = "hulian-certificate"
LIMIT: Final = 4096
"""Bytes of a certificate; one for an appliance has less than 600."""
_SIGN1: Final = b"\xd2"
_EDDSA: Final = -8
_ALGORITHM, _KEY, _TYPE = 1, 4, 16
_EXPIRES, _ISSUED, _NUMBER, _BOUND, _OURS = 4, 6, 7, 8, -65537
_COSE_KEY, _KTY, _CRV, _X = 1, 1, -1, -2
_OKP, _ED25519 = 1, 6


def write_cose(statement: Statement, key: SigningKey) -> bytes:
    """Return the signed certificate."""
    protected, payload = _protected(key.public), _payload(statement)
    return _SIGN1 + _written([protected, {}, payload, key.sign(_to_be_signed(protected, payload))])


def read_cose(text: bytes) -> Signed:
    """Return what a certificate says, not yet believed; raise BadSyntax for every text but the canonical one, SchemaViolation."""
    if len(text) > LIMIT:
        raise BadSyntax(f"a certificate has at most {LIMIT} bytes, this has {len(text)}")
    if text[:1] != _SIGN1:
        raise BadSyntax("this is no COSE_Sign1: it does not begin with its tag")
    protected, payload, signature = _parts(cbor_item(text[1:]))
    issuer, statement = _issuer(cbor_item(protected)), _statement(cbor_item(payload))
    again = _SIGN1 + _written([_protected(issuer), {}, _payload(statement), signature])
    if again != text:
        raise BadSyntax("it is not written in the one canonical way: something was added, doubled or moved")
    return Signed(statement, issuer, _to_be_signed(protected, payload), signature)


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return _written(["Signature1", protected, b"", payload])


def _protected(issuer: bytes) -> bytes:
    return _written({_ALGORITHM: _EDDSA, _KEY: issuer, _TYPE: TYPE})


def _payload(statement: Statement) -> bytes:
    claims: dict[int, Any] = {_EXPIRES: statement.expires, _ISSUED: statement.issued, _NUMBER: statement.number.encode()}
    if statement.bound_key:
        claims[_BOUND] = {_COSE_KEY: {_KTY: _OKP, _CRV: _ED25519, _X: statement.bound_key}}
    claims[_OURS] = {field.label: list(value) if field.shape is Shape.TEXTS else value for field, value in statement.members()}
    return _written(claims)


def _parts(value: Any) -> tuple[bytes, bytes, bytes]:
    match value:
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            if unprotected:
                raise BadSyntax("it has headers that are not protected")
            if len(signature) != SIGNATURE_BYTES:
                raise BadSyntax(f"the signature has {len(signature)} bytes, not {SIGNATURE_BYTES}")
            return protected, payload, signature
    raise BadSyntax("this is no COSE_Sign1: protected headers, an empty map, a payload, a signature")


def _issuer(header: Any) -> bytes:
    match header:
        case {1: -8, 4: bytes() as issuer, 16: "hulian-certificate"} if len(issuer) == KEY_BYTES:
            return issuer
        case {1: algorithm} if algorithm != _EDDSA:
            raise BadSyntax(f"it is signed with algorithm {algorithm}: certificates are signed with Ed25519 (-8) and nothing else")
    raise BadSyntax("its headers are not those of a certificate: algorithm, key and type")


def _statement(claims: Any) -> Statement:
    match claims:
        case {4: expires, 6: issued, 7: bytes() as number, -65537: dict() as members}:
            values = {field.attribute: _value(field.shape, members[field.label]) for field in FIELDS if field.label in members}
            named = {"number": _ascii(number), "issued": issued, "expires": expires, "bound_key": _bound(claims.get(_BOUND))}
            try:
                return Statement(**named, **values)
            except TypeError as error:
                raise SchemaViolation("a certificate names its mark, its holder, at least one model and the kind") from error
    raise BadSyntax("its claims are not those of a certificate")


def _value(shape: Shape, value: Any) -> Any:
    return tuple(value) if shape is Shape.TEXTS and isinstance(value, list) else value


def _bound(value: Any) -> bytes:
    match value:
        case None:
            return b""
        case {1: {1: 1, -1: 6, -2: bytes() as key}}:
            return key
    raise BadSyntax("the key it is bound to is no Ed25519 key")


def _ascii(number: bytes) -> str:
    return number.decode("ascii", errors="replace")


def _written(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)
