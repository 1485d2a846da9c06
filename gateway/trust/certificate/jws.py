"""JSON that is signed: a compact JWS (RFC 7515) with EdDSA and three headers, written in one way and read in no other.

`alg`, `kid` (the signer's public key) and `typ` (what it is, so that none is taken for another) are all there may be; header and
payload are in RFC 8785 form, base64url has no spare bits. Who reads one writes it again and compares, as with COSE.
"""

import base64
import binascii
from typing import Any, Final, NamedTuple

import orjson
import rfc8785

from gateway.errors import BadSyntax
from gateway.trust.certificate.ed25519 import SIGNATURE_BYTES, signed_by
from gateway.trust.certificate.signing_key import SigningKey, key_id
from gateway.trust.certificate.statement import KEY_BYTES

ALGORITHM: Final = "EdDSA"
_PARTS: Final = 3


class Jws(NamedTuple):
    """One that could be read: its payload, the key it names, what that key should have signed. Not believed before `genuine`."""

    payload: dict[str, Any]
    signer: bytes
    message: bytes
    signature: bytes

    def genuine(self) -> bool:
        """Return whether the key it names signed it; raise ExtraMissing."""
        return signed_by(self.signer, self.message, self.signature)


def write_jws(payload: dict[str, Any], kind: str, key: SigningKey) -> str:
    """Return `payload` signed, of type `kind`."""
    message = _message(payload, kind, key.public)
    return f"{message.decode()}.{base64url(key.sign(message))}"


def read_jws(text: str, kind: str, limit: int) -> Jws:
    """Return what stands in a JWS of type `kind`, not yet believed; raise BadSyntax for all but the canonical text of at most `limit`."""
    header, payload, signature, message = parts(text, limit)
    if (algorithm := header.get("alg")) != ALGORITHM:
        raise BadSyntax(f"it is signed with {algorithm!r}: only {ALGORITHM} with Ed25519 is taken")
    if header.get("typ") != kind:
        raise BadSyntax(f"this is a {header.get('typ')!r}, not a {kind}")
    signer = from_base64url(header["kid"]) if isinstance(header.get("kid"), str) else b""
    if len(signer) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise BadSyntax("it names no Ed25519 key, or its signature has another length than theirs")
    if _message(payload, kind, signer) != message:
        raise BadSyntax("it is not written in the one canonical way: something was added, doubled or moved")
    return Jws(payload, signer, message, signature)


def parts(text: str, limit: int) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Return header, payload, signature and signed bytes of anything in three parts; raise BadSyntax."""
    if len(text) > limit:
        raise BadSyntax(f"this has {len(text)} characters; at most {limit} are read")
    split = text.split(".")
    if len(split) != _PARTS:
        raise BadSyntax("this is no compact JWS: three parts with dots between them")
    signature = from_base64url(split[2])
    return _object(split[0]), _object(split[1]), signature, f"{split[0]}.{split[1]}".encode()


def base64url(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url; raise BadSyntax for any other way of writing them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSyntax("not base64url") from error
    if base64url(data) != text:
        raise BadSyntax("base64url with spare bits or padding")
    return data


def _message(payload: dict[str, Any], kind: str, signer: bytes) -> bytes:
    header = {"alg": ALGORITHM, "kid": key_id(signer), "typ": kind}
    try:
        return f"{base64url(rfc8785.dumps(header))}.{base64url(rfc8785.dumps(payload))}".encode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:  # Python nests less deep than orjson
        raise BadSyntax("its payload has no canonical form") from error


def _object(part: str) -> dict[str, Any]:
    try:
        value = orjson.loads(from_base64url(part))
    except orjson.JSONDecodeError as error:
        raise BadSyntax("a part of the JWS is no JSON") from error
    if not isinstance(value, dict):
        raise BadSyntax("a part of the JWS is no JSON object")
    return value
