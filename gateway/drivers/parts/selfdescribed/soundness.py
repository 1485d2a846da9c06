"""What a stranger says of its features, made sound: impossible ranges, steps and words left out, texts cut, counts limited.

A range that cannot be (minimum above maximum, no number, beyond all measure) says nothing and counts as not said; the feature stays.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Claim, Feature
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

MOST_FEATURES = 4096
LONGEST_TEXT = 256
_LARGEST = 1e15
_MOST_WORDS = 256
_MOST_MEMBERS = 64
_DEEPEST = 4
_TYPES = frozenset({"boolean", "integer", "number", "string", "object", "array"})
_VENDOR = re.compile(r"[a-z0-9]{1,32}\Z")
_A_TIME = re.compile(r"(?:^|_)(?:time|timeout|timer|countdown|periode?|duration|delay|interval|timeset)(?:_|$)")
"""Names of what `m` says minutes of, and no metres."""


def sound(claim: Claim) -> tuple[Feature, ...]:
    """Return the claim's features, each key once; raise SchemaViolation where the claim as a whole cannot be used."""
    if not isinstance(claim.vendor, str) or not _VENDOR.match(claim.vendor):
        raise SchemaViolation("the vendor of a self-described device is 1 to 32 of a-z and 0-9, as in x-<vendor>-name")
    if len(claim.features) > MOST_FEATURES:
        raise SchemaViolation(f"the device describes {len(claim.features)} features; at most {MOST_FEATURES} are taken")
    features: dict[str, Feature] = {}
    for feature in claim.features:
        if isinstance(feature.key, str) and feature.key and feature.key not in features:
            features[feature.key] = _sound(feature)
    return tuple(features.values())


def text(value: Value, longest: int = LONGEST_TEXT) -> str:
    """Return a text of at most so many characters, all of them printable."""
    cut = value[:longest] if isinstance(value, str) else ""
    return cut if cut.isprintable() else "".join(each if each.isprintable() else " " for each in cut)


def _sound(feature: Feature) -> Feature:
    low, high = _finite(feature.minimum), _finite(feature.maximum)
    if low is not None and high is not None and low > high:
        low = high = None
    step = _finite(feature.step)
    return replace(
        feature,
        name=text(feature.name, 80),
        group=text(feature.group, 32),
        instance=text(feature.instance, 32),
        endpoint=text(feature.endpoint, 32),
        title=text(feature.title),
        unit="min" if feature.unit == "m" and _A_TIME.search(text(feature.name, 80)) else text(feature.unit, 32),
        type=_type(feature.type, low, high, step),
        minimum=low,
        maximum=high,
        step=step if step is not None and step > 0 else None,
        words=_words(feature.words),
        device_class=text(feature.device_class, 64),
        state_class=text(feature.state_class, 64),
        readable=feature.readable or not feature.settable,
        settable=feature.settable and not feature.event,
        schema=_inside(feature.schema, 0),
    )


def _type(said: Value, *numbers: float | None) -> str:
    """Return the type; whole numbers with a range or step that is none are numbers."""
    if not isinstance(said, str) or said not in _TYPES:
        return "string"
    return "number" if said == "integer" and any(each is not None and not float(each).is_integer() for each in numbers) else str(said)


def _inside(schema: Value, depth: int) -> dict[str, Any]:
    """Return what is understood of an object's or list's schema: known terms of a known shape, few and shallow."""
    if not isinstance(schema, Mapping):
        return {}
    known: dict[str, Any] = {"type": schema["type"]} if schema.get("type") in _TYPES else {}
    known |= {term: found for term in ("title", "unit") if (found := text(schema.get(term)))}
    known |= {term: end for term in ("minimum", "maximum") if (end := _finite(schema.get(term))) is not None}
    if known.get("minimum", -_LARGEST) > known.get("maximum", _LARGEST):
        del known["minimum"], known["maximum"]
    if words := _words(tuple(schema["enum"]) if isinstance(schema.get("enum"), list | tuple) else ()):
        known["enum"] = list(words)
    members = schema.get("properties")
    if isinstance(members, Mapping) and depth < _DEEPEST and len(members) <= _MOST_MEMBERS:
        known["properties"] = {name: _inside(member, depth + 1) for name, member in members.items() if text(name) == name}
    if isinstance(schema.get("items"), Mapping) and depth < _DEEPEST:
        known["items"] = _inside(schema["items"], depth + 1)
    return known


def _finite(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        return None
    return value if math.isfinite(value) else None


def _words(words: Iterable[Value]) -> tuple[str, ...]:
    """Return words that are short printable texts, each once; none where one is not, for then the list does not tell what there may be."""
    listed = tuple(dict.fromkeys(words if isinstance(words, tuple | list) else ()))
    if len(listed) > _MOST_WORDS:
        return ()
    fit = all(isinstance(word, str) and 0 < len(word) <= LONGEST_TEXT and word.isprintable() for word in listed)
    return listed if fit else ()
