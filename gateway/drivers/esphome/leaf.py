"""One feature of an entity, as `entities.yaml` and the node's list say it: what it is, how a state tells it, how a command asks it."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.drivers.esphome.dates import FORMS
from gateway.drivers.esphome.message import DIGITS
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.text import shown as printable
from gateway.thing.value import Value

Fields = Mapping[str, Any]
LONGEST_WORD: Final = 64
MOST_WORDS: Final = 256
_FLAG: Final = re.compile(r"(?P<field>\w+)&(?P<bit>\d+)\Z").match
_DEGREES: Final = ("°C", "°F", "K")
_CATEGORIES: Final = (Category.MAIN, Category.CONFIG, Category.DIAGNOSTIC)
_STATE_CLASSES: Final = ("", "measurement", "total_increasing", "total", "measurement_angle")
_MISSING: Final = "missing_state"
_NOT_SENT: Final = "has_"
_SECRET: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """`read`: from the fields of a state to its value, None for unknown; `ask`: from a value to fields of the command, None: no words.

    `together`: fields of the command that are sent with it, as last shown where they were not asked for.
    """

    feature: Feature
    read: Callable[[Fields], Value]
    ask: Callable[[Value], Fields | None]
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a feature stands: its `key`, `name`, `group`, `instance` and `endpoint` (see Feature)."""

    key: str
    name: str
    group: str
    instance: str
    endpoint: str


def there(spec: Fields, listed: Fields) -> bool:
    """Return whether this entity has the feature."""
    wanted = any(_holds(each, listed) for each in spec["if"]) if "if" in spec else True
    return wanted and not any(_holds(each, listed) for each in spec.get("unless", ()))


def leaf_of(spec: Fields, listed: Fields, place: Place) -> Leaf:
    """Return the feature of an entity that has it."""
    words = _words(spec, listed)
    secret = "secret" in spec and listed.get(spec["secret"]) == _SECRET
    return Leaf(
        feature=_feature(spec, listed, place, () if None in words.values() else tuple(words.values()), readable=not secret),
        read=(lambda _: None) if secret else _reader(spec, listed, words),
        ask=_asker(spec, listed, words),
        together=tuple(spec.get("together", ())),
    )


def _feature(spec: Fields, listed: Fields, place: Place, words: tuple[Any, ...], *, readable: bool) -> Feature:
    category = listed.get("entity_category", 0)
    state_class = listed.get("state_class", 0)
    return Feature(
        key=place.key,
        name=place.name,
        group=place.group,
        instance=place.instance,
        endpoint=place.endpoint,
        type=spec["type"],
        unit=_unit(spec, listed),
        minimum=_given(spec, "minimum", listed),
        maximum=_given(spec, "maximum", listed),
        step=_given(spec, "step", listed) or None,
        words=words if spec["type"] == "string" else (),
        readable=readable and spec.get("shows", True) is not False,
        settable="sets" in spec or "sends" in spec or "form" in spec,
        event=bool(spec.get("event")),
        device_class=printable(listed.get("device_class", "")),
        state_class=_STATE_CLASSES[state_class] if 0 <= state_class < len(_STATE_CLASSES) else "",
        title=printable(listed.get("name", "")),
        category=_CATEGORIES[category] if 0 <= category < len(_CATEGORIES) else Category.MAIN,
    )


def _holds(condition: str, listed: Fields) -> bool:
    """Return whether a field of the list is true, or has a bit."""
    if (flag := _FLAG(condition)) is None:
        return bool(listed.get(condition))
    value, bit = listed.get(flag["field"], 0), int(flag["bit"])
    return any(each & bit for each in value) if isinstance(value, list) else bool(value & bit)


def _given(spec: Fields, name: str, listed: Fields) -> float | None:
    """Return a number that is given, or stands in the list."""
    told = spec.get(name)
    if isinstance(told, Mapping):
        if "of" not in told:
            return None if listed.get(told["unless"]) else float(told["is"])
        told = listed.get(told["of"])
    return float(told) if isinstance(told, int | float) else None


def _unit(spec: Fields, listed: Fields) -> str:
    told = spec.get("unit", "")
    if isinstance(told, str):
        return told
    told = listed.get(told["of"], "")
    if isinstance(told, int):
        return _DEGREES[told] if 0 <= told < len(_DEGREES) else ""
    return printable(told)


def _words(spec: Fields, listed: Fields) -> dict[Any, Any]:
    """Return what stands on the wire to its word, those of the node's own making among them."""
    table: Mapping[Any, Any] = spec.get("words", {})
    offered = listed.get(spec["offered"], ()) if "offered" in spec else table
    words = {each: table.get(each) if table else each for each in offered}
    words |= dict.fromkeys(listed.get(spec["custom"]["offered"], ())) if "custom" in spec else {}
    if not table and "sends" in spec and spec["type"] == "string":
        words = {word: word for word in spec["sends"]}
    named = {raw: raw if word is None and isinstance(raw, str) else word for raw, word in words.items()}
    return {raw: word for raw, word in list(named.items())[:MOST_WORDS] if word is not None and _sound(word)}


def _sound(word: Any) -> bool:
    """Return whether a word may be shown and said: no control characters, not endless."""
    return not isinstance(word, str) or (word.isprintable() and 0 < len(word) <= LONGEST_WORD)


def _reader(spec: Fields, listed: Fields, words: Fields) -> Callable[[Fields], Value]:
    field = spec.get("shows", spec.get("sets", spec.get("field", "")))
    if field is False:
        return lambda _: None
    if "form" in spec:
        return FORMS[spec["form"]].read
    custom = spec.get("custom", {}).get("shows", "")
    turn = _turned(spec, listed, words)

    def read(shown: Fields) -> Value:
        if shown.get(_MISSING):
            return None
        own = shown.get(custom) if custom else None
        raw = own or shown.get(field)
        return None if raw is None else turn(raw)

    return read


def _turned(spec: Fields, listed: Fields, words: Fields) -> Callable[[Any], Value]:
    """Return how what stands on the wire becomes a value."""
    if spec["type"] == "string" and not (words or "offered" in spec or "words" in spec):
        return lambda raw: raw if isinstance(raw, str) and raw.isprintable() else None
    if words or "words" in spec or "offered" in spec:
        return words.get
    if spec["type"] == "boolean":
        return bool
    scale, whole = float(spec.get("scale", 1)), spec["type"] == "integer"
    digits = listed.get(spec["digits"], 0) if "digits" in spec else None
    decimals = max(0, min(digits, DIGITS)) if isinstance(digits, int) else DIGITS - 1

    def number(raw: Any) -> Value:
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            return None
        return round(raw * scale) if whole else round(raw * scale, decimals)

    return number


def _asker(spec: Fields, listed: Fields, words: Fields) -> Callable[[Value], Fields | None]:
    if "form" in spec:
        return FORMS[spec["form"]].ask
    if "sends" in spec:
        sends: Mapping[Any, Fields] = spec["sends"]
        return lambda value: sends.get(value) if isinstance(value, bool | str) else None
    if "sets" not in spec:
        return lambda _: None
    return _setter(spec, listed, words)


def _setter(spec: Fields, listed: Fields, words: Fields) -> Callable[[Value], Fields | None]:
    field, scale = spec["sets"], float(spec.get("scale", 1))
    own = spec.get("custom", {}).get("sets", field)
    raws = {word: raw for raw, word in reversed(list(words.items()))}
    worded = bool(words) or "offered" in spec
    low, high = _limit(spec, "minimum", listed, -math.inf), _limit(spec, "maximum", listed, math.inf)

    def ask(value: Value) -> Fields | None:
        if worded:
            raw = raws.get(value) if isinstance(value, str) else None
            if raw is None:
                return None
            return _sent(spec, own if isinstance(raw, str) else field, raw)
        if spec["type"] in ("boolean", "string"):
            return _sent(spec, field, value) if isinstance(value, bool | str) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            return None
        return _sent(spec, field, round(value / scale) if spec["type"] == "integer" and scale == 1 else value / scale)

    return ask


def _limit(spec: Fields, name: str, listed: Fields, otherwise: float) -> float:
    given = _given(spec, name, listed)
    return otherwise if given is None else given


def _sent(spec: Fields, field: str, raw: Any) -> Fields:
    """Return a field with the flag that says it is meant."""
    if spec.get("flagless"):
        return {field: raw}
    if "bit" in spec:
        return {field: raw, "has_fields": spec["bit"]}
    return {field: raw, spec.get("has", _NOT_SENT + field): True}
