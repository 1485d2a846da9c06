"""An appliance proves that it holds the key its certificate is bound to: it signs what only this question, put to it, can be.

The action `proveKey` (`mixin-certificate-1`) takes a `challenge` (32 random bytes, base64url) and gives back `signed`, the text it
signed, and `signature` (base64url):

    hulian-prove-key-1 <newline> device id <newline> challenge

The first line keeps such a signature from being taken for anything else, the second from being fetched from another appliance.
"""

import secrets
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.trust.certificate.circumstances import Possession, Proof
from gateway.trust.certificate.ed25519 import signed_by
from gateway.trust.certificate.jws import base64url, from_base64url

ACTION: Final = "proveKey"
_DOMAIN: Final = "hulian-prove-key-1"


def fresh_challenge() -> str:
    """Return a challenge that was never put before."""
    return base64url(secrets.token_bytes(32))


def to_be_signed(device: str, challenge: str) -> str:
    """Return the text a device signs."""
    return f"{_DOMAIN}\n{device}\n{challenge}"


def judged(answer: Any, key: bytes, device: str, challenge: str) -> Proof:
    """Return what an answer of `proveKey` proves of the key."""
    match answer:
        case {"signed": str() as signed, "signature": str() as text}:
            pass
        case _:
            return Proof(Possession.WRONG, "its answer has no `signed` and `signature`")
    if signed != to_be_signed(device, challenge):
        return Proof(Possession.WRONG, "it signed something else than the question that was put to it")
    try:
        signature = from_base64url(text)
    except BadSyntax:
        return Proof(Possession.WRONG, "its signature is not base64url")
    if not signed_by(key, signed.encode(), signature):
        return Proof(Possession.WRONG, "it does not hold the key the certificate is bound to: this is a copy from another appliance")
    return Proof(Possession.PROVED)
