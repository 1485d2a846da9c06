"""What every part of a scene is written with: who is meant, values that may be given at each run; and how its parts are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from gateway.thing.value import Value

Text = Mapping[str, str]
"""`en` and, where there is one, `zh-Hans`."""


@dataclass(frozen=True, slots=True)
class Given:
    """Stands where the value of a parameter goes."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Before:
    """Stands where the value goes that a device showed before something happened: `mains cut`, the last time it lost its mains."""

    what: str


CUT: Final = "mains cut"
Wanted: TypeAlias = Mapping[str, Value | Given | Before]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Who is meant: all that is said must hold, of each list one. Empty lists say nothing. `but`: who is left out again."""

    kinds: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    but: "Selector | None" = None


_HIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
PLAIN: Final = "without characters that steer a terminal or turn the direction of writing"


def is_plain(text: str) -> bool:
    """Return whether a text shows as what it is: it steers no terminal, and turns no direction of writing."""
    return not _HIDDEN.search(text)


class Words(Protocol):
    """The reader of a document, lent to whoever reads a part of it: each reports what is wrong at a pointer."""

    def selector(self, given: Any, at: str) -> Selector | None:
        """Return who is meant."""
        ...

    def words(self, given: Any, at: str) -> tuple[str, ...]:
        """Return a word, or a list of words; none for `*`."""
        ...

    def wanted(self, given: Any, at: str) -> Wanted:
        """Return values by name; report where there are none."""
        ...

    def value(self, given: Any, at: str) -> Value | Given:
        """Return a value, or the parameter that gives it."""
        ...

    def usual(self, given: Any, at: str) -> Value:
        """Return a value; of a parameter its default, for where nobody is there to say otherwise."""
        ...

    def duration(self, given: Any, at: str) -> float | None:
        """Return seconds, a day at most."""
        ...

    def only(self, given: Mapping[str, Any], at: str, known: frozenset[str]) -> None:
        """Report members that are not known."""
        ...

    def report(self, pointer: str, message: str, rule: str) -> None:
        """Report a mistake."""
        ...

    def line(self, at: str) -> int:
        """Return the line something stands in."""
        ...
