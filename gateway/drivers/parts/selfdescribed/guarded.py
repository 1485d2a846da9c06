"""What of a vendor's own asks a person first, and what only an owner sees: by names, whatever the device (`guarded.yaml`).

Whatever unlocks, unlatches or disarms asks; a code that opens a door, or a password, is not told to everybody in the home.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import document

ASKS_A_PERSON = 2
_FILE = Path(__file__).parent / "guarded.yaml"
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+")


def opens(feature: Feature, kind: str) -> bool:
    """Return whether setting this, on a device of this kind, may open what the standard keeps shut."""
    if not feature.settable:
        return False
    known = _known()
    if feature.group in known["things"] or kind in known["things"]:
        return True
    return any(_speaks(known, text) for text in chain((feature.name, feature.title), feature.words))


def secret(feature: Feature) -> bool:
    """Return whether this tells a code or a password."""
    return _speaks(_known()["secret"], feature.name)


def _speaks(known: Mapping[str, Any], text: str) -> bool:
    pieces = set(_pieces(text))
    return not pieces.isdisjoint(known["pieces"]) or any(pieces.issuperset(each) for each in known["together"])


def _pieces(text: str) -> Iterator[str]:
    return (piece.lower() for piece in _PIECE.findall(text[:200]))


@cache
def _known() -> Mapping[str, Any]:
    found: Mapping[str, Any] = document(_FILE)
    return found
