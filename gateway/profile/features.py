"""Features: what of a kind is optional, and what a device with a given list of them has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import SchemaViolation

SECTIONS = ("properties", "actions", "events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One name of `hl:features`: the affordances (JSON pointers) and enum values (by property) it switches on."""

    name: str
    title: str
    titles: Mapping[str, str]
    affordances: frozenset[str]
    enums: Mapping[str, frozenset[str]]
    requires: frozenset[str]
    excludes: frozenset[str]


def read_features(document: Mapping[str, Any]) -> dict[str, Feature]:
    """Return the features of a flat Thing Model by name."""
    return {name: _feature(name, entry) for name, entry in (document.get("hl:features") or {}).items()}


def _feature(name: str, entry: Mapping[str, Any]) -> Feature:
    return Feature(
        name=name,
        title=entry.get("title", name),
        titles=entry.get("titles", {}),
        affordances=frozenset(entry.get("affordances", ())),
        enums={target: frozenset(values) for target, values in entry.get("enum", {}).items()},
        requires=frozenset(entry.get("requires", ())),
        excludes=frozenset(entry.get("excludes", ())),
    )


def check_selection(kind: str, features: Mapping[str, Feature], chosen: frozenset[str]) -> None:
    """Raise SchemaViolation unless `chosen` is a legal list of features."""
    for name in sorted(chosen):
        feature = features.get(name)
        if feature is None:
            raise SchemaViolation(f"{kind} has no feature {name!r}; it has {', '.join(sorted(features))}")
        if missing := feature.requires - chosen:
            raise SchemaViolation(f"feature {name} of {kind} needs {', '.join(sorted(missing))} as well")
        if clash := feature.excludes & chosen:
            raise SchemaViolation(f"feature {name} of {kind} excludes {', '.join(sorted(clash))}")


def absent_affordances(features: Mapping[str, Feature], chosen: frozenset[str]) -> frozenset[str]:
    """Return the pointers of optional affordances no chosen feature switches on."""
    switched_on = _union(features[name].affordances for name in chosen)
    return _union(feature.affordances for feature in features.values()) - switched_on


def absent_values(features: Mapping[str, Feature], chosen: frozenset[str], target: str) -> frozenset[str]:
    """Return the enum values of one property (or `action/member`) that only a feature not chosen brings."""
    nothing: frozenset[str] = frozenset()
    every = _union(feature.enums.get(target, nothing) for feature in features.values())
    return every - _union(features[name].enums.get(target, nothing) for name in chosen)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
