"""What one unit is and can do, in the profile's words, from what it has shown."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.daikin.mapping import Kind
from gateway.drivers.daikin.place import Order, Shown
from gateway.errors import SchemaViolation
from gateway.thing.description import Description
from gateway.thing.identifier import derived_identifier

_UNTOLD = "NOTSUPPORT"
_SPEEDS = ("auto", "quiet", "low", "medium", "high", "turbo")


def describe(kind: Kind, mac: str, facts: Mapping[str, str], shown: Shown, readings: Collection[str]) -> Description:
    """Return the device; `facts`: what its model can, `shown`: its words, `readings`: the names of what it has told."""
    model = facts.get("model", "")
    identity = {"maker": kind.maker, "model": "" if model == _UNTOLD else model, "sw": facts.get("ver", "").replace("_", ".")}
    return Description(
        id=derived_identifier(kind.prefix, "daikin", mac),
        kind=kind.kind,
        major=kind.major,
        features=kind.features_of(readings),
        narrowing=_narrowing(kind, {**facts, **shown}),
        title=kind.title,
        identity={name: value for name, value in identity.items() if value},
    )


def _narrowing(kind: Kind, shown: Shown) -> dict[str, dict[str, Any]]:
    """Return the limits of the kind, and the speeds the model has."""
    limits = {name: dict(terms) for name, terms in kind.limits.items()}
    able = [speed for speed in _SPEEDS if _takes(kind, speed, shown)]
    return limits if len(able) == len(_SPEEDS) else limits | {"fanMode": {"enum": able}}


def _takes(kind: Kind, speed: str, shown: Shown) -> bool:
    try:
        kind.writers["fanMode"](Order(shown), speed)
    except SchemaViolation:
        return False
    return True
