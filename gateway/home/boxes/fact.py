"""The facts the rules for set-top boxes ask about, and whose word they are.

The box's own word comes first, then the owner's, then an operator's list. A value the box's wire only assumes is nobody's word: it comes
last. A list of standards that is empty says nothing, for the profile has an empty list where a list is not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.errors import SchemaViolation
from gateway.profile.set_top_box_rules import BoxFacts, shanghai_day
from gateway.thing.value import Value

KIND = "set-top-box"
FACTS = ("reception", "videoClass", "smart", "standards", "firstActivated")


class Source(StrEnum):
    """Whose word a fact is; the earlier is believed before the later."""

    WIRE = "wire"
    OWNER = "owner"
    LIST = "list"
    ASSUMED = "assumed"


RANK = {source: place for place, source in enumerate(Source)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One word about one fact. `origin`: who said it, or where it stands, in words; `at`: seconds since the epoch, None: not known.

    `quality`: how good the wire's word is now (stale while a box is away); a person's or a list's is `assumed`, for nothing measured it.
    """

    name: str
    value: Value
    source: Source
    quality: str
    origin: str = ""
    at: float | None = None


def believed(words: Iterable[Fact]) -> dict[str, Fact]:
    """Return the word that counts for each fact, in the order of FACTS."""
    best: dict[str, Fact] = {}
    for word in sorted(words, key=lambda each: RANK[each.source]):
        best.setdefault(word.name, word)
    return {name: best[name] for name in FACTS if name in best}


def others(words: Iterable[Fact], best: Mapping[str, Fact]) -> tuple[Fact, ...]:
    """Return the words that say otherwise than the one that counts."""
    return tuple(word for word in words if word.value != best[word.name].value)


def says_something(name: str, value: Value) -> bool:
    """Return whether a value of a fact is one."""
    return value is not None and not (name == "standards" and value == [])


def box_facts(best: Mapping[str, Fact]) -> BoxFacts:
    """Return what the rules ask of a box."""
    values = {name: fact.value for name, fact in best.items()}
    return BoxFacts(
        reception=str(values.get("reception", "")),
        video_class=str(values.get("videoClass", "")),
        smart=values.get("smart"),
        standards=tuple(values.get("standards") or ()),
        first_activated=shanghai_day(values.get("firstActivated")),
    )


def activation_day(value: Any, today: date) -> str:
    """Return a day, or the day a moment is in Asia/Shanghai, as text; raise SchemaViolation where it is none, or still to come."""
    day = shanghai_day(value)
    if day is None:
        raise SchemaViolation(f"{value!r} is no day such as 2022-07-01 and no moment with its time zone", property="firstActivated")
    if day > today:
        raise SchemaViolation(f"{day.isoformat()} is still to come in Asia/Shanghai", property="firstActivated")
    return day.isoformat()
