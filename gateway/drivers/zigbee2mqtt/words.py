"""The two words of a binary: which of them is yes. Only pairs that mean yes and no become a boolean (`words.yaml`); others stay words."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gateway.drivers.parts.sheet import document
from gateway.thing.value import Value

FILE = Path(__file__).parent / "words.yaml"


def answers(on: Value, off: Value) -> tuple[Value, Value] | None:
    """Return the raw values for yes and no; None where these two are no yes and no, or are the same.

    JSON's own true and false stand for themselves, whichever of them a device calls on: `contact` is true while a door is shut.
    """
    if isinstance(on, bool) and isinstance(off, bool):
        return (True, False) if on is not off else None
    yes, no = _known()
    words = _plain(on), _plain(off)
    if words[0] in yes and words[1] in no:
        return on, off
    if words[0] in no and words[1] in yes:
        return off, on
    return None


def meaning(name: str) -> str:
    """Return what true means of a binary of this name, "" where it is what it is on other wires."""
    return _means().get(name, "")


@cache
def _means() -> Mapping[str, str]:
    found: Mapping[str, str] = document(FILE)["means"]
    return found


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    data = document(FILE)
    return frozenset(data["yes"]), frozenset(data["no"])


def _plain(word: Value) -> str:
    return str(word).strip().lower()
