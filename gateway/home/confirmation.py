"""A person confirms a dangerous request: the first try is refused with a token, the second carries it back.

A token is good once, for 60 seconds, for the same principal in the same role asking the same thing of the same device. It is given
to persons only: to somebody who is known, may confirm, and asks now; what a scene, a schedule or an automation asks by itself
gets none, and can only bring the one that a person got for exactly this.
"""

import re
from secrets import token_hex

from gateway.home.merge import same
from gateway.thing.clock import Clock
from gateway.thing.command import Command
from gateway.trust.roles import Permission, may

VALID_SECONDS = 60.0
"""How long a token is good; and how long after that a confirmed command that had to wait may still be done."""
LIMIT = 1024
EACH_LIMIT = 32
"""Tokens out at a time, in all and for one principal; past it the oldest, of that principal first, is void."""
AUTOMATIC = frozenset({"scene", "schedule", "automation", "rule", "timer", "trigger", "service"})
"""First words of a `why` that say nobody is there to be asked."""
_FIRST_WORD = re.compile(r"[^a-z]*([a-z]*)")


class Confirmations:
    """The tokens that are out. They come from the system's own randomness and are in memory only: a restart voids them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._out: dict[str, tuple[float, Command]] = {}

    def issue(self, command: Command) -> str:
        """Return a new token for this request."""
        now = self._clock.monotonic()
        self._out = {token: held for token, held in self._out.items() if held[0] > now}
        self._make_room(command.principal.name)
        token = token_hex(16)
        self._out[token] = (now + VALID_SECONDS, command)
        return token

    def holds(self, command: Command) -> bool:
        """Return whether the command carries a token that was given for exactly this and is still good."""
        held = self._out.get(command.confirmation or "")
        return held is not None and held[0] > self._clock.monotonic() and _alike(held[1], command)

    def spend(self, command: Command) -> None:
        """Void the command's token: what it was for has been accepted."""
        self._out.pop(command.confirmation or "", None)

    def void(self, principal: str) -> None:
        """Void every token of a principal: it was put out, or its role changed."""
        self._out = {token: held for token, held in self._out.items() if held[1].principal.name != principal}

    def _make_room(self, principal: str) -> None:
        own = [token for token, held in self._out.items() if held[1].principal.name == principal]
        for token in own[: max(0, len(own) - EACH_LIMIT + 1)]:
            del self._out[token]
        while len(self._out) >= LIMIT:
            del self._out[next(iter(self._out))]


def asked_by_a_person(command: Command) -> bool:
    """Return whether somebody can be asked: known to the gateway, allowed to confirm, and not an automatism."""
    principal = command.principal
    return principal.known and may(principal.role, Permission.CONFIRM) and not automatic(command.why)


def automatic(why: str) -> bool:
    """Return whether a command's `why` names an automatism, such as `scene` or `schedule:morning`."""
    found = _FIRST_WORD.match(why.casefold())
    return found is not None and found[1].removesuffix("s") in AUTOMATIC


def _alike(one: Command, other: Command) -> bool:
    asked, again = ((it.principal, it.device, it.operation, it.name) for it in (one, other))
    return asked == again and same(one.input, other.input)
