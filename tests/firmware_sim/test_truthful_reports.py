"""Whatever is done to an appliance, what it reports fits its own profile and its counters only grow."""

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.constraints import broken
from firmware_sim.faults import catalogue
from firmware_sim.models.table import deep_kinds
from firmware_sim.notice import Notice, Raised
from firmware_sim.refusal import Refusal
from firmware_sim.schema import problem

TOUCHES: dict[str, list[dict[str, Any]]] = {
    "air-conditioner": [{"roomTemperature": 12.0}, {"outdoorTemperature": -15.0}, {"outdoorTemperature": 45.0}, {"filter": 1}],
    "refrigerator": [{"fridgeDoor": True}, {"freezerDoor": True}, {"fridgeDoor": False}, {"ambientTemperature": 40.0}],
    "set-top-box": [{"jitter": 80}, {"loss": 0.2}, {"key": "power"}],
    "plug": [{"load": 5000}, {"load": 30}, {"button": True}, {"ambient": 60}],
    "light": [{"power": True}],
    "electric-water-heater": [{"flow": 12}, {"flow": 0}, {"filled": False}, {"filled": True}, {"leakage": 40}, {"tankTemperature": 20}],
    "range-hood": [{"cooking": 1}, {"cooking": 0}, {"hob": True}, {"hob": False}, {"filter": 1}],
    "washing-machine": [
        {"door": True},
        {"door": False},
        {"button": True},
        {"tap": False},
        {"tap": True},
        {"unbalance": 1.0},
        {"laundry": 8},
    ],
}


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], "nonsense"])
    if schema.get("type") == "boolean":
        return st.booleans()
    if schema.get("type") in ("integer", "number"):
        step = schema.get("multipleOf", 1)
        low, high = int(schema["minimum"] / step) - 1, int(schema["maximum"] / step) + 1
        return st.integers(low, high).map(lambda number: number * step)
    return st.sampled_from([None, "fridge-kitchen", {"x": 0.3, "y": 0.3}, 7])


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What fits a schema, ends of ranges among it."""
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices or schema.get("type") == "boolean":
        return st.sampled_from(choices or [False, True])
    match schema.get("type"):
        case "integer" | "number":
            low, high, step = schema["minimum"], schema["maximum"], schema.get("multipleOf", 1)
            grid = st.integers(math.ceil(low / step), math.floor(high / step)).map(lambda number: number * step)
            return st.sampled_from([low, high]) | grid
        case "object":
            members = {name: fitting(member) for name, member in schema.get("properties", {}).items()}
            needed = {name: members.pop(name) for name in schema.get("required", ())}
            return st.fixed_dictionaries(needed, optional=members)
        case "array":
            fewest = schema.get("minItems", 0)
            return st.lists(fitting(schema["items"]), min_size=fewest, max_size=min(schema.get("maxItems", 9), fewest + 8))
        case _:
            return st.text("abc-1", min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 8), 8))


def touches(unit: Appliance) -> st.SearchStrategy[dict[str, Any]]:
    """What hands can do to a unit, from its own list; and what is worth trying often."""
    hands = [st.fixed_dictionaries({name: fitting(dict(schema))}) for name, schema in unit.model.hands().items()]
    often = [st.sampled_from(TOUCHES[unit.kind])] if unit.kind in TOUCHES else []
    return st.one_of(*often, *hands)


def deeds(kind: str) -> st.SearchStrategy[tuple[str, Any]]:
    unit = make_appliance(kind)
    writable = sorted(unit.surface.writable)
    writes = st.lists(st.sampled_from(writable or ["nothing"]), min_size=1, max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: values_of(dict(unit.schema(name))) for name in names})
    )
    return st.one_of(
        *([st.tuples(st.just("write"), writes)] * 2 if writable else []),
        st.tuples(st.just("advance"), st.sampled_from([1, 30, 400, 4000])),
        st.tuples(st.just("touch"), touches(unit)),
        st.tuples(st.just("mains"), st.sampled_from([("off", None), ("on", None), ("sag", 154), ("sag", 185), ("on", 250)])),
        st.tuples(st.just("raise_fault"), st.sampled_from([*catalogue(), "E5"])),
        st.tuples(st.just("clear_fault"), st.sampled_from([*catalogue(), "E5"])),
        st.tuples(st.just("invoke"), st.sampled_from([*unit.surface.actions]).flatmap(lambda name: calls(name, unit))),
    )


def calls(action: str, unit: Appliance) -> st.SearchStrategy[tuple[str, Any]]:
    """An action without input, and with one that fits."""
    schema = unit.surface.actions[action].get("input")
    return st.tuples(st.just(action), st.none() if schema is None else st.none() | fitting(dict(schema)))


def do(unit: Appliance, deed: str, given: Any) -> None:
    if deed in ("mains", "invoke"):
        getattr(unit, deed)(*given)
    else:
        getattr(unit, deed)(given)


def check(unit: Appliance) -> None:
    reported = unit.values()
    for name, value in reported.items():
        assert problem(unit.schema(name), value) is None, name
    assert set(reported) == set(unit.surface.properties)
    assert broken(unit.profile.constraints, reported) == ()


@pytest.mark.parametrize("kind", [kind if kind in TOUCHES else pytest.param(kind, marks=pytest.mark.long) for kind in deep_kinds()])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_reports_fit_the_profile_and_counters_only_grow(kind: str, data: st.DataObject) -> None:
    unit = make_appliance(kind, seed=data.draw(st.integers(0, 3)), clock=SimulatorClock(wall=lambda: 1.8e9))
    raised: list[Notice] = []
    unit.listen(raised.append)
    position, meter = (unit.boot, unit.seq), unit.values().get("energyTotal", 0.0)
    for deed, value in data.draw(st.lists(deeds(kind), max_size=12)):
        before = unit.document()
        try:
            do(unit, deed, value)
        except Refusal:
            assert unit.document() == before, "a refusal changes nothing"
        check(unit)
        assert (unit.boot, unit.seq) >= position
        assert unit.values().get("energyTotal", 0.0) >= meter
        position, meter = (unit.boot, unit.seq), unit.values().get("energyTotal", 0.0)
    for notice in raised:
        if isinstance(notice, Raised):
            assert problem(unit.surface.events[notice.event]["data"], dict(notice.data)) is None, notice
    positions = [(notice.boot, notice.seq) for notice in raised if isinstance(notice, Raised)]
    assert positions == sorted(set(positions))
