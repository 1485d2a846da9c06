"""What a leaf claims to be: its feature, with the range, the words and the name that its row and the options of its entity give."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.codec import HUES, XY, Codec, Flag, Number, Words, members_of
from gateway.drivers.mqttdiscovery.naming import about
from gateway.drivers.mqttdiscovery.options import Row, limit_of, option
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.text import shown

_SPACES: Final[Mapping[tuple[str, ...], tuple[float, float]]] = {HUES: (360, 100), XY: (1, 1)}
_TEMPERATURE: Final = {"C": "°C", "F": "°F"}


def feature_of(entity: Entity, component: Row, name: str, row: Row, codec: Codec, *, readable: bool, settable: bool) -> Feature:
    """Return the feature of a leaf."""
    options = entity.options
    low, high, step, unit = _range(row, options, codec)
    words = _words_of(codec)
    group = component.get("group", "")
    return Feature(
        key=f"{entity.path}/{name}",
        name=about(entity) if row.get("named") else row["number"]["kelvin"] if _in_kelvin(row, options) else name,
        group=group,
        instance=entity.path.rpartition("/")[2].lower() if group else "",
        type=_type(codec),
        unit=unit,
        minimum=low,
        maximum=high,
        step=step,
        words=words,
        readable=readable,
        settable=settable,
        event=bool(row.get("event")),
        device_class=shown(options.get("device_class")),
        state_class=shown(options.get("state_class")),
        title=shown(options.get("name")),
        category=_category(options, row.get("category", component.get("category", ""))),
    )


def parts_of(feature: Feature, codec: Codec) -> tuple[Feature, ...]:
    """Return the features of one leaf: those of a colour are each a feature of their own."""
    names = members_of(codec)
    most = _SPACES.get(names, (0, 0))
    return tuple(
        replace(feature, key=f"{feature.key}.{name}", name=f"color.{name}", type="number", minimum=0, maximum=end)
        for name, end in zip(names, most, strict=False)
    ) or (feature,)


def _range(row: Row, options: Mapping[str, Any], codec: Codec) -> tuple[float | None, float | None, float | None, str]:
    """Return minimum, maximum, step and unit of a number."""
    if not isinstance(codec, Number):
        return None, None, None, ""
    number = row.get("number", {"unit": "unit_of_measurement"})
    unit = option(number.get("unit", "="), options) or ""
    unit = _TEMPERATURE.get(unit, unit)
    if codec.high != codec.low:
        return 0.0, 100.0, 1.0 if codec.whole else None, unit
    if _in_kelvin(row, options):
        return limit_of("min_kelvin=2000", options), limit_of("max_kelvin=6535", options), None, "K"
    low, high, step = (limit_of(number.get(name), options) for name in ("min", "max", "step"))
    return low, high, step if step is None or step > 0 else None, unit[:32]


def _in_kelvin(row: Row, options: Mapping[str, Any]) -> bool:
    """Return whether a light tells how warm it is in kelvin, where others use mired."""
    return options.get(row.get("number", {}).get("kelvin", "")) is True


def _words_of(codec: Codec) -> tuple[str, ...]:
    """Return what a text may be, nothing where it may be anything."""
    if not isinstance(codec, Words) or codec.more:
        return ()
    return tuple(dict.fromkeys([*(ours for ours, _ in codec.said_with), *(ours for _, ours in codec.told_by)]))


def _type(codec: Codec) -> str:
    if isinstance(codec, Flag):
        return "boolean"
    if isinstance(codec, Number):
        return "integer" if codec.whole else "number"
    return "string"


def _category(options: Mapping[str, Any], usual: str) -> Category:
    told = options.get("entity_category") or usual
    return next((each for each in Category if each == told), Category.MAIN)
