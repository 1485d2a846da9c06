"""Sixteen draft kinds in every shape of theirs: whatever is written, touched, confirmed or done to the mains, they stay true.

`test_truthful_reports` asks without a person's word and of the usual features; here every guard that asks a person is answered, every
action has an input that fits, and the other shapes of a kind are built too.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.notice import Notice, Raised
from firmware_sim.refusal import Refusal
from firmware_sim.schema import problem
from tests.firmware_sim.test_truthful_reports import check, fitting, touches

USUAL = (
    "fresh-air",
    "fan",
    "space-heater",
    "floor-heating",
    "humidifier",
    "robot-vacuum",
    "door-lock",
    "camera",
    "smoke-gas-alarm",
    "water-valve",
    "presence-sensor",
    "charger",
    "elder-care",
    "office-device",
    "phone",
    "gateway",
)
OTHER_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("humidifier", ("DEHUMID", "MTR", "CON", "TMP", "MNS")),
    ("humidifier", ()),
    ("office-device", ("PJT", "MTR", "MNS")),
    ("charger", ("EV", "LIM", "MTR", "TMP", "OVT")),
    ("camera", ("STR", "BAT", "CHG", "BEL")),
    ("smoke-gas-alarm", ("CO", "BAT")),
    ("water-valve", ("MNS",)),
    ("presence-sensor", ("CNT",)),
    ("door-lock", ()),
    ("gateway", ()),
)
SHAPES = [(kind, None) for kind in USUAL] + list(OTHER_SHAPES)
MAINS = [("off", None), ("on", None), ("sag", 154.0), ("on", 250.0)]


def build(kind: str, features: tuple[str, ...] | None, seed: int = 0) -> Appliance:
    return make_appliance(kind, seed=seed, features=features, clock=SimulatorClock(wall=lambda: 1.8e9))


def deeds(unit: Appliance) -> st.SearchStrategy[tuple[str, object]]:
    """What may be done to a unit, every write and input of a kind that fits its schema."""
    writes = [st.fixed_dictionaries({name: fitting(dict(unit.schema(name)))}) for name in sorted(unit.surface.writable)]
    calls = [
        st.tuples(st.just(name), fitting(dict(body["input"])) if "input" in body else st.none())
        for name, body in unit.surface.actions.items()
    ]
    return st.one_of(
        *([st.tuples(st.just("write"), st.one_of(*writes))] * 2 if writes else []),
        st.tuples(st.just("invoke"), st.one_of(*calls)),
        st.tuples(st.just("touch"), touches(unit)),
        st.tuples(st.just("advance"), st.sampled_from([1, 20, 300, 4000])),
        st.tuples(st.just("mains"), st.sampled_from(MAINS)),
    )


def do(unit: Appliance, deed: str, value: object) -> None:
    match deed, value:
        case "write", dict():
            unit.write(value, confirmed=True)
        case "invoke", (str(action), what):
            unit.invoke(action, what, confirmed=True)
        case "mains", (str(state), float() | None as volts):
            unit.mains(state, volts)
        case _:
            getattr(unit, deed)(value)


@pytest.mark.parametrize(("kind", "features"), SHAPES, ids=lambda value: value if isinstance(value, str) else "+".join(value or ["usual"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_kind_stays_within_schema_and_constraints(kind: str, features: tuple[str, ...] | None, data: st.DataObject) -> None:
    unit = build(kind, features, seed=data.draw(st.integers(0, 2)))
    heard: list[Notice] = []
    unit.listen(heard.append)
    for deed, value in data.draw(st.lists(deeds(unit), max_size=12)):
        with suppress(Refusal):
            do(unit, deed, value)
        check(unit)
    for notice in heard:
        if isinstance(notice, Raised):
            assert problem(unit.surface.events[notice.event]["data"], dict(notice.data)) is None, notice


@pytest.mark.parametrize(
    ("kind", "features", "busy"),
    [
        ("fresh-air", None, [{"write": {"mode": "boost"}}, {"write": {"preheater": True}}, {"write": {"mode": "sleep"}}]),
        ("fan", None, [{"write": {"power": True, "mode": "natural"}}, {"write": {"fanPercent": 100}}]),
        ("space-heater", None, [{"write": {"power": True}}, {"touch": {"covered": True}}, {"touch": {"covered": False}}]),
        ("floor-heating", None, [{"write": {"targetTemperature": 29}}, {"touch": {"roomTemperature": 35}}]),
        ("humidifier", None, [{"write": {"mode": "manual"}}, {"touch": {"tankLitres": 0.02}}]),
        ("humidifier", ("DEHUMID", "MTR"), [{"write": {"mode": "laundry"}}, {"touch": {"tankLitres": 3.99}}]),
        ("robot-vacuum", None, [{"touch": {"battery": 30}}, {"invoke": "start"}, {"invoke": "goHome"}]),
        ("charger", None, [{"touch": {"plugIn": {"port": "c1", "wattHours": 60, "percent": 70}}}, {"write": {"limitCurrent": 1}}]),
        ("charger", ("EV", "MTR"), [{"touch": {"plugIn": {"port": "ev", "wattHours": 60000, "percent": 10}}}]),
        ("office-device", None, [{"touch": {"job": 50}}, {"touch": {"jam": True}}]),
        ("office-device", ("PJT", "MTR"), [{"write": {"power": False}}, {"write": {"power": True}}]),
    ],
)
def test_the_meter_is_the_integral_of_the_power_within_two_per_cent(
    kind: str, features: tuple[str, ...] | None, busy: list[dict[str, object]]
) -> None:
    unit = build(kind, features)
    before, integral = unit.truth()["energy"], 0.0
    for step in busy:
        for deed, value in step.items():
            getattr(unit, deed)(value)
        for _ in range(1200):
            unit.advance(1)
            integral += unit.truth()["watts"] / 3.6e6
    assert integral > 0
    assert unit.truth()["energy"] - before == pytest.approx(integral, rel=0.02)
    assert unit.values()["energyTotal"] == pytest.approx(unit.truth()["energy"], abs=0.02)
