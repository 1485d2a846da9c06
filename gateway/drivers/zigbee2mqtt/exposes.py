"""Zigbee2MQTT's description of a device (`exposes` of its definition) in the words all self-described devices have here.

An expose is a leaf (binary, numeric, enum, text, list), a composite with members that travel together in one JSON object, or one of the
specific things (light, switch, climate, cover, fan, lock) whose leaves stand in the state by themselves. `access` has three bits: it is
told (1), it can be set (2), it can be asked for (4). A colour is the exception: its object is taken apart, for hue and chromaticity are two
descriptions of one object.
"""

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.drivers.parts.selfdescribed.feature import Category, Claim, Feature
from gateway.drivers.zigbee2mqtt.words import answers, meaning
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

VENDOR = "z2m"
TOLD, SET, ASKED = 1, 2, 4
_SPECIFIC = frozenset({"light", "switch", "climate", "cover", "fan", "lock", "siren", "valve"})
_COLOURS = frozenset({"color_xy", "color_hs"})
_EVENTS = frozenset({"action"})
_DEEPEST = 8
_TYPES = {"numeric": "number", "enum": "string", "text": "string", "binary": "boolean", "list": "array", "composite": "object"}
_CATEGORIES = {"diagnostic": Category.DIAGNOSTIC, "config": Category.CONFIG}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the exposes: the feature that carries it (`key`), and the members that lead to it in that feature's object."""

    path: str
    key: str
    members: tuple[str, ...]
    category: Category
    expose: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exposed:
    """A definition read: the claim and its leaves, and what its wire has to know.

    `spellings`: how values are spelled that are not JSON's own, key to (raw, claimed) pairs. `places`: where a key stands in the state: a
    property, and the member within it. `asked`: keys that can be asked for.
    """

    claim: Claim
    leaves: tuple[Leaf, ...]
    spellings: Mapping[str, tuple[tuple[Value, Value], ...]]
    places: Mapping[str, tuple[str, ...]]
    asked: frozenset[str]


def claim(definition: Mapping[str, Any]) -> Claim:
    """Return what a definition says; raise SchemaViolation where it is none."""
    return exposed(definition).claim


def exposed(definition: Mapping[str, Any]) -> Exposed:
    """Return a definition read; raise SchemaViolation where it is none."""
    if not isinstance(definition, Mapping) or not isinstance(definition.get("exposes", []), Sequence | None):
        raise SchemaViolation("a definition is an object with a list `exposes`")
    exposes = definition.get("exposes") or ()
    if isinstance(exposes, str) or not all(isinstance(each, Mapping) for each in exposes):
        raise SchemaViolation("`exposes` is a list of objects")
    reading = _Reading()
    for index, each in enumerate(exposes):
        reading.top(each, index)
    made = Claim(
        vendor=VENDOR,
        maker=_text(definition.get("vendor")),
        model=_text(definition.get("model")),
        title=_text(definition.get("description")),
        features=tuple(reading.features.values()),
    )
    return Exposed(made, tuple(reading.leaves), reading.spellings, reading.places, frozenset(reading.asked))


class _Reading:
    """The exposes of one definition, one after the other."""

    def __init__(self) -> None:
        self.features: dict[str, Feature] = {}
        self.leaves: list[Leaf] = []
        self.spellings: dict[str, tuple[tuple[Value, Value], ...]] = {}
        self.places: dict[str, tuple[str, ...]] = {}
        self.asked: set[str] = set()

    def top(self, expose: Mapping[str, Any], index: int) -> None:
        """Take one entry of the list."""
        kind = expose.get("type")
        if isinstance(kind, str) and kind in _SPECIFIC and "features" in expose:
            for each in _inner(expose):
                self._one(each, kind, _endpoint(expose), str(index), _category(expose, Category.MAIN))
        else:
            self._one(expose, "", "", "", Category.MAIN)

    def _one(self, expose: Mapping[str, Any], group: str, endpoint: str, instance: str, above: Category) -> None:
        category = _category(expose, above)
        endpoint = _endpoint(expose) or endpoint
        if group == "light" and _name(expose) in _COLOURS and "features" in expose:
            for member in _inner(expose):
                self._colour(expose, member, group, endpoint, instance, _category(member, category))
            return
        key = _key(expose)
        feature = _feature(expose, key, group, endpoint, instance, category)
        if group == "switch" and feature.name == "state" and not key.startswith("state"):
            feature = replace(
                feature, name=key, group="", instance=""
            )  # a setting of something else (`window_detection`): it turns nothing on
        self._keep(feature, expose, (key,), _access(expose))
        self.leaves += _leaves(expose, key, (), category, f"{group}/{_name(expose)}" if group else _name(expose), 0)

    def _colour(
        self, expose: Mapping[str, Any], member: Mapping[str, Any], group: str, endpoint: str, instance: str, category: Category
    ) -> None:
        name = _name(member)
        key = f"{_key(expose)}.{_key(member)}"
        feature = _feature({**member, "name": f"color.{name}", "access": _access(expose)}, key, group, endpoint, instance, category)
        self._keep(feature, member, (_key(expose), _key(member)), _access(expose))
        self.leaves.append(Leaf(f"{group}/{_name(expose)}/{name}", key, (), category, member))

    def _keep(self, feature: Feature, expose: Mapping[str, Any], place: tuple[str, ...], access: int) -> None:
        """Keep the first of two that say the same key: it is one value in the state, whatever the second calls it."""
        if feature.key in self.features:
            return
        self.features[feature.key] = feature
        self.places[feature.key] = place
        if access & ASKED:
            self.asked.add(feature.key)
        if pairs := _spelling(expose):
            self.spellings[feature.key] = pairs


def _feature(expose: Mapping[str, Any], key: str, group: str, endpoint: str, instance: str, category: Category) -> Feature:
    access = _access(expose)
    name = _name(expose)
    event = not group and name in _EVENTS and expose.get("type") in ("enum", "text")
    return Feature(
        key=key,
        name=name,
        group=group,
        instance=instance,
        endpoint=endpoint,
        type=_type(expose),
        unit=_text(expose.get("unit")),
        minimum=expose.get("value_min"),
        maximum=expose.get("value_max"),
        step=expose.get("value_step"),
        words=tuple(str(word) for word in _values(expose)),
        readable=bool(access & (TOLD | ASKED)) or not access & SET,
        settable=bool(access & SET) and not event,
        event=event,
        yes=meaning(name) if not group and _type(expose) == "boolean" else "",
        title=_text(expose.get("label")),
        category=category,
        schema=_schema(expose, 0),
    )


def _type(expose: Mapping[str, Any]) -> str:
    kind = _TYPES.get(str(expose.get("type")), "object" if "features" in expose else "string")
    return "string" if kind == "boolean" and _two(expose) is None else kind


def _two(expose: Mapping[str, Any]) -> tuple[Value, Value] | None:
    """Return the raw values for yes and no of a binary, None where they mean no yes and no."""
    on, off = expose.get("value_on", True), expose.get("value_off", False)
    plain = all(isinstance(word, bool | str | int | float) for word in (on, off))
    return answers(on, off) if plain else None


def _spelling(expose: Mapping[str, Any]) -> tuple[tuple[Value, Value], ...]:
    """Return (raw, claimed) pairs where the two differ. JSON's true and false are themselves, whichever of them is called `on`."""
    if expose.get("type") == "binary":
        two = _two(expose)
        if two is not None:
            return () if all(isinstance(word, bool) for word in two) else ((two[0], True), (two[1], False))
    if any(not isinstance(word, str) for word in _values(expose)):
        return tuple((word, str(word)) for word in _values(expose))
    return ()


def _schema(expose: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    """Return the JSON Schema of what is inside an object or a list."""
    if depth > _DEEPEST:
        return {}
    kind = expose.get("type")
    if kind == "list":
        item = expose.get("item_type")
        return {"items": _whole(item, depth + 1)} if isinstance(item, Mapping) else {}
    if "features" in expose:
        return {"properties": {_key(each): _whole(each, depth + 1) for each in _inner(expose)}}
    return {}


def _whole(expose: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Return the schema of a member: of the raw JSON, for inside an object nothing is spelled otherwise."""
    kind = _type(expose)
    schema: dict[str, Any] = {"type": kind, **_schema(expose, depth)}
    if kind == "boolean" and (two := _two(expose)) is not None and not all(isinstance(word, bool) for word in two):
        schema = {"type": "string", "enum": [str(word) for word in two]}
    if words := [word for word in _values(expose) if isinstance(word, str)]:
        schema["enum"] = words
    terms = {"unit": "unit", "value_min": "minimum", "value_max": "maximum", "value_step": "multipleOf", "label": "title"}
    return schema | {term: expose[said] for said, term in terms.items() if expose.get(said) not in (None, "")}


def _leaves(expose: Mapping[str, Any], key: str, members: tuple[str, ...], category: Category, path: str, depth: int) -> Iterator[Leaf]:
    if expose.get("type") == "list" or "features" not in expose or depth > _DEEPEST:
        yield Leaf(path, key, members, category, expose)
        return
    for each in _inner(expose):
        inner = (*members, _key(each))
        yield from _leaves(each, key, inner, _category(each, category), f"{path}/{_name(each)}", depth + 1)


def _inner(expose: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    features = expose.get("features")
    return [each for each in features if isinstance(each, Mapping)] if isinstance(features, list | tuple) else []


def _values(expose: Mapping[str, Any]) -> list[Value]:
    values = expose.get("values")
    if expose.get("type") == "binary" and _two(expose) is None:
        values = [expose.get("value_on"), expose.get("value_off")]
    plain = isinstance(values, list | tuple) and all(isinstance(word, str | int | float) for word in values)
    return list(dict.fromkeys(values)) if plain and values is not None else []


def _access(expose: Mapping[str, Any]) -> int:
    """Return the bits; of an object what its members have, for its own are often said too generously."""
    if inner := _inner(expose):
        return functools.reduce(operator.or_, (_access(each) for each in inner))
    access = expose.get("access", TOLD)
    return access if isinstance(access, int) and not isinstance(access, bool) else TOLD


def _category(expose: Mapping[str, Any], above: Category) -> Category:
    return _CATEGORIES.get(str(expose.get("category")), above)


def _name(expose: Mapping[str, Any]) -> str:
    return _text(expose.get("name")) or _text(expose.get("property")) or _text(expose.get("type")) or "feature"


def _key(expose: Mapping[str, Any]) -> str:
    return _text(expose.get("property")) or _name(expose)


def _endpoint(expose: Mapping[str, Any]) -> str:
    return _text(expose.get("endpoint"))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
