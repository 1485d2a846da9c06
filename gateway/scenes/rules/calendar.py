"""When a time comes: the last one before a moment and the next one after it, on the clock of the home."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import AtSun, AtTime, Sun, Unused

FAR: Final = 8
"""Days looked at each way: a week, and one more for offsets that reach over midnight."""
Timed: TypeAlias = AtTime | AtSun | Unused


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A moment, in seconds since the epoch, and the day on the wall it belongs to: each day has one, whatever the clock does."""

    at: float
    day: date

    @property
    def occasion(self) -> str:
        """Return what tells it from every other one of its trigger."""
        return self.day.isoformat()


def last_due(trigger: Timed, place: Place, now: float) -> Due | None:
    """Return the newest moment that is not after `now`; None where there was none for a week."""
    return next((due for due in _from(trigger, place, now, -1) if due.at <= now), None)


def next_due(trigger: Timed, place: Place, now: float) -> Due | None:
    """Return the first moment after `now`; None where there is none for a week."""
    return next((due for due in _from(trigger, place, now, 1) if due.at > now), None)


def _from(trigger: Timed, place: Place, now: float, way: int) -> Iterator[Due]:
    """Yield what is due from a day before (or after) today on, forwards with `way` 1 and backwards with -1."""
    today = place.wall(now).date()
    for far in range(-1, FAR + 1):
        day = today + timedelta(days=way * far)
        at = _on(trigger, place, day)
        if at is not None:
            yield Due(at, day)


def _on(trigger: Timed, place: Place, day: date) -> float | None:
    """Return when it is due on a day, None where it is not."""
    if isinstance(trigger, Unused):
        return None if trigger.minutes is None else place.moment(day, trigger.minutes)
    if day.weekday() not in trigger.days:
        return None
    if isinstance(trigger, AtTime):
        return place.moment(day, trigger.minutes)
    sun = place.sun(day)
    return None if sun is None else sun[trigger.sun is Sun.SET] + trigger.offset
