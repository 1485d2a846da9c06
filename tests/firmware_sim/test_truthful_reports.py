"""Whatever is done to an appliance, what it reports fits its own profile and its counters only grow."""

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


def deeds(kind: str) -> st.SearchStrategy[tuple[str, Any]]:
    unit = make_appliance(kind)
    writable = sorted(unit.surface.writable)
    writes = st.lists(st.sampled_from(writable), min_size=1, max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: values_of(dict(unit.schema(name))) for name in names})
    )
    return st.one_of(
        st.tuples(st.just("write"), writes),
        st.tuples(st.just("write"), writes),
        st.tuples(st.just("advance"), st.sampled_from([1, 30, 400, 4000])),
        st.tuples(st.just("touch"), st.sampled_from(TOUCHES[kind])),
        st.tuples(st.just("mains"), st.sampled_from([("off", None), ("on", None), ("sag", 154), ("sag", 185), ("on", 250)])),
        st.tuples(st.just("raise_fault"), st.sampled_from([*catalogue(), "E5"])),
        st.tuples(st.just("clear_fault"), st.sampled_from([*catalogue(), "E5"])),
        st.tuples(st.just("invoke"), st.sampled_from([*unit.surface.actions])),
    )


def do(unit: Appliance, deed: str, given: Any) -> None:
    if deed == "mains":
        unit.mains(*given)
    else:
        getattr(unit, deed)(given)


def check(unit: Appliance) -> None:
    reported = unit.values()
    for name, value in reported.items():
        assert problem(unit.schema(name), value) is None, name
    assert set(reported) == set(unit.surface.properties)
    assert broken(unit.profile.constraints, reported) == ()


@pytest.mark.parametrize("kind", deep_kinds())
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
