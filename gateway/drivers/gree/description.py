"""What one unit is and can do, in the profile's words, from what it has shown."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.gree.column import Shown
from gateway.drivers.gree.degrees import half_column
from gateway.drivers.gree.mapping import Kind
from gateway.drivers.gree.programs import locality, version_of
from gateway.drivers.parts.description import described
from gateway.thing.description import Description

_TARGET = "targetTemperature"


def describe(kind: Kind, mac: str, facts: Mapping[str, str], shown: Shown, readings: Collection[str]) -> Description:
    """Return the device a unit is; `shown` are its columns, `readings` the names of what it has told."""
    program = facts.get("program", "")
    own = {name: schema for name, schema in kind.own.items() if name in readings}
    return described(
        kind,
        "gree",
        mac,
        features=kind.features_of(readings),
        narrowing=_narrowing(kind, shown),
        identity={"brand": facts.get("brand", ""), "model": facts.get("model", ""), "sw": version_of(program)},
        additions={"properties": own} if own else {},
        locality=locality(program),
    )


def _narrowing(kind: Kind, shown: Shown) -> dict[str, dict[str, Any]]:
    """Return the limits of the kind, and the words the unit has columns for; one without a column for half degrees has whole ones."""
    limits = {name: dict(terms) for name, terms in kind.limits.items()}
    if _TARGET in limits and half_column(shown) is None:
        limits[_TARGET]["multipleOf"] = 1
    for name, words in kind.words.items():
        able = [word for word, needed in words.items() if needed is None or needed in shown]
        if len(able) < len(words):
            limits[name] = {"enum": able}
    return limits
