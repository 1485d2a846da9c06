"""Values as they travel, and how far each can be believed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of these. Checked against the profile before it enters a twin."""

State: TypeAlias = Mapping[str, Value]
"""Property name to value."""


class Quality(StrEnum):
    """How far a value can be believed (`hl:quality`); `good` is left out on the wire."""

    GOOD = "good"
    ASSUMED = "assumed"
    STALE = "stale"
    INVALID = "invalid"
    SIMULATED = "simulated"
