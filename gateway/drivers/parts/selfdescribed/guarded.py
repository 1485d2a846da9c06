"""What of a vendor's own asks a person first, and what only an owner sees: by names, whatever the device (`guarded.yaml`).

Whatever unlocks, unlatches or disarms asks, and whatever moves a garage door, a gate, a door or a gas tap. A code that opens a door, or a
password, is not told to everybody in the home.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import document

ASKS_A_PERSON = 2
_LONGEST = 200
_FILE = Path(__file__).parent / "guarded.yaml"
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")


def opens(feature: Feature, kind: str) -> bool:
    """Return whether setting this, on a device of this kind, may open what the standard keeps shut."""
    if not feature.settable or _stops(feature):
        return False
    known = _known()
    if feature.group in known["things"] or kind in known["things"]:
        return True
    return any(_speaks(known, text) for text in chain((feature.name, feature.title), feature.words))


def way_in(title: str) -> bool:
    """Return whether something called so is a door, a gate or a gas tap that a motor moves."""
    known = _known()["ways_in"]
    return _together(known, title) or any(word in title[:_LONGEST] for word in known["inside"])


def leads_in(feature: Feature, title: str, marks: AbstractSet[str]) -> bool:
    """Return whether setting this moves a door, a gate or a gas tap: itself, or on a device with this title and these `marks`."""
    known = _known()["ways_in"]
    if not feature.settable or feature.group in known["never"] or _stops(feature):
        return False
    classes = {f"{group}/{feature.device_class}" for group in ("*", feature.group)}
    called = (feature.name, feature.title, feature.instance)
    if not classes.isdisjoint(known["classes"]) or any(way_in(text) for text in called):
        return True
    bare = () if feature.device_class else known["bare"].get(feature.group, ())
    if any(not set(_pieces(text)).isdisjoint(bare) for text in called):
        return True
    whole = way_in(title) or (not feature.group and not marks.isdisjoint(known["beside"]))
    pieces = set(_pieces(feature.name))
    return whole and not pieces.isdisjoint(known["moves"]) and pieces.isdisjoint(known["harmless"])


def _stops(feature: Feature) -> bool:
    return feature.group in ("cover", "valve") and feature.name in _known()["ways_in"]["stops"]


def secret(feature: Feature) -> bool:
    """Return whether this tells a code or a password."""
    return _speaks(_known()["secret"], feature.name)


def _speaks(known: Mapping[str, Any], text: str) -> bool:
    return not set(_pieces(text)).isdisjoint(known["pieces"]) or _together(known, text)


def _together(known: Mapping[str, Any], text: str) -> bool:
    pieces = set(_pieces(text))
    return any(pieces.issuperset(each) for each in known["together"])


def _pieces(text: str) -> Iterator[str]:
    return (piece.lower() for piece in _PIECE.findall(text[:_LONGEST]))


@cache
def _known() -> Mapping[str, Any]:
    found: Mapping[str, Any] = document(_FILE)
    return found
