"""Codes that let a browser in once: short enough to be typed, good for ten minutes, and too many wrong ones have to wait.

A code stands for a client that is in already, or for one that comes in with it: whoever made it says which, and in which role.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import RateExceeded, StateConflict, Unauthenticated
from gateway.thing.clock import Clock
from gateway.thing.principal import Role

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No two of them look alike, so that one can be read from a screen across the room."""
LENGTH: Final = 8
LIFE: Final = 600.0
"""Seconds a code is good for."""
MOST: Final = 16
WRONG_A_MINUTE: Final = 10
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """For whom a code is: a `client` that is in, or a new one of this `name` and `role`. `by`: who asked for the code."""

    client: str = ""
    name: str = ""
    role: Role = Role.VIEWER
    by: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """One code, as it is shown: two groups of four. `until`: seconds since the epoch."""

    text: str = field(repr=False)
    until: float


class Codes:
    """The codes that are open. They live in memory only: a hub that starts again knows none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, tuple[Invited, float]] = {}
        self._wrong: list[float] = []

    def make(self, invited: Invited) -> Code:
        """Return a fresh code; raise StateConflict when too many wait to be used."""
        self._sweep()
        if len(self._open) >= MOST:
            raise StateConflict(f"{MOST} login codes wait to be used: use one, or wait ten minutes")
        letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        self._open[letters] = (invited, self._clock.monotonic() + LIFE)
        return Code(f"{letters[:4]}-{letters[4:]}", self._clock.now() + LIFE)

    def take(self, text: str) -> Invited:
        """Return for whom a code is, which is then used up; raise Unauthenticated, or RateExceeded after too many wrong ones."""
        now = self._clock.monotonic()
        self._wrong = [at for at in self._wrong if now - at < _MINUTE]
        if len(self._wrong) >= WRONG_A_MINUTE:
            raise RateExceeded("too many wrong login codes: wait a minute", wait=60)
        self._sweep()
        typed = "".join(letter for letter in text[:64].upper() if letter.isalnum()).encode()
        found = [code for code in self._open if hmac.compare_digest(code.encode(), typed)]
        if not found:
            self._wrong.append(now)
            raise Unauthenticated("this login code is not good, or no longer: `hulian login` on the hub makes another")
        return self._open.pop(found[0])[0]

    def forget(self, client: str) -> None:
        """Forget the codes for a client, and those it made for others."""
        self._open = {code: entry for code, entry in self._open.items() if client not in (entry[0].client, entry[0].by)}

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        self._open = {code: entry for code, entry in self._open.items() if entry[1] > now}
