"""An aim made concrete for a home: who is measured, and the limits as the parameters of this run have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.scenes.effects.aim import Aim
from gateway.scenes.effects.limits import Limits
from gateway.scenes.house import House, meant
from gateway.scenes.words import Given
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One effect of one run; `after` and `hold` in seconds, `share` in percent."""

    line: int
    property: str
    unit: str
    limits: Limits
    after: float
    hold: float
    share: float
    public: str
    devices: tuple[str, ...]


def target_of(aim: Aim, arguments: Mapping[str, Value], house: House) -> Target:
    """Return what is measured in this home. Of a selector that names no kind, those that have the property."""
    devices = [device for device in meant(aim.select, house) if aim.select.kinds or aim.property in _properties(house, device)]
    return Target(
        line=aim.line,
        property=aim.property,
        unit=next((unit for device in devices if (unit := _unit(house, device, aim.property))), ""),
        limits=_limits(aim, arguments),
        after=aim.after,
        hold=aim.hold,
        share=aim.share,
        public=aim.public,
        devices=tuple(devices),
    )


def _properties(house: House, device: str) -> Mapping[str, Any]:
    return house.twin(device).instance.properties


def _unit(house: House, device: str, name: str) -> str:
    known = _properties(house, device).get(name)
    return "" if known is None else known.unit or ""


def _limits(aim: Aim, arguments: Mapping[str, Value]) -> Limits:
    def one(value: Value | Given) -> Value:
        return arguments.get(value.parameter) if isinstance(value, Given) else value

    if aim.words:
        return Limits(words=tuple(one(word) for word in aim.words))
    if aim.near is not None:
        middle, around = float(one(aim.near)), float(one(aim.within))
        return Limits(low=middle - around, high=middle + around)
    return Limits(low=one(aim.at_least), high=one(aim.at_most))
