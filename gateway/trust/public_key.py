"""Reading what a client brings to be certified: a public key, or a request (PKCS #10) that proves it has the private one.

Only P-256 and Ed25519 are taken. What else a request says (names, extensions) is not read: the hub decides that.
"""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.errors import SchemaViolation, TooLarge

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
LIMIT: Final = 4096
"""Bytes of a key or a request; a real one has less than 1,000."""
_BRING: Final = "bring a P-256 or an Ed25519 key"


def public_key(text: bytes) -> PublicKey:
    """Return the key in a PEM or DER public key or request; raise TooLarge, or SchemaViolation that says what to bring."""
    if len(text) > LIMIT:
        raise TooLarge(f"a public key or request has at most {LIMIT} bytes, this has {len(text)}")
    if b"PRIVATE KEY" in text:
        raise SchemaViolation("this is a private key: keep it where it is and send only the public one")
    try:
        key = _read(text)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise SchemaViolation(f"this is no public key and no certificate request that can be read: {_BRING}") from error
    if isinstance(key, ed25519.Ed25519PublicKey) or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"):
        return key
    raise SchemaViolation(f"keys of this kind ({_kind(key)}) are not taken: {_BRING}")


def fingerprint(key: PublicKey) -> str:
    """Return the SHA-256 of a key as certificates carry it (SubjectPublicKeyInfo), in hex."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def _read(text: bytes) -> object:
    if text.lstrip().startswith(b"-----BEGIN"):
        if b"CERTIFICATE REQUEST" in text:
            return _key_of(x509.load_pem_x509_csr(text))
        return serialization.load_pem_public_key(text)
    try:
        return serialization.load_der_public_key(text)
    except ValueError:
        return _key_of(x509.load_der_x509_csr(text))


def _key_of(request: x509.CertificateSigningRequest) -> object:
    if not request.is_signature_valid:
        raise SchemaViolation("the request is not signed with the key in it: make it anew")
    return request.public_key()


def _kind(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    bits = getattr(key, "key_size", "")
    return f"{type(key).__name__.removesuffix('PublicKey').strip('_')} {bits}".strip()
