"""A certificate as a claim: the compact JWS an appliance carries in its property `claims`, with claims shaped as VC-JWT has them.

{"iss": "urn:hulian:key:...", "jti": number, "iat": ..., "exp": ..., "cnf": {"jwk": the appliance's key},
 "vc": {"@context": [...], "type": [...], "credentialSubject": {name: member}}}        (`FIELDS`; hashes in hexadecimal)

It says the same as the COSE form: both are read into one `Statement`.
"""

from typing import Any, Final

from gateway.errors import BadSyntax, SchemaViolation
from gateway.trust.certificate.jws import Jws, base64url, from_base64url, read_jws, write_jws
from gateway.trust.certificate.signed import Signed
from gateway.trust.certificate.signing_key import SigningKey, key_id
from gateway.trust.certificate.statement import FIELDS, Shape, Statement

TYPE: Final = "hulian-certificate+jwt"
LIMIT: Final = 8192
"""Characters of one claim, as the profile has it."""
_VC: Final = {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential", "HulianCertificate"]}
_ISSUER: Final = "urn:hulian:key:"


def write_claim(statement: Statement, key: SigningKey) -> str:
    """Return the certificate as a claim."""
    return write_jws(_payload(statement, key.public), TYPE, key)


def read_claim(text: str) -> Signed:
    """Return what a claim says, not yet believed; raise BadSyntax for every text but the canonical one, SchemaViolation."""
    jws: Jws = read_jws(text, TYPE, LIMIT)
    statement = _statement(jws.payload)
    if _payload(statement, jws.signer) != jws.payload:
        raise BadSyntax("it says more than a certificate does, or names another issuer than its key")
    return Signed(statement, jws.signer, jws.message, jws.signature)


def subject(statement: Statement) -> dict[str, Any]:
    """Return the members of a certificate as JSON data, under the names of the standard."""
    return {field.name: _plain(field.shape, value) for field, value in statement.members()}


def _payload(statement: Statement, issuer: bytes) -> dict[str, Any]:
    body: dict[str, Any] = {
        "iss": _ISSUER + key_id(issuer),
        "jti": statement.number,
        "iat": statement.issued,
        "exp": statement.expires,
        "vc": _VC | {"credentialSubject": subject(statement)},
    }
    if statement.bound_key:
        body["cnf"] = {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": base64url(statement.bound_key)}}
    return body


def _statement(payload: dict[str, Any]) -> Statement:
    match payload:
        case {"jti": number, "iat": issued, "exp": expires, "vc": {"credentialSubject": dict() as members}}:
            values = {field.attribute: _read(field.shape, members[field.name]) for field in FIELDS if field.name in members}
            bound = _bound(payload.get("cnf"))
            try:
                return Statement(number=number, issued=issued, expires=expires, bound_key=bound, **values)
            except TypeError as error:
                raise SchemaViolation("a certificate names its mark, its holder, at least one model and the kind") from error
    raise BadSyntax("its claims are not those of a certificate")


def _bound(value: Any) -> bytes:
    match value:
        case None:
            return b""
        case {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": str() as key}}:
            return from_base64url(key)
    raise BadSyntax("the key it is bound to is no Ed25519 key")


def _plain(shape: Shape, value: Any) -> Any:
    return value.hex() if shape is Shape.HASH else list(value) if shape is Shape.TEXTS else value


def _read(shape: Shape, value: Any) -> Any:
    if shape is Shape.TEXTS and isinstance(value, list):
        return tuple(value)
    if shape is not Shape.HASH:
        return value
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise SchemaViolation("a hash is written in hexadecimal") from error
