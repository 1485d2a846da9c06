"""What each device of a home draws now, and what it will draw: told by itself, seen before, or assumed for its kind (`draws.yaml`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.home.twin import Twin
from gateway.scenes.house import House
from gateway.scenes.power import DRAW, SAMPLES, WATTS, is_meter, number, shown, was_on
from gateway.scenes.turns.room import Load

FILE: Final = Path(__file__).with_name("draws.yaml")
SWITCH: Final = "power"


async def loads_of(house: House, limit: float | None = None) -> dict[str, Load]:
    """Return every device that draws from the line, meters left out. `limit`: watts that nobody can have drawn more than."""
    loads = {}
    for device in house.devices():
        twin = house.twin(device)
        if not is_meter(twin):
            loads[device] = await _load(twin, house, limit)
    return loads


def refresh(loads: Mapping[str, Load], house: House) -> None:
    """Take what each device shows by now; of one that cannot be heard what it showed last is not counted as measured."""
    here = set(house.devices())
    for device, load in loads.items():
        load.shown = shown(house.twin(device), DRAW) if device in here else None
        load.on = device in here and _may_draw(house.twin(device), cycles=load.cycles)


async def _load(twin: Twin, house: House, limit: float | None) -> Load:
    kind, table = twin.description.kind, _table()
    most, basis = await _most(twin, house, table, limit)
    surge = _tagged(twin, table["tags"]["surge"])
    surge = table["surges"].get(kind, 0.0) if surge is None else surge
    load = Load(device=twin.id, most=most, basis=basis, surge=max(0.0, float(surge) - most))
    load.cycles = kind in table["cycling"]
    load.feeder = house.links.feeder(twin.id) or ""
    load.shown, load.on = shown(twin, DRAW), _may_draw(twin, cycles=load.cycles)
    return load


async def _most(twin: Twin, house: House, table: Mapping[str, Any], limit: float | None) -> tuple[float, str]:
    """Return the watts a device draws at most, and how that is known."""
    if (said := _tagged(twin, table["tags"]["watts"])) is not None:
        return said, "said by the home"
    assumed = float(table["kinds"].get(twin.description.kind, table["otherwise"]))
    assumed += sum(watts for name, watts in table["more"].items() if twin.values.get(name) is True)
    rated = _rated(twin, table)
    if rated is not None:
        beyond = any(twin.values.get(name) in values for name, values in table["unrated"].items())
        return (max(rated, assumed), "assumed") if beyond else (rated, "rated")
    if DRAW in twin.instance.properties and await was_on(twin.id, house):
        past = await house.history(twin.id, DRAW, 0.0, SAMPLES)
        seen = [watts for sample in past if (watts := number(sample, "value")) is not None]
        before = max((watts for watts in seen if limit is None or watts <= limit), default=0.0)
        if before > assumed:
            return before, "drawn before"
    return assumed, "assumed"


def _rated(twin: Twin, table: Mapping[str, Any]) -> float | None:
    for name in table["rated"]:
        known = twin.instance.properties.get(name)
        if known is not None and known.unit == WATTS and (watts := shown(twin, name)):
            return watts
    return None


def _may_draw(twin: Twin, *, cycles: bool) -> bool:
    """Return whether it is on for all that is known; one without a switch is where it works by itself."""
    return twin.values.get(SWITCH) is True if SWITCH in twin.instance.properties else cycles


def _tagged(twin: Twin, beginning: str) -> float | None:
    """Return the number behind a tag such as `watts-1200`."""
    said = [tag.removeprefix(beginning) for tag in twin.tags if tag.startswith(beginning)]
    return next((float(each) for each in said if each.isascii() and each.isdigit()), None)


@cache
def _table() -> Mapping[str, Any]:
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only where something is done in turn

    return read_yaml(FILE)
