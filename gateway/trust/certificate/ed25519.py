"""Ed25519 (RFC 8032): the one place here that needs the cryptography library. Keys and signatures are plain bytes."""

from typing import Any

from gateway.trust.extra import extra

SIGNATURE_BYTES = 64


def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of this public key signed the message; raise ExtraMissing."""
    with extra("checking a certificate"):
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - likewise
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def library() -> Any:
    """Return the library's Ed25519 module; raise ExtraMissing."""
    with extra("signing"):
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra
    return ed25519
