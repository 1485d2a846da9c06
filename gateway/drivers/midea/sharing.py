"""A unit serves one client at a time and throws out the older one, so two programs that both come back at once do so for ever.

Once is a hiccup: the unit may have closed the connection for its own reasons. When it happens again and again within half a minute there is
somebody else, probably the vendor's app in a person's hand: then the unit is left alone for a while, longer each time.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

CROWDED = "another program (the vendor's app?) uses the appliance's only connection"
Where = tuple[str, int]
_TIMES, _WITHIN = 3, 30.0
_FIRST, _LONGEST = 30.0, 300.0
_FORGOTTEN = 1800.0
_MOST = 1024


@dataclass(slots=True)
class _Past:
    """What happened at one address: when connections were lost, how often that was too often, until when it is left alone."""

    lost: list[float] = field(default_factory=list)
    rounds: int = 0
    until: float = 0.0


class Sharing:
    """What one gateway remembers, by address and port; all times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._past: OrderedDict[Where, _Past] = OrderedDict()

    def lost(self, where: Where, now: float) -> bool:
        """Note that the unit ended a connection by itself; return whether somebody else must be there."""
        past = self._of(where, now)
        past.lost = [*(moment for moment in past.lost if now - moment < _WITHIN), now]
        if len(past.lost) < _TIMES:
            return False
        past.until = now + min(_FIRST * 2.0**past.rounds, _LONGEST)
        past.rounds += 1
        return True

    def left_alone(self, where: Where, now: float) -> float:
        """Return for how many seconds more the unit is somebody else's, 0 as a rule."""
        return max(0.0, self._past[where].until - now) if where in self._past else 0.0

    def _of(self, where: Where, now: float) -> _Past:
        past = self._past.get(where)
        if past is None or (past.rounds and now - past.until > _FORGOTTEN):
            past = _Past()
        self._past[where] = past
        self._past.move_to_end(where)
        if len(self._past) > _MOST:
            self._past.popitem(last=False)
        return past
