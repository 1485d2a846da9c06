"""Rules for what features require and exclude of one another: no circle, and each can be chosen."""

from collections.abc import Mapping
from typing import Any

from gateway.profile.findings import Pages, pointer_to

Features = Mapping[str, Any]


def check_requirements(pages: Pages, features: Features) -> None:
    """Report features that require themselves, alone or through others, and features nobody can choose."""
    told: set[frozenset[str]] = set()
    for name in features:
        circle = _circle(name, features, ())
        if circle is not None and frozenset(circle) not in told:
            told.add(frozenset(circle))
            first = circle[0]
            way = " -> ".join((*circle, first))
            text = f"requires itself: {way}" if len(circle) > 1 else "requires itself: leave that out"
            pages.report(f"/hl:features{pointer_to(first)}/requires", text, rule="feature-cycle")
        elif circle is None:
            _check_choice(pages, name, features)
        if name in _names(features, name, "excludes"):
            pages.report(f"/hl:features{pointer_to(name)}/excludes", "excludes itself: leave that out", rule="feature-impossible")


def _check_choice(pages: Pages, name: str, features: Features) -> None:
    needed = _closure(name, features)
    for one in sorted(needed):
        for other in _names(features, one, "excludes"):
            if other in needed and other != one:
                text = (
                    f"cannot be chosen: it requires {one} and {other}, which exclude each other"
                    if one != name
                    else f"requires and excludes {other}"
                )
                pages.report(f"/hl:features{pointer_to(name)}", text, rule="feature-impossible")


def _circle(name: str, features: Features, trail: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the circle that starts at the first of the trail, or None."""
    for other in _names(features, name, "requires"):
        way = (*trail, name)
        if other == way[0]:
            return way
        if other in features and other not in way and (found := _circle(other, features, way)) is not None:
            return found
    return None


def _closure(name: str, features: Features) -> frozenset[str]:
    known: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in known:
            known.add(one)
            waiting += _names(features, one, "requires")
    return frozenset(known)


def _names(features: Features, name: str, term: str) -> list[str]:
    feature = features.get(name)
    names = feature.get(term) if isinstance(feature, Mapping) else None
    return [each for each in names if isinstance(each, str)] if isinstance(names, list) else []
