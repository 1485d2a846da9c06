"""Units as wires spell them, and what each is in the profile's own (SenML) names."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.parts.sheet import document
from gateway.profile.units import UNITS

_FILE = Path(__file__).parent / "units.yaml"
_BLANKS = re.compile(r"[\s_]+")
_LONGEST = 32
_AMBIGUOUS = frozenset({"C", "F"})
"""SenML means coulomb and farad; who describes a device means degrees."""


@dataclass(frozen=True, slots=True)
class Scale:
    """profile = raw x scale + offset."""

    scale: float = 1.0
    offset: float = 0.0


def spelled(text: str) -> str:
    """Return a unit's spelling as it is compared: no case, no blanks, µ and ³ made plain."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).replace("μ", "u").replace("µ", "u")
    return _BLANKS.sub("", plain).lower()


def senml(unit: str) -> str | None:
    """Return the SenML name of a unit, None where it has none (or is none); the number stays what it is."""
    if not unit:
        return None
    if (plain := spelled(unit)) in _names():
        return _names()[plain]
    return unit if unit in UNITS and unit not in _AMBIGUOUS else None


def scale_to(unit: str, target: str) -> Scale | None:
    """Return how a number in `unit` (as a wire spells it) becomes one in SenML's `target`; None where it cannot."""
    if senml(unit) == target:
        return Scale()
    return _scales().get(target, {}).get(spelled(unit))


def normal(unit: str) -> tuple[str, Scale]:
    """Return the unit a number is told in where nothing asks for another, and how it gets there; "" where the spelling is nobody's."""
    if (name := senml(unit)) is not None:
        return name, Scale()
    return next(((target, found) for target, words in _scales().items() if (found := words.get(spelled(unit))) is not None), ("", Scale()))


@cache
def _names() -> Mapping[str, str]:
    return {spelled(word): name for name, words in document(_FILE).items() if name != "scaled" for word in words}


@cache
def _scales() -> Mapping[str, Mapping[str, Scale]]:
    scaled: Mapping[str, list[Mapping[str, Any]]] = document(_FILE)["scaled"]
    return {
        target: {spelled(word): Scale(row["scale"], row.get("offset", 0.0)) for row in rows for word in row["says"]}
        for target, rows in scaled.items()
    }
