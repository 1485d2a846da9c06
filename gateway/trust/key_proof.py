"""Whether words were signed with the private half of a key the hub knows by its fingerprint."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

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
