"""One leaf of a device: what it is about, where it is told, and where it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.drivers.mqttdiscovery.codec import Codec, Hints, members_of, object_of, tidy
from gateway.drivers.mqttdiscovery.template import Template
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.errors import SchemaViolation, WireError
from gateway.thing.value import Value

_NOTHING = frozenset({"", "None"})
"""What a template makes of a message that says nothing: Home Assistant's own words."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a leaf is told. `inside`: the member of a JSON object that has it; a text that is no object has it itself."""

    topic: str
    template: Template | None = None
    inside: str = ""

    def text(self, payload: str) -> str:
        """Return what a message says about the leaf, "" for nothing; raise WireError where the template does not fit."""
        said = payload if self.template is None else self.template.of(payload)
        if self.inside and said.lstrip().startswith("{"):
            said = _as_text(object_of(said).get(self.inside))
        return "" if said in _NOTHING else said


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a leaf is asked for. `member`: of the JSON object the topic takes, in which several leaves may stand together."""

    topic: str
    template: Template | None = None
    member: str = ""
    qos: int = 0
    retain: bool = False

    def payload(self, said: Value, hints: Hints) -> bytes:
        """Return the message that says this alone; raise WireError where the template does not fit."""
        if self.template is not None:
            return self.template.said(said, hints).encode()
        return orjson.dumps({self.member: said}) if self.member else _as_text(said).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf. `falls`: seconds after which a `yes` is over by itself; `word`: of a trigger, what is said when it happens.

    `once`: it is asked for and has no state.
    """

    features: tuple[Feature, ...]
    codec: Codec
    sources: tuple[Source, ...] = ()
    sink: Sink | None = None
    falls: float | None = None
    word: str = ""
    once: bool = False

    @property
    def feature(self) -> Feature:
        """What it is about; of a colour, its first part."""
        return self.features[0]

    @property
    def optimistic(self) -> bool:
        """Whether nothing ever tells what it really is; what is only pressed is nothing."""
        return self.sink is not None and not self.sources and not self.once

    def told(self, source: Source, payload: str) -> Mapping[str, Value]:
        """Return what a message says about it by feature key, nothing where it says nothing."""
        try:
            text = source.text(payload)
        except WireError:
            return {}
        value = self.codec.told(text) if text else None
        if value is None:
            return {}
        names = members_of(self.codec)
        if not names:
            return {self.feature.key: value}
        return {feature.key: value[name] for feature, name in zip(self.features, names, strict=True)} if isinstance(value, dict) else {}

    def asked(self, raws: Mapping[str, Value]) -> Value:
        """Return the value these raw values ask for; raise SchemaViolation for a number the device does not go to."""
        for feature in self.features:
            _check_range(feature, raws.get(feature.key))
        names = members_of(self.codec)
        if not names:
            return raws.get(self.feature.key)
        return {name: raws.get(feature.key) for feature, name in zip(self.features, names, strict=True)}


def _check_range(feature: Feature, value: Value) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    low, high = feature.minimum, feature.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise SchemaViolation(f"{value:g} is not between {low} and {high}, where this device goes")


def _as_text(value: Any) -> str:
    """Return a value as a message has it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode()
    return str(tidy(value))
