"""What the names, groups and classes of self-described features mean, read from `vocabulary/*.yaml`.

A row says which features it is about and where they go. `name`: exact names. `like`: a pattern of whole names. `class`: device classes that
say enough by themselves. `group`: where in the device it stands ("" and left out: at the top; a list; "*" anywhere). `type`: what it must
be (number, boolean, string, object, array). `to`: the affordance, of the kind or of a mixin; `in`: another name in a certain kind, null for
not in this one. `sends`: the action for what can be set and is never told. `event`: it happens. Further terms say how (see `reading.py`).
`unlike`: a pattern that stands nowhere in its name and title. `yes`: what true means on its wire ("" what it means on most).
Rows are tried in the order they stand, all of one strength (name, pattern, class) before the next.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import built, document
from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

_FOLDER = Path(__file__).parent / "vocabulary"
_NUMERIC = ("number", "integer")
_TERMS = frozenset(
    {"name", "like", "class", "group", "type", "to", "in", "sends", "member", "members", "words", "invert", "unit", "unitless", "scales"}
    | {"as", "slack", "coarse", "span", "join", "difference", "only", "beside", "without", "without_class", "unlike", "yes"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the vocabulary; see the module."""

    names: frozenset[str]
    like: re.Pattern[str] | None
    classes: frozenset[str]
    groups: frozenset[str]
    type: str
    to: str
    within: Mapping[str, str | None]
    sends: str
    member: str
    words: tuple[tuple[Value, Value], ...] | None
    unitless: bool
    how: str
    slack: bool
    join: str
    members: Mapping[str, Any]
    only: frozenset[str]
    beside: frozenset[str]
    without: frozenset[str]
    unlike: re.Pattern[str] | None
    terms: Mapping[str, Any] = field(repr=False)

    def takes(self, feature: Feature, kind: str, marks: Collection[str]) -> bool:
        """Return whether a feature stands where this row is about, is of its type, and kind and neighbours are those it is for."""
        if self.only and kind not in self.only:
            return False
        if (self.beside and self.beside.isdisjoint(marks)) or not self.without.isdisjoint(marks):
            return False
        if (self.terms.get("without_class") and feature.device_class) or self.terms.get("yes", feature.yes) != feature.yes:
            return False
        if self.unlike is not None and (self.unlike.search(feature.name) or self.unlike.search(feature.title[:_LONGEST_NAME].lower())):
            return False
        if "*" not in self.groups and feature.group not in self.groups:
            return False
        return not self.type or feature.type == self.type or (self.type == "number" and feature.type in _NUMERIC)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All rows, findable by name."""

    by_name: Mapping[str, tuple[Entry, ...]]
    patterns: tuple[Entry, ...]
    by_class: Mapping[str, tuple[Entry, ...]]

    def about(self, feature: Feature, kind: str, marks: Collection[str]) -> Iterator[Entry]:
        """Yield the rows about a feature among `marks` (`group/name` of all), what names it before a pattern, that before its class."""
        return (entry for entry in _rows_about(feature.name, feature.device_class) if entry.takes(feature, kind, marks))

    def rows(self, name: str, device_class: str) -> Iterator[Entry]:
        """Yield the rows about a name and a class, each as often as it is found."""
        yield from self.by_name.get(name, ())
        if len(name) <= _LONGEST_NAME:
            yield from (entry for entry in self.patterns if entry.like is not None and entry.like.fullmatch(name))
        if device_class:
            yield from self.by_class.get(device_class, ())


@lru_cache(maxsize=2048)
def _rows_about(name: str, device_class: str) -> tuple[Entry, ...]:
    """Return the rows about a name and a class, each once; what strangers call their features is forgotten again."""
    return tuple({id(entry): entry for entry in vocabulary().rows(name, device_class)}.values())


_LONGEST_NAME = 80


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary; raise ConfigurationInvalid where a file of it is wrong."""
    entries = [entry for file in sorted(_FOLDER.glob("*.yaml")) for entry in built(_entries, document(file), file)]
    by_name: dict[str, list[Entry]] = {}
    by_class: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in entry.names:
            by_name.setdefault(name, []).append(entry)
        for word in entry.classes:
            by_class.setdefault(word, []).append(entry)
    return Vocabulary(
        {name: tuple(found) for name, found in by_name.items()},
        tuple(entry for entry in entries if entry.like is not None),
        {word: tuple(found) for word, found in by_class.items()},
    )


def _entries(data: Mapping[str, Any]) -> list[Entry]:
    return [entry_of(row) for row in data["rows"]]


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return one row; raise ConfigurationInvalid for a term there is none of."""
    if strange := row.keys() - _TERMS:
        raise ConfigurationInvalid(f"{row!r}: no term of a row is called {', '.join(sorted(strange))}")
    words = row.get("words")
    return Entry(
        names=frozenset(_listed(row.get("name", ()))),
        like=re.compile(row["like"]) if "like" in row else None,
        classes=frozenset(_listed(row.get("class", ()))),
        groups=frozenset(_listed(row.get("group", ""))),
        type=row.get("type", ""),
        to=row.get("to", ""),
        within=row.get("in", {}),
        sends=row.get("sends", ""),
        member=row.get("member", ""),
        words=((True, False), (False, True)) if row.get("invert") else None if words is None else _pairs(words),
        unitless=bool(row.get("unitless")),
        how=row.get("as", ""),
        slack=bool(row.get("slack")),
        join=row.get("join", ""),
        members=row.get("members", {}),
        only=frozenset(_listed(row.get("only", ()))),
        beside=frozenset(_listed(row.get("beside", ()))),
        without=frozenset(_listed(row.get("without", ()))),
        unlike=re.compile(row["unlike"]) if "unlike" in row else None,
        terms=row,
    )


def _pairs(words: Mapping[Value, Value]) -> tuple[tuple[Value, Value], ...]:
    """Return (raw, value) pairs of `{value: raw or [raws]}`: one word of the profile may have several spellings."""
    return tuple((raw, value) for value, raws in words.items() for raw in (raws if isinstance(raws, list) else [raws]))


def _listed(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
