"""Signing words with a key, and whether words were signed with the private half of one that is known by its fingerprint."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.errors import BadSyntax
from gateway.trust.public_key import fingerprint, public_key


def signed_by(known: str, text: bytes, signature: bytes, words: bytes) -> bool:
    """Return whether the key `text` (PEM, DER) has the fingerprint `known` (hex) and signed the words; raise SchemaViolation, TooLarge."""
    key = public_key(text)
    if not hmac.compare_digest(fingerprint(key), known):
        return False
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, words)
        else:
            key.verify(signature, words, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def signed(private: bytes, words: bytes) -> tuple[bytes, bytes]:
    """Return the public half of a key (PEM, in clear), as PEM, and the words signed with it; raise BadSyntax."""
    try:
        key = serialization.load_pem_private_key(private, None)
    except (ValueError, TypeError) as error:
        raise BadSyntax("this is no private key in PEM, in clear") from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(words)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(words, ec.ECDSA(hashes.SHA256()))
    else:
        raise BadSyntax("this key is neither of P-256 nor Ed25519")
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), signature
