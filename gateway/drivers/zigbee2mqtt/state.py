"""Between the JSON of a device's topics and the raw values of its features."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.drivers.parts.body import json_object
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.zigbee2mqtt.exposes import Exposed
from gateway.errors import ReadOnly, SchemaViolation
from gateway.thing.value import Value

_ROUNDED = 0.5
_LARGEST = 2**53


class States:
    """Reads and writes for one device; `shown` are the keys its states may have."""

    def __init__(self, exposed: Exposed) -> None:
        self._places = exposed.places
        self._told = {key: dict(pairs) for key, pairs in exposed.spellings.items()}
        self._asked = {key: {claimed: raw for raw, claimed in pairs} for key, pairs in exposed.spellings.items()}
        self.shown = frozenset(feature.key for feature in exposed.claim.features if feature.readable and not feature.event)
        self._features = {feature.key: feature for feature in exposed.claim.features}
        self._events = frozenset(feature.key for feature in exposed.claim.features if feature.event)

    def read(self, payload: bytes, *, retained: bool) -> dict[str, Value]:
        """Return what a state says by feature key, without what it says nothing about; raise WireError when it is none.

        A state the broker kept tells of no event: whatever happened is long past.
        """
        state = json_object(payload, "the state")
        found = ((key, self._value(key, place, state)) for key, place in self._places.items() if not (retained and key in self._events))
        return {key: value for key, value in found if value is not None}

    def _value(self, key: str, place: tuple[str, ...], state: Mapping[str, Any]) -> Value:
        raw: Any = state
        for member in place:
            raw = raw.get(member) if isinstance(raw, dict) else None
        if raw is None or (raw == "" and key in self._events):
            return None
        if (told := self._told.get(key)) is None:
            return raw
        if isinstance(raw, bool | int | float):
            return next((claimed for word, claimed in told.items() if word == raw and type(word) is type(raw)), None)
        return _spelled(raw, told) if isinstance(raw, str) else None

    def write(self, asked: Mapping[str, Value]) -> dict[str, Value]:
        """Return the JSON that asks for these values; raise ReadOnly or SchemaViolation for what the device says it does not take."""
        message: dict[str, Value] = {}
        for key, wanted in asked.items():
            value = _fitting(self._features[key], wanted)
            raw = self._asked[key].get(value, value) if key in self._asked and not isinstance(value, dict | list) else value
            *above, last = self._places[key]
            into = message
            for member in above:
                inner = into.setdefault(member, {})
                into = inner if isinstance(inner, dict) else {}
            into[last] = raw
        return message

    def question(self, keys: Iterable[str]) -> dict[str, Value]:
        """Return the JSON that asks how these are."""
        return {self._places[key][0]: "" for key in keys}


def _spelled(raw: str, told: Mapping[Value, Value]) -> Value:
    """Return what a word says; bridges differ in capitals."""
    if raw in told:
        return told[raw]
    return next((claimed for word, claimed in told.items() if isinstance(word, str) and word.lower() == raw.lower()), None)


def _fitting(feature: Feature, value: Value) -> Value:
    """Return a value the device says it takes: what rounding has brought a little beyond the range is at its end."""
    if not feature.settable:
        raise ReadOnly(f"{feature.name} cannot be set: Zigbee2MQTT only shows it")
    if isinstance(value, bool) or not isinstance(value, int | float):
        if feature.words and feature.type == "string" and value not in feature.words:
            raise SchemaViolation(f"{feature.name} takes {', '.join(feature.words)}, not {value!r}"[:300])
        return value
    if not -_LARGEST <= value <= _LARGEST:
        raise SchemaViolation(f"{feature.name} takes no number that large")
    low, high = (end if isinstance(end, int | float) else value for end in (feature.minimum, feature.maximum))
    if low <= high and not low - _ROUNDED <= value <= high + _ROUNDED:
        raise SchemaViolation(f"{feature.name} takes {low:g} to {high:g} {feature.unit}".rstrip())
    return min(max(value, low), high) if low <= high else value
