"""Days, hours and moments as nodes tell them, in numbers, and as the profile has them, in ISO 8601."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.thing.value import Value

Fields = Mapping[str, Any]
_MISSING: Final = "missing_state"


@dataclass(frozen=True, slots=True)
class Form:
    """`read`: from the fields of a state to a text, None for nothing; `ask`: back, None where there are no words."""

    read: Callable[[Fields], Value]
    ask: Callable[[Value], Fields | None]


def _told(make: Callable[[Fields], str]) -> Callable[[Fields], Value]:
    """Return what tells a date or a time, None where there is none."""

    def read(shown: Fields) -> Value:
        try:
            return None if shown.get(_MISSING) else make(shown)
        except (ValueError, OverflowError, OSError):
            return None

    return read


def _asked(make: Callable[[str], Fields]) -> Callable[[Value], Fields | None]:
    """Return what asks for a date or a time, None for a text that is none."""

    def ask(value: Value) -> Fields | None:
        try:
            return make(value) if isinstance(value, str) else None
        except (ValueError, OverflowError):
            return None

    return ask


def _day(text: str) -> Fields:
    day = dt.date.fromisoformat(text)
    return {"year": day.year, "month": day.month, "day": day.day}


def _hour(text: str) -> Fields:
    hour = dt.time.fromisoformat(text)
    return {"hour": hour.hour, "minute": hour.minute, "second": hour.second}


def _moment(text: str) -> Fields:
    moment = dt.datetime.fromisoformat(text)
    return {"epoch_seconds": int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())}


FORMS: Final = {
    "date": Form(_told(lambda shown: dt.date(shown["year"], shown["month"], shown["day"]).isoformat()), _asked(_day)),
    "time": Form(_told(lambda shown: dt.time(shown["hour"], shown["minute"], shown["second"]).isoformat()), _asked(_hour)),
    "datetime": Form(_told(lambda shown: dt.datetime.fromtimestamp(shown["epoch_seconds"], dt.UTC).isoformat()), _asked(_moment)),
}
