"""Which kind of the profile a device is, by the features it has: the first row of `kinds.yaml` that fits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import built, document

_FILE = Path(__file__).parent / "kinds.yaml"
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind, and what a device of it has; see `kinds.yaml` for the terms."""

    kind: str
    has: tuple[frozenset[str], ...]
    lacks: frozenset[str]
    within: Mapping[str, tuple[float, float]]
    titled: re.Pattern[str] | None

    def fits(self, marks: Mapping[str, Feature], title: str) -> bool:
        """Return whether a device with these marks is of this kind."""
        return (
            all(not wanted.isdisjoint(marks) for wanted in self.has)
            and self.lacks.isdisjoint(marks)
            and (self.titled is None or self.titled.search(title) is not None)
            and all(_lies(marks[name], ends) for name, ends in self.within.items() if name in marks)
        )


def kind_of(features: Iterable[Feature], title: str = "") -> str | None:
    """Return the kind of a device with these features that is called so, None where none fits."""
    marks = {mark: feature for feature in features for mark in _marks(feature)}
    plain = title[:_LONGEST_TITLE].lower()
    return next((rule.kind for rule in _kinds().rules if rule.fits(marks, plain)), None)


def hint(title: str) -> tuple[bool, ...]:
    """Return which of the patterns of titles a title meets: all that the kind may depend on."""
    plain = title[:_LONGEST_TITLE].lower()
    return tuple(rule.titled.search(plain) is not None for rule in _kinds().rules if rule.titled is not None)


def fallback() -> str:
    """Return the kind of a device no kind fits."""
    return _kinds().fallback


def composite() -> str:
    """Return the kind of a whole that is nothing beside its parts."""
    return _kinds().composite


def mark_of(feature: Feature) -> str:
    """Return `group/name` of a feature."""
    return f"{feature.group}/{feature.name}" if feature.group else feature.name


@dataclass(frozen=True, slots=True)
class _Kinds:
    rules: tuple[Rule, ...]
    fallback: str
    composite: str


def _marks(feature: Feature) -> Iterable[str]:
    """Yield what rules may ask for: `group/name`, with a type behind it, and the class; `!` behind it: it can be set."""
    mark = mark_of(feature)
    yield mark
    yield f"{mark}:{feature.type}"
    if feature.settable:
        yield f"{mark}!"
        yield f"{mark}!:{feature.type}"
    if feature.group:
        yield f"{feature.group}/"
    if feature.device_class:
        yield f"@{feature.device_class}"
        yield f"@{feature.device_class}:{feature.type}"
    for word in feature.words:
        yield f"{mark}={word}"


@cache
def _kinds() -> _Kinds:
    return built(_read, document(_FILE), _FILE)


def _read(data: Mapping[str, Any]) -> _Kinds:
    rules = tuple(
        Rule(
            kind=row["kind"],
            has=tuple(frozenset(_listed(wanted)) for wanted in row["has"]),
            lacks=frozenset(_listed(row.get("lacks", ()))),
            within={name: (float(ends[0]), float(ends[1])) for name, ends in row.get("within", {}).items()},
            titled=re.compile(row["titled"]) if "titled" in row else None,
        )
        for row in data["kinds"]
    )
    return _Kinds(rules, data["fallback"], data["composite"])


def _lies(feature: Feature, ends: tuple[float, float]) -> bool:
    return all(end is None or ends[0] <= end <= ends[1] for end in (feature.minimum, feature.maximum))


def _listed(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
