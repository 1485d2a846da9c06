"""A person confirms a dangerous request: the first try is refused with a token, the second carries it back.

A token is good once, for 60 seconds, for the same principal asking the same thing of the same device.
"""

from random import Random

from gateway.home.merge import same
from gateway.thing.clock import Clock
from gateway.thing.command import Command

VALID_SECONDS = 60.0
LIMIT = 1024
"""Tokens out at a time; past it the oldest is void."""


class Confirmations:
    """The tokens that are out."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._out: dict[str, tuple[float, Command]] = {}

    def issue(self, command: Command) -> str:
        """Return a new token for this request."""
        now = self._clock.monotonic()
        self._out = {token: held for token, held in self._out.items() if held[0] > now}
        while len(self._out) >= LIMIT:
            del self._out[next(iter(self._out))]
        token = f"{self._random.getrandbits(128):032x}"
        self._out[token] = (now + VALID_SECONDS, command)
        return token

    def holds(self, command: Command) -> bool:
        """Return whether the command carries a token that was given for exactly this and is still good."""
        held = self._out.get(command.confirmation or "")
        return held is not None and held[0] > self._clock.monotonic() and _alike(held[1], command)

    def spend(self, command: Command) -> None:
        """Void the command's token: what it was for has been accepted."""
        self._out.pop(command.confirmation or "", None)


def _alike(one: Command, other: Command) -> bool:
    asked, again = ((it.principal, it.device, it.operation, it.name) for it in (one, other))
    return asked == again and same(one.input, other.input)
