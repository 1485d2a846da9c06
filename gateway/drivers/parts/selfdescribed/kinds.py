"""Which kind of the profile a device is, by the features it has: the first row of `kinds.yaml` that fits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import built, document

_FILE = Path(__file__).parent / "kinds.yaml"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind, and what a device of it has: one name of every set in `has`, none of `lacks`; a class stands as `@class`."""

    kind: str
    has: tuple[frozenset[str], ...]
    lacks: frozenset[str]

    def fits(self, marks: Collection[str]) -> bool:
        """Return whether a device with these marks is of this kind."""
        return all(not wanted.isdisjoint(marks) for wanted in self.has) and self.lacks.isdisjoint(marks)


def kind_of(features: Iterable[Feature]) -> str | None:
    """Return the kind of a device with these features, None where none fits."""
    marks = frozenset(mark for feature in features for mark in _marks(feature))
    return next((rule.kind for rule in _kinds().rules if rule.fits(marks)), None)


def fallback() -> str:
    """Return the kind of a device no kind fits."""
    return _kinds().fallback


def composite() -> str:
    """Return the kind of a whole that is nothing beside its parts."""
    return _kinds().composite


@dataclass(frozen=True, slots=True)
class _Kinds:
    rules: tuple[Rule, ...]
    fallback: str
    composite: str


def _marks(feature: Feature) -> Iterable[str]:
    """Yield what rules may ask for: `group/name`, with a type behind it, and the class; `!` behind it: it can be set."""
    mark = f"{feature.group}/{feature.name}" if feature.group else feature.name
    yield mark
    yield f"{mark}:{feature.type}"
    if feature.settable:
        yield f"{mark}!"
    if feature.group:
        yield f"{feature.group}/"
    if feature.device_class:
        yield f"@{feature.device_class}"
    for word in feature.words:
        yield f"{mark}={word}"


@cache
def _kinds() -> _Kinds:
    return built(_read, document(_FILE), _FILE)


def _read(data: Mapping[str, Any]) -> _Kinds:
    rules = tuple(
        Rule(row["kind"], tuple(frozenset(_listed(wanted)) for wanted in row["has"]), frozenset(_listed(row.get("lacks", ()))))
        for row in data["kinds"]
    )
    return _Kinds(rules, data["fallback"], data["composite"])


def _listed(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
