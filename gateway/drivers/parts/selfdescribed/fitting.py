"""Whether a feature fits a standard affordance in meaning, type, unit, range and access, and the way between the two when it does."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.parts.selfdescribed.conversion import Conversion, Linear, Plain, Reciprocal, Within, Words, tidy
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.units import Scale, scale_to, senml, spelled
from gateway.drivers.parts.selfdescribed.vocabulary import Entry
from gateway.thing.value import Value

_NEAR = 1e-9
_PER_MILLION = 1e6
_BEYOND = 0.05
"""How far a range of colour temperatures may reach beyond the kind's, as a share: it ends there then."""
_MOST_WORDS = 256


@dataclass(frozen=True, slots=True)
class Fit:
    """The way between a feature's raw values and a schema's, and the terms in which the device is narrower."""

    conversion: Conversion
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a feature does not fit, in one of a few words that can be counted."""

    reason: str


def fit(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    """Return how a feature's values are said in a schema of the standard, or why they cannot be."""
    kind = schema.get("type")
    if kind in ("number", "integer"):
        return _number(entry, feature, schema)
    if kind == "boolean":
        return _boolean(entry, feature)
    if kind == "string":
        return _string(entry, feature, schema)
    if kind == "object" and feature.type == "object":
        return _object(entry, feature, schema)
    if kind == "array" and feature.type == "array":
        return Fit(Plain("array"))
    return Misfit("type")


def _number(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    if entry.words is not None and feature.type in ("string", "boolean"):
        return _words(entry, feature, schema)
    if feature.type not in ("number", "integer"):
        return Misfit("type")
    if entry.how in _LEVELS:
        return _LEVELS[entry.how](entry, feature, schema)
    scale = _scale(entry, feature, schema.get("unit"))
    return Misfit("unit") if scale is None else _linear(entry, feature, schema, scale)


def _linear(entry: Entry, feature: Feature, schema: Mapping[str, Any], scale: Scale) -> Fit | Misfit:
    ends = [None if end is None else end * scale.scale + scale.offset for end in (feature.minimum, feature.maximum)]
    low, high = (schema.get("minimum", -math.inf), schema.get("maximum", math.inf))
    near = _NEAR * max(1.0, *(abs(end or 0) for end in ends))
    if not entry.slack and any(end is not None and not low - near <= end <= high + near for end in ends):
        return Misfit("range")
    step = float(schema.get("multipleOf") or 0)
    free = not step or entry.slack or feature.step is None or entry.terms.get("coarse")
    if not free and not _whole((feature.step or 0) * scale.scale / step):
        return Misfit("resolution")
    conversion = Linear(
        scale=scale.scale,
        offset=scale.offset,
        whole=schema["type"] == "integer",
        whole_raw=feature.type == "integer",
        least=low if entry.slack else -math.inf,
        most=high if entry.slack else math.inf,
        grain=step,
    )
    return Fit(conversion, _ends(feature, schema, ends))


def _scale(entry: Entry, feature: Feature, unit: str | None) -> Scale | None:
    told = feature.unit
    if (factor := entry.terms.get("scales", {}).get(told)) is not None:
        return Scale(factor)
    if unit is None or (unit == "/" and not told):
        return Scale() if not told or spelled(told) in entry.terms.get("unit", ()) or senml(told) == "count" else None
    if not told:
        return Scale() if entry.unitless else None
    scale = scale_to(told, unit)
    return Scale(scale.scale) if scale is not None and entry.terms.get("difference") else scale


def _ends(feature: Feature, schema: Mapping[str, Any], ends: list[float | None]) -> dict[str, Any]:
    """Return the ends of the range where the device's are tighter; of what is only told the kind's stand, for sensors surprise."""
    if not feature.settable:
        return {}
    low, high = ends
    step = schema.get("multipleOf")
    terms: dict[str, Any] = {}
    if low is not None and low > schema.get("minimum", -math.inf) and (step is None or _whole(low / step)):
        terms["minimum"] = tidy(round(low, 6))
    if high is not None and high < schema.get("maximum", math.inf):
        terms["maximum"] = tidy(round(high, 6))
    return {} if terms.get("minimum", schema.get("minimum", -math.inf)) > terms.get("maximum", schema.get("maximum", math.inf)) else terms


def _reciprocal(_entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    """Fit colour temperature told in mired; a range that reaches a little beyond the kind's ends there."""
    if spelled(feature.unit) not in ("mired", "mireds", ""):
        return Misfit("unit")
    least, most = schema["minimum"], schema["maximum"]
    low, high = feature.minimum or _PER_MILLION / most, feature.maximum or _PER_MILLION / least
    if low < 1 or high < 1:
        return Misfit("range")
    warm, cold = round(_PER_MILLION / high), round(_PER_MILLION / low)
    if warm < least * (1 - _BEYOND) or cold > most * (1 + _BEYOND) or warm > most or cold < least:
        return Misfit("range")
    terms = ({"minimum": warm} if warm > least else {}) | ({"maximum": cold} if cold < most else {})
    return Fit(Reciprocal(_PER_MILLION, least, most), terms if feature.settable else {})


def _span(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    """Fit a level told in steps of the device's own (0 to 254) as a share of all of them."""
    low, high = entry.terms.get("span", (0, 100))
    low, high = feature.minimum if feature.minimum is not None else low, feature.maximum if feature.maximum is not None else high
    if low < 0 or high <= 0 or high <= low:
        return Misfit("range")
    if feature.unit and senml(feature.unit) not in ("%", None):
        return Misfit("unit")
    whole = schema["type"] == "integer"
    percent = bool(feature.unit) and high <= 100  # noqa: PLR2004 - a percentage is told as it is
    scale = 1.0 if percent else 100 / high
    return Fit(
        Linear(
            scale=scale,
            whole=whole,
            whole_raw=feature.type == "integer" or (feature.step or 1) >= 1,
            least=schema["minimum"],
            most=schema["maximum"],
        )
    )


_LEVELS = {"reciprocal": _reciprocal, "span": _span}


def _boolean(entry: Entry, feature: Feature) -> Fit | Misfit:
    if feature.type == "boolean":
        return Fit(Words(entry.words) if entry.words is not None and _booleans(entry) else Plain("boolean"))
    if feature.type == "string" and entry.words is not None and not _booleans(entry):
        pairs = tuple(pair for pair in entry.words if pair[0] in feature.words)
        if set(feature.words) == {raw for raw, _ in pairs} and {value for _, value in pairs} == {True, False}:
            return Fit(Words(pairs))
        return Misfit("words")
    return Misfit("type")


def _booleans(entry: Entry) -> bool:
    return entry.words is not None and all(isinstance(raw, bool) for raw, _ in entry.words)


def _string(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    if feature.type == "string" and not feature.words and ("enum" not in schema or (schema.get("hl:openEnum") and not feature.settable)):
        return Fit(Plain("string"))
    if feature.type not in ("string", "boolean", "integer", "number"):
        return Misfit("type")
    return _words(entry, feature, schema)


def _words(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    raws: tuple[Value, ...] = (True, False) if feature.type == "boolean" else feature.words
    if feature.type in ("integer", "number") and entry.words is not None:
        raws = tuple(raw for raw, _ in entry.words)
    if not raws:
        return Misfit("words") if "enum" in schema else Misfit("type")
    pairs = tuple((raw, _word(entry, raw, schema)) for raw in raws)
    if any(value is None for _, value in pairs) or len(pairs) > _MOST_WORDS:
        return Misfit("words")
    values = list(dict.fromkeys(value for _, value in pairs))
    if len(values) != len(pairs):
        return Misfit("words")  # two of its words would become one
    if schema.get("type") in ("number", "integer"):
        return Fit(Words(pairs))
    terms = {"enum": values} if set(values) != set(schema.get("enum", ())) else {}
    return Fit(Words(pairs), terms)


def _word(entry: Entry, raw: Value, schema: Mapping[str, Any]) -> Value:
    """Return the profile's word for a raw one; an open list takes the device's own, a closed one does not."""
    for spelling, value in entry.words or ():
        if type(spelling) is type(raw) and (spelling == raw or (isinstance(raw, str) and plain(spelling) == plain(raw))):
            return value
    if not isinstance(raw, str):
        return None
    found = next((word for word in schema.get("enum", ()) if isinstance(word, str) and plain(word) == plain(raw)), None)
    return found if found is not None else raw if schema.get("hl:openEnum") or "enum" not in schema else None


def plain(word: str) -> str:
    """Return a word as it is compared: no case, blanks and underscores as hyphens."""
    return word.strip().lower().replace("_", "-").replace(" ", "-")


def _object(entry: Entry, feature: Feature, schema: Mapping[str, Any]) -> Fit | Misfit:
    """Fit members one by one; all of the device's must have a place."""
    theirs = schema.get("properties", {})
    members = []
    inner = feature.schema.get("properties", {}) if isinstance(feature.schema, Mapping) else {}
    if not inner:
        return Misfit("type")
    for name, own in inner.items():
        target = entry.members.get(name, name)
        target = {"to": target} if isinstance(target, str) else target
        if not isinstance(own, Mapping) or target["to"] not in theirs:
            return Misfit("members")
        found = _member(target, str(name), own, theirs[target["to"]])
        if isinstance(found, Misfit):
            return found
        members.append((name, target["to"], found.conversion))
    return Fit(Within(tuple(members)))


def _member(target: Mapping[str, Any], name: str, own: Mapping[str, Any], schema: Mapping[str, Any]) -> Fit | Misfit:
    from gateway.drivers.parts.selfdescribed.vocabulary import entry_of  # noqa: PLC0415 - one of the two has to be later

    feature = Feature(
        key=name,
        name=name,
        type=str(own.get("type", "string")),
        unit=str(own.get("unit", "")),
        minimum=own.get("minimum"),
        maximum=own.get("maximum"),
        step=own.get("multipleOf"),
        words=tuple(own.get("enum", ())),
        schema=own,
    )
    return fit(entry_of({**target, "to": target["to"]}), feature, schema)


def _whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6  # noqa: PLR2004 - steps are never that fine
