"""What a button's words mean: `1_single`, `hold_left`, `button_2_double`, `on`: which button, and what was done with it.

A word is taken apart at its underscores: what names a gesture is one, the rest is the button. The word itself travels with the event.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.parts.selfdescribed.conversion import Happened
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.sheet import document

_FILE = Path(__file__).parent / "buttons.yaml"
_PIECES = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 64


def gestures(feature: Feature) -> Happened | None:
    """Return the way from the words of a feature to the event's data; None where there is no word."""
    if feature.type != "string" or not feature.words:
        return None
    return Happened(tuple((word, 0, taken_apart(word)) for word in feature.words))


def taken_apart(word: str) -> Mapping[str, Any]:
    """Return the event's data for a word: its gesture, its button where it names one, and the word itself."""
    known = _gestures()
    pieces = [piece for piece in _PIECES.split(word.lower()) if piece]
    for length in (3, 2, 1):
        for at in range(len(pieces) - length + 1):
            found = known.get("_".join(pieces[at : at + length]))
            if found is not None:
                button = "_".join(pieces[:at] + pieces[at + length :])
                return {"gesture": found, "word": word[:_LONGEST]} | ({"button": button[:_LONGEST]} if button else {})
    return {"gesture": "other", "word": word[:_LONGEST]}


@cache
def _gestures() -> Mapping[str, str]:
    return {word: gesture for gesture, words in document(_FILE)["gestures"].items() for word in words}
