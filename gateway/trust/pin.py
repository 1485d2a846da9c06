"""Pairing by PIN: SPAKE2, so that a short number is enough and a recorded run tells nothing about it.

    client -> share                      hub -> its own share
    client -> proof that it has the key  hub -> proof that it has it, too

The client shows first. A hub that is asked with a wrong PIN says no and nothing else, so a guess costs a try of the window; whoever
pretends to be the hub learns one guess from each run a person starts. The shares are useless without the PIN that made them.
"""

import hashlib
import hmac
import secrets
from importlib.util import find_spec
from typing import Any, Final, Literal

from gateway.errors import BadSyntax, ExtraMissing, Unauthenticated
from gateway.trust.channel import Channel
from gateway.trust.extra import INSTALL
from gateway.trust.seal import derived

DIGITS: Final = 8
SHARE_BYTES: Final = 33
PROOF_BYTES: Final = 32
_CLIENT, _HUB = b"hulian pairing client", b"hulian pairing hub"
_VERSION: Final = b"hulian pairing pin 1"
Side = Literal["client", "hub"]


def new_pin() -> str:
    """Return a fresh PIN of eight digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def read_pin(text: str) -> str:
    """Return the digits of a PIN as a person types it; raise BadSyntax."""
    digits = "".join(text.split()).replace("-", "")
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise BadSyntax(f"a PIN has {DIGITS} digits: `hulian pair` shows it at the hub")
    return digits


def is_available() -> bool:
    """Return whether pairing by PIN is possible here."""
    return find_spec("spake2") is not None


class PinRun:
    """One end of one run; used once. Its steps are slow (8 ms each): let a thread do them."""

    def __init__(self, pin: str, side: Side) -> None:
        client, hub = _spake2()
        self._side = side
        self._run = (client if side == "client" else hub)(pin.encode(), idA=_CLIENT, idB=_HUB)
        self.share: bytes = self._run.start()

    def finish(self, share: bytes, session: bytes, gateway: str) -> "PinKeys":
        """Return what follows from the other end's share; raise BadSyntax for one that is none."""
        if len(share) != SHARE_BYTES:
            raise BadSyntax(f"a share has {SHARE_BYTES} bytes")
        try:
            key: bytes = self._run.finish(share)
        except _refusals() as error:
            raise BadSyntax("this share is no element of the group") from error
        first, second = (self.share, share) if self._side == "client" else (share, self.share)
        return PinKeys(key, b"".join(map(_framed, (_VERSION, gateway.encode(), session, first, second))), session, self._side)


class PinKeys:
    """The key both ends have when their PINs were the same, and the proofs of it."""

    def __init__(self, key: bytes, transcript: bytes, session: bytes, side: Side) -> None:
        self._key = key
        self._transcript = transcript
        self._session = session
        self._side = side

    @property
    def proof(self) -> bytes:
        """Return what shows the other end that this one has the key."""
        return self._proof(self._side)

    def check(self, proof: bytes) -> None:
        """Raise Unauthenticated unless the other end has the key."""
        if not hmac.compare_digest(self._proof("hub" if self._side == "client" else "client"), proof):
            raise Unauthenticated("the PIN is wrong")

    def channel(self) -> Channel:
        """Return the line under the key; only after `check`."""
        return Channel(derived(self._key, "hulian pairing pin 1 channel"), self._transcript, self._session, hub=self._side == "hub")

    def _proof(self, side: Side) -> bytes:
        return hmac.digest(derived(self._key, f"hulian pairing pin 1 proof of {side}"), hashlib.sha256(self._transcript).digest(), "sha256")


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(2) + part


def _spake2() -> tuple[Any, Any]:
    try:
        from spake2 import SPAKE2_A, SPAKE2_B  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissing(f"pairing by PIN needs the spake2 library: {INSTALL}") from error
    return SPAKE2_A, SPAKE2_B


def _refusals() -> tuple[type[Exception], ...]:
    """Return what the library raises at bytes that are no share."""
    from spake2 import SPAKEError  # noqa: PLC0415 - an extra
    from spake2.ed25519_basic import NotOnCurve  # noqa: PLC0415 - likewise

    return SPAKEError, NotOnCurve, ValueError, AssertionError
