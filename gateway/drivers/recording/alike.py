"""Whether what is played is what was recorded: times within a moment, and whatever was made anonymous may be anything."""

import re
from typing import Any, Final

from gateway.drivers.recording.redaction import PRIVATE
from gateway.errors import BadSyntax
from gateway.thing.timestamp import from_iso

MOMENT: Final = 2.0
"""Seconds two times may be apart: what took the unit a while takes a player none."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT").match


def alike(recorded: Any, played: Any) -> bool:
    """Return whether two JSON values say the same."""
    if isinstance(recorded, dict) and isinstance(played, dict):
        return recorded.keys() == played.keys() and all(PRIVATE(name) or alike(value, played[name]) for name, value in recorded.items())
    if isinstance(recorded, list) and isinstance(played, list):
        return len(recorded) == len(played) and all(map(alike, recorded, played))
    if isinstance(recorded, str) and isinstance(played, str) and _TIME(recorded) and _TIME(played):
        return _close(recorded, played)
    return bool(recorded == played) and isinstance(recorded, bool) is isinstance(played, bool)


def includes(recorded: Any, played: Any) -> bool:
    """Return whether everything recorded is still said, where a driver may have learnt to say more of the same unit."""
    if isinstance(recorded, dict) and isinstance(played, dict):
        return all(PRIVATE(name) or (name in played and includes(value, played[name])) for name, value in recorded.items())
    if isinstance(recorded, list) and isinstance(played, list) and all(isinstance(word, str) for word in recorded):
        return set(recorded) <= {word for word in played if isinstance(word, str)}
    if isinstance(recorded, list) and isinstance(played, list):
        return len(recorded) == len(played) and all(map(includes, recorded, played))
    return alike(recorded, played)


def _close(recorded: str, played: str) -> bool:
    try:
        return abs(from_iso(recorded) - from_iso(played)) <= MOMENT
    except BadSyntax:
        return recorded == played
