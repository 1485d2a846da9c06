"""What one unit is and can do, in the profile's words, from what it has shown."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.daikin.mapping import Kind
from gateway.drivers.daikin.place import Shown
from gateway.drivers.parts.description import described
from gateway.errors import ReadOnly, SchemaViolation
from gateway.thing.description import Description

_UNTOLD = "NOTSUPPORT"
_SPEEDS = ("auto", "quiet", "low", "medium", "high", "turbo")


def describe(kind: Kind, mac: str, facts: Mapping[str, str], shown: Shown, readings: Collection[str]) -> Description:
    """Return the device; `facts`: what its model can, `shown`: its words, `readings`: the names of what it has told."""
    model = facts.get("model", "")
    return described(
        kind,
        "daikin",
        mac,
        features=kind.features_of(readings),
        narrowing=_narrowing(kind, {**facts, **shown}),
        identity={"model": "" if model == _UNTOLD else model, "sw": facts.get("ver", "").replace("_", ".")},
    )


def _narrowing(kind: Kind, shown: Shown) -> dict[str, dict[str, Any]]:
    """Return the limits of the kind, and the speeds the model has."""
    limits = {name: dict(terms) for name, terms in kind.limits.items()}
    able = [speed for speed in _SPEEDS if _takes(kind, speed, shown)]
    return limits | ({"fanMode": {"enum": able}} if 0 < len(able) < len(_SPEEDS) else {})


def _takes(kind: Kind, speed: str, shown: Shown) -> bool:
    try:
        kind.order({"fanMode": speed}, shown)
    except (ReadOnly, SchemaViolation):
        return False
    return True
