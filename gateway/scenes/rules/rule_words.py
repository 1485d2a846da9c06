"""What triggers and conditions are both written with: times, days, limits, names. A parameter of the scene is its default there."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from gateway.profile.duration import seconds_of
from gateway.profile.findings import joined
from gateway.scenes.rules.rule import DAYS, EVERY_DAY, LONGEST_HELD, LONGEST_OFFSET, Limit
from gateway.scenes.words import Selector, Words
from gateway.thing.value import Value

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
LIMITS: Final = ("above", "below", "is")


class RuleWords:
    """Reads the words of rules of one sort; `what` names it: trigger or condition."""

    def __init__(self, words: Words, what: str) -> None:
        self._words = words
        self._what = what
        self._rule = f"scene-{what}"

    def word(self, row: Any, at: str, known: Collection[str]) -> str | None:
        """Return which sort of rule a row is."""
        said = [word for word in known if isinstance(row, dict) and word in row]
        if len(said) == 1:
            return said[0]
        problem = f"says {joined(said)} at once" if said else "says nothing"
        self.report(at, f"{problem}: a {self._what} has one of {joined(known)}")
        return None

    def inner(self, row: Mapping[str, Any], at: str, word: str, known: Collection[str]) -> Mapping[str, Any] | None:
        """Return what stands under a word that has members of its own."""
        inner = row[word]
        if not isinstance(inner, dict):
            self.report(f"{at}/{word}", f"is a mapping of {joined(known)}")
            return None
        self.only(inner, f"{at}/{word}", known)
        return inner

    def rows(self, given: Any, at: str, most: int) -> list[Any]:
        """Return the rows of a list that may be missing."""
        if given is None:
            return []
        if isinstance(given, list) and 0 < len(given) <= most:
            return given
        self.report(at, f"is a list of 1 to {most} {self._what}s")
        return given[:most] if isinstance(given, list) else []

    def only(self, given: Mapping[str, Any], at: str, known: Collection[str]) -> None:
        """Report members that are not known."""
        self._words.only(given, at, frozenset(known))

    def line(self, at: str) -> int:
        """Return the line something stands in."""
        return self._words.line(at)

    def whose(self, inner: Mapping[str, Any], where: str) -> Selector | None:
        """Return who is meant."""
        return self._words.selector(inner.get("select"), f"{where}/select")

    def name(self, inner: Mapping[str, Any], where: str) -> str | None:
        """Return the name of a property or an event."""
        name = inner.get("name")
        if isinstance(name, str) and name:
            return name
        self.report(f"{where}/name", "needs `name:`, that of a property or an event")
        return None

    def limit(self, inner: Mapping[str, Any], where: str) -> Limit | None:
        """Return which values are meant."""
        said = [word for word in LIMITS if word in inner]
        if len(said) != 1:
            self.report(where, f"needs one of {joined(LIMITS)}")
            return None
        there, value = f"{where}/{said[0]}", inner[said[0]]
        if said[0] == "is":
            values = value if isinstance(value, list) and value else [value]
            return Limit(values=tuple(self.usual(each, there) for each in values))
        value = self.usual(value, there)
        if not is_number(value):
            self.report(there, "is a number")
            return None
        return Limit(above=float(value)) if said[0] == "above" else Limit(below=float(value))

    def days(self, given: Any, at: str) -> frozenset[int]:
        """Return days of the week, 0 is Monday."""
        if isinstance(given, list) and given and all(isinstance(day, str) and day in DAYS for day in given):
            return frozenset(map(DAYS.index, given))
        self.report(at, f"is a list of days: {', '.join(DAYS)}")
        return EVERY_DAY

    def clock(self, given: Any, at: str) -> int | None:
        """Return minutes after midnight."""
        given = self.usual(given, at)
        match = _CLOCK.match(given) if isinstance(given, str) else None
        if match is None:
            self.report(at, 'is a time of the day in quotes, from "00:00" to "23:59"')
            return None
        return int(match[1]) * 60 + int(match[2])

    def offset(self, given: Any, at: str) -> float | None:
        """Return seconds, negative where it begins with a minus."""
        given = self.usual(given, at)
        sign = -1.0 if isinstance(given, str) and given.startswith("-") else 1.0
        seconds = seconds_of(given.removeprefix("-")) if isinstance(given, str) else None
        if seconds is None or seconds > LONGEST_OFFSET:
            self.report(at, "is a duration such as PT20M or -PT20M, twelve hours at most")
            return None
        return sign * seconds

    def duration(self, given: Any, at: str, longest: float) -> float | None:
        """Return seconds."""
        seconds = seconds_of(self.usual(given, at))
        if seconds is None or not 0 < seconds <= longest:
            most = f"{longest / 3600:g} hours" if longest <= LONGEST_HELD else f"{longest / 86400:g} days"
            self.report(at, f"is a duration such as PT5M or PT12H, {most} at most")
            return None
        return seconds

    def one_of(self, given: Any, known: Any, at: str) -> str | None:
        """Return one of some words."""
        if isinstance(given, str) and given in known:
            return given
        self.report(at, f"is one of {joined(known)}")
        return None

    def usual(self, given: Any, at: str) -> Value:
        """Return a value, of a parameter its default."""
        return self._words.usual(given, at)

    def report(self, pointer: str, message: str) -> None:
        """Report a mistake."""
        self._words.report(pointer, message, self._rule)


def is_number(value: Any) -> bool:
    """Return whether it is a number a limit can be; none that is no number at all."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 2**53
