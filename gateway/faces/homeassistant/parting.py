"""A property that stands alone: it was to be part of another entity, or to be set, and this device does not let it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.faces.homeassistant.entity import Part
from gateway.profile.homeassistant import BOOLEAN, CHOICE, NUMBER

_SHOWN = {BOOLEAN: "binary_sensor"}
_SET = {BOOLEAN: "switch", CHOICE: "select", NUMBER: "number"}
_ELSEWHERE = ("topic", "entity", "fold", "value", "state_class")
"""Terms of a hook that mean something only where it was."""


def alone(part: Part) -> Part:
    """Return the part as an entity of its own: one that sets it where that is possible, else one that only shows it."""
    platform = _SET.get(part.shape or "", "text") if part.writable else _SHOWN.get(part.shape or "", "sensor")
    if part.platform == platform:
        return part
    kept = {term: value for term, value in part.hook.items() if term not in _ELSEWHERE}
    return replace(part, hook=_plain(kept, platform, part) | {"platform": platform})


def _plain(hook: Mapping[str, Any], platform: str, part: Part) -> dict[str, Any]:
    kept = dict(hook)
    if part.platform != "number":  # whose classes are a sensor's too
        kept.pop("device_class", None)
    if kept.get("category") == "config" and platform.endswith("sensor"):
        kept["category"] = "diagnostic"  # Home Assistant knows no setting that only shows
    return kept
