"""Logging in with the key a client was paired with: the hub names a challenge, the client signs it, and no secret travels.

What is signed are three lines: `hulian login 1`, the gateway, the challenge; with ECDSA over SHA-256 (P-256) or Ed25519.
"""

import secrets
from typing import Final

from gateway.errors import RateExceeded, Unauthenticated
from gateway.thing.clock import Clock
from gateway.trust.clients import Clients
from gateway.trust.extra import extra

LIFE: Final = 60.0
MOST: Final = 64
_WRONG: Final = "signature, key or challenge is not good: ask for another challenge and sign it with the key of your certificate"


class Challenges:
    """The challenges that wait for an answer; each is good once."""

    def __init__(self, clients: Clients, clock: Clock, gateway: str) -> None:
        self._clients = clients
        self._clock = clock
        self._gateway = gateway
        self._open: dict[str, float] = {}

    def make(self) -> str:
        """Return a fresh challenge; raise RateExceeded when too many wait."""
        now = self._clock.monotonic()
        self._open = {text: until for text, until in self._open.items() if until > now}
        if len(self._open) >= MOST:
            raise RateExceeded("others are logging in at this moment: try again in a minute", wait=LIFE)
        text = secrets.token_urlsafe(32)
        self._open[text] = now + LIFE
        return text

    def words(self, challenge: str) -> bytes:
        """Return what is signed."""
        return words(self._gateway, challenge)

    def check(self, client: str, challenge: str, key: bytes, signature: bytes) -> str:
        """Return the id of the client whose key (PEM) signed an open challenge; raise Unauthenticated, SchemaViolation or TooLarge."""
        until = self._open.pop(challenge, None)
        known = self._clients.get(client)
        with extra("logging in with a key"):
            from gateway.trust.key_proof import signed_by  # noqa: PLC0415 - an extra
        if until is None or until <= self._clock.monotonic() or known is None or not known.key:
            raise Unauthenticated(_WRONG)
        if not signed_by(known.key, key, signature, self.words(challenge)):
            raise Unauthenticated(_WRONG)
        return known.id


def words(gateway: str, challenge: str) -> bytes:
    """Return what a client of this gateway signs to log in: made by either side, so that nobody signs what somebody else has written."""
    return f"hulian login 1\n{gateway}\n{challenge}".encode()
