"""When somebody last did something with a few appliances: a setting that changed, or a door, a lamp, a cycle; not what drifts by itself.

A number that is only measured says nothing of people, nor does what a machine knows of itself (`OF_ITSELF`). After a restart the history
tells what was before; where it tells nothing, time is counted from when the trigger was first there.
"""

from collections.abc import Iterable
from typing import Final

from gateway.home.twin import Twin
from gateway.scenes.house import House, meant
from gateway.scenes.rules.rule import Unused
from gateway.scenes.rules.said import said, time_words
from gateway.scenes.rules.standing import Cause, Standing
from gateway.thing.value import Value

OF_ITSELF: Final = frozenset(
    {
        *("mains", "remoteEnabled", "charging", "protection", "interlock", "waterSupply", "gasSupply", "airQuality", "reception"),
        *("firstActivated", "endOfService", "inletValve", "triesBlocked", "videoClass", "dataWiped", "closedByLeak", "tampered"),
    }
)
NAMED: Final = 4
"""Devices that are named in a sentence."""
EVERYBODY: Final = "*"
"""Whom it is armed for: all who are meant together."""


def counted(twin: Twin, name: str = "") -> tuple[str, ...]:
    """Return the properties of a device that tell of somebody who uses it; only one where it is named."""
    known = twin.instance.properties
    if name:
        return (name,) if name in known else ()
    return tuple(each for each, body in known.items() if each not in OF_ITSELF and not body.private and _tells(body))


def _tells(known: object) -> bool:
    schema = getattr(known, "schema", {})
    return not getattr(known, "read_only", True) or schema.get("type") in {"boolean", "string"}


class Usage:
    """The last use of whoever one trigger means, by the monotonic clock."""

    def __init__(self, trigger: Unused, house: House) -> None:
        self._trigger = trigger
        self._house = house
        self._shown: dict[str, dict[str, Value]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._last: float | None = None

    async def look_back(self, seen: float, now: float, monotonic: float) -> None:
        """Find the last use in the history; `seen`: since when the trigger is there, seconds since the epoch."""
        newest = min(seen, now)
        for twin in self._twins():
            for name in self.note(twin):
                for sample in await self._house.history(twin.id, name, 0.0, 1):
                    at = sample["at"]
                    newest = max(newest, min(now, float(at))) if isinstance(at, int | float) else newest
        self._last = monotonic - (now - newest)

    def note(self, twin: Twin) -> tuple[str, ...]:
        """Remember what a device shows; return what is counted of it."""
        names = counted(twin, self._trigger.name)
        self._names[twin.id] = names
        self._shown[twin.id] = {name: twin.values[name] for name in names if name in twin.values}
        return names

    def heard(self, twin: Twin, monotonic: float, changed: frozenset[str] | None) -> bool:
        """Return whether a device was used, as far as it shows since it was heard last; what it never said before is no use of it.

        `changed`: names that are new, None: perhaps all.
        """
        if changed is not None and twin.id in self._names and changed.isdisjoint(self._names[twin.id]):
            return False
        before = self._shown.get(twin.id, {})
        self.note(twin)
        used = any(name in before and before[name] != value for name, value in self._shown[twin.id].items())
        if used:
            self._last = monotonic
        return used

    def idle(self, monotonic: float) -> float:
        """Return for how many seconds nobody has used any of them, 0 before it was looked."""
        return 0.0 if self._last is None else monotonic - self._last

    def cause(self, now: float, idle: float, occasion: str = "") -> Cause | None:
        """Return why it fires; None where nobody in this home is meant."""
        twins = self._twins()
        if not twins:
            return None
        more = {"devices": [twin.id for twin in twins], "seconds": round(idle)}
        return Cause(said("unused", devices=_named(twins), held=time_words(idle)), now, occasion, more)

    def _twins(self) -> list[Twin]:
        return [self._house.twin(device) for device in meant(self._trigger.select, self._house)]


def unused(standing: Standing, trigger: Unused, usage: Usage, now: float, monotonic: float) -> Cause | None:
    """Return why a trigger that looks at every hour fires now, None where it does not."""
    idle = usage.idle(monotonic)
    if idle < trigger.seconds:
        standing.arm(EVERYBODY, armed=True)
        return None
    if not standing.armed.get(EVERYBODY, True):
        return None
    standing.arm(EVERYBODY, armed=False)
    return usage.cause(now, idle)


def _named(twins: Iterable[Twin]) -> str:
    names = [twin.name for twin in twins]
    more = f" + {len(names) - NAMED}" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
