"""Which device a person means: an id, a name, or enough of one, in whatever case."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from heapq import nlargest

NEAREST = 8
"""How many devices are named when none is meant."""


def meant(wanted: str, names: Mapping[str, str]) -> list[str]:
    """Return the ids meant by a word: of these the first that finds any: the name, the beginning of an id, of a name, a part of a name."""
    word = wanted.casefold()
    folded = {device: name.casefold() for device, name in names.items()}
    ways = (
        [device for device, name in names.items() if name == wanted],
        [device for device in names if device.startswith(wanted)],
        [device for device, name in folded.items() if name == word],
        [device for device, name in folded.items() if word and name.startswith(word)],
        [device for device, name in folded.items() if word and word in name],
    )
    return next((found for found in ways if found), [])


def nearest(wanted: str, names: Mapping[str, str]) -> list[str]:
    """Return the ids whose names or ids are most like a word, at most NEAREST of them."""
    word = wanted.casefold()

    def likeness(device: str) -> float:
        return max(SequenceMatcher(None, word, text.casefold()).quick_ratio() for text in (device, names[device] or device))

    return nlargest(NEAREST, names, key=likeness)
