"""Values made up from a schema alone, such as a reasonable appliance of that kind might have."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from firmware_sim.schema import neutral, problem

Schema = Mapping[str, Any]
NO_WORDS = ("off", "none", "unknown", "custom", "error", "fault")
"""Words of an enum that are no choice of their own."""
AT_REST = ("off", "idle", "standby", "stopped")
NOT_WORKING = (*AT_REST, "none", "unknown", "done", "error", "fault", "paused", "delayed")
TIMES = ("s", "min", "h")


def setting(name: str, schema: Schema) -> Any:
    """Return what something is set to when it is new: the first real word, the middle of a range, no time, no limit, off."""
    if "default" in schema or "const" in schema:
        return neutral(schema)
    if "enum" in schema:
        usual = (word for word in schema["enum"] if word not in NO_WORDS)
        return "last" if "last" in schema["enum"] else next(usual, schema["enum"][0])
    if schema.get("type") in ("number", "integer"):
        return _middle(name, schema)
    return neutral(schema)


def _middle(name: str, schema: Schema) -> float:
    low: float = schema.get("minimum", 0)
    high: float = schema.get("maximum", 100)
    if schema.get("unit") in TIMES or (low == 0 and name.lower().endswith(("limit", "timer", "delay", "count"))):
        return low
    step: float = schema.get("multipleOf") or (1 if schema.get("type") == "integer" else 0.5)
    return min(high, max(low, round((low + high) / 2 / step) * step))


def word(schema: Schema, settings: Mapping[str, Any], *, working: bool) -> Any:
    """Return what a word that is only read says: what the appliance does where the enum is about that, else the first."""
    words = schema["enum"]
    resting = next((choice for choice in AT_REST if choice in words), None)
    if resting is None or not working:
        return words[0] if resting is None else resting
    chosen = {value for value in settings.values() if isinstance(value, str) and len(value) > 2}  # noqa: PLR2004 - no word, a number
    named = [choice for choice in words if isinstance(choice, str) and any(value[:4] in choice for value in chosen)]
    return next((choice for choice in [*named, *words] if choice not in NOT_WORKING), words[0])


def reading(schema: Schema, day: date) -> Any:
    """Return a value that is only read and never moves; None when none can be made up that fits."""
    made = _reading(schema, day)
    return made if problem(schema, made) is None else None


def _reading(schema: Schema, day: date) -> Any:
    match schema.get("type"):
        case "string" if schema.get("format") == "date":
            return day.isoformat()
        case "string" if schema.get("format") == "date-time":
            return f"{day.isoformat()}T00:00:00Z"
        case "object":
            members = schema.get("properties", {})
            return {name: _reading(members[name], day) for name in schema.get("required", members) if name in members}
        case "array" if schema.get("minItems"):
            return [_reading(schema["items"], day)] * schema["minItems"]
    return neutral(schema)


def output(schema: Schema | None, result: str, day: date) -> Any:
    """Return what an action gives back; a member `result` says how it ended where it has the word."""
    if schema is None:
        return None
    made = _reading(schema, day)
    words = schema.get("properties", {}).get("result", {}).get("enum", ())
    return made | {"result": result} if isinstance(made, dict) and result in words else made


def wanted(name: str, settings: Collection[str]) -> str | None:
    """Return the setting that says what a measured number should be: targetX or xTarget for X, roomX, currentX."""
    for setting_name in settings:
        lower = setting_name.lower()
        if not lower.startswith("target") and not lower.endswith("target"):
            continue
        rest = lower.replace("target", "")
        if rest and (name.lower().endswith(rest) or name.lower().startswith(rest)):
            return setting_name
    return None
