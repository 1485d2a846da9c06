"""The model made from a profile alone: every kind of the standard, and a kind nobody has thought of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.constraints import broken
from firmware_sim.models.generic import Generic, generic_model
from firmware_sim.models.lawful import lawful
from firmware_sim.models.table import model_class, own_model
from firmware_sim.notice import Notice, Raised
from firmware_sim.profile import FOLDER, Place, kinds, load, locate
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.schema import problem

TEA_TABLE = """
"@type": ["tm:ThingModel"]
title: Tea table
titles: {en: Tea table, zh-Hans: 茶台}
version: {model: 1.0.0}
links: [{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}]
hl:kind: tea-table
hl:maturity: draft
hl:features:
  STM: {title: Steam, affordances: [/properties/steam]}
  DRY: {title: Dry, excludes: [STM], affordances: [/properties/drying]}
  FAST: {title: Fast, requires: [DRY], affordances: [/properties/fast]}
hl:constraints:
  - {id: tea-cold, type: implies, if: {waterLow: [true]}, then: {heating: [false]}, onViolation: fault}
properties:
  power: {"tm:ref": "./mixin-power-1.yaml#/properties/power"}
  powerDraw: {"tm:ref": "./mixin-energy-1.yaml#/properties/powerDraw"}
  energyTotal: {"tm:ref": "./mixin-energy-1.yaml#/properties/energyTotal"}
  mode: {type: string, enum: ["off", green, black]}
  targetTemperature: {type: integer, unit: Cel, minimum: 40, maximum: 100}
  timer: {type: integer, unit: min, minimum: 0, maximum: 90}
  waterTemperature: {type: number, unit: Cel, minimum: 0, maximum: 110, readOnly: true, hl:resolution: 0.5}
  state: {type: string, enum: [idle, brewing-green, brewing-black], readOnly: true}
  waterLow: {type: boolean, readOnly: true}
  heating: {type: boolean, readOnly: true}
  steam: {type: boolean}
  drying: {type: boolean}
  fast: {type: boolean}
  doors: {"tm:ref": "./mixin-doors-1.yaml#/properties/doors"}
  cycleState: {"tm:ref": "./mixin-cycle-1.yaml#/properties/cycleState"}
  phase: {"tm:ref": "./mixin-cycle-1.yaml#/properties/phase", enum: [idle, rinsing, brewing, done]}
  progress: {"tm:ref": "./mixin-cycle-1.yaml#/properties/progress"}
  remaining: {"tm:ref": "./mixin-cycle-1.yaml#/properties/remaining"}
actions:
  startProgram:
    "tm:ref": "./mixin-cycle-1.yaml#/actions/startProgram"
    input: {properties: {mode: {type: string, enum: ["off", green, black]}}}
  pause: {"tm:ref": "./mixin-cycle-1.yaml#/actions/pause"}
  resume: {"tm:ref": "./mixin-cycle-1.yaml#/actions/resume"}
  stop: {"tm:ref": "./mixin-cycle-1.yaml#/actions/stop"}
  descale:
    synchronous: false
    hl:phases: [soaking, rinsing]
    hl:maxDuration: PT10M
    hl:cancellable: true
    output: {type: object, required: [result], properties: {result: {type: string, enum: [done, cancelled, failed]}}}
events:
  teaReady: {data: {type: object, required: [cups], properties: {cups: {type: integer, minimum: 1, maximum: 9}}}}
  cycleDone: {"tm:ref": "./mixin-cycle-1.yaml#/events/cycleDone"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tea-table-1.yaml"
    path.write_text(TEA_TABLE)
    return path


def tea_table(file: Path, **options: Any) -> Appliance:
    return make_appliance(str(file), clock=SimulatorClock(wall=lambda: 1.8e9), **options)


def generic(kind: str, seed: int) -> Appliance:
    return make_appliance(kind, seed=seed, clock=SimulatorClock(wall=lambda: 1.8e9), model_type=generic_model(load(kind)))


def check(unit: Appliance) -> None:
    shown = unit.values()
    assert set(shown) == set(unit.surface.properties)
    for name, value in shown.items():
        assert problem(unit.schema(name), value) is None, name
    assert broken(unit.profile.constraints, shown) == ()


# Which model a kind has


def test_a_kind_has_the_class_of_the_file_named_for_it() -> None:
    found = own_model("set-top-box")
    assert found is not None
    assert (found.KIND, found.__module__) == ("set-top-box", "firmware_sim.models.set_top_box")
    assert model_class(load("set-top-box")) is found


@pytest.mark.parametrize("name", ["tea-table", "model", "room", "procedure"])
def test_a_kind_without_a_class_of_its_own_has_none_even_if_a_file_has_its_name(name: str) -> None:
    assert own_model(name) is None


def test_every_kind_of_the_standard_can_be_simulated() -> None:
    assert all(make_appliance(kind).kind == kind for kind in kinds())


def test_a_profile_is_found_by_its_path_or_in_a_folder_before_the_standard(file: Path, tmp_path: Path) -> None:
    assert locate(str(file)) == Place("tea-table", tmp_path, 1)
    assert locate("tea-table", [tmp_path]) == Place("tea-table", tmp_path, 1)
    assert locate("light", [tmp_path]).folder == FOLDER
    (tmp_path / "light-1.yaml").write_text(TEA_TABLE)
    assert locate("light", [tmp_path]).folder == tmp_path


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("toaster", "no simulated 'toaster'; there are air-conditioner"),
        ("folder/tea-table-1.yaml", "there is no profile file"),
        ("tea-table.yaml", "its name is <kind>-<major>.yaml"),
    ],
)
def test_what_cannot_be_found_is_said_with_what_would_do(wish: str, words: str) -> None:
    with pytest.raises(SetupMistake, match=words):
        locate(wish)


# A kind nobody has written physics for


def test_a_made_up_kind_starts_at_harmless_settings_with_as_many_features_as_go_together(file: Path) -> None:
    unit = tea_table(file)
    assert isinstance(unit.model, Generic)
    assert unit.identifier.startswith("tea-table-")
    assert unit.features == ("HRS", "CHL", "RMT", "IDF", "STM"), "DRY clashes with STM, and FAST needs DRY"
    shown = {name: unit.values()[name] for name in ("power", "mode", "targetTemperature", "timer", "state", "cycleState", "steam")}
    assert shown == {
        "power": False,
        "mode": "green",
        "targetTemperature": 70,
        "timer": 0,
        "state": "idle",
        "cycleState": "idle",
        "steam": False,
    }
    check(unit)


def test_it_draws_power_and_follows_its_target_only_while_it_works(file: Path) -> None:
    unit = tea_table(file)
    unit.advance(600)
    assert unit.values()["powerDraw"] <= 1
    unit.write({"power": True, "targetTemperature": 90})
    unit.invoke("startProgram", {"mode": "black"})
    unit.advance(1500)
    shown = unit.values()
    assert (shown["mode"], shown["state"], shown["cycleState"], shown["phase"]) == ("black", "brewing-black", "running", "rinsing")
    assert shown["powerDraw"] > 10
    assert shown["waterTemperature"] > 60


def test_its_programs_go_through_the_phases_of_the_kind_and_an_open_door_holds_them(file: Path) -> None:
    unit = tea_table(file)
    unit.write({"power": True})
    unit.touch({"doorOpen": True})
    with pytest.raises(Refusal) as refused:
        unit.invoke("startProgram")
    assert refused.value.code == "state-conflict"
    unit.touch({"doorOpen": False})
    unit.invoke("startProgram")
    phases = []
    for _ in range(200):
        unit.advance(60)
        if (phase := unit.values()["phase"]) not in phases:
            phases.append(phase)
    assert phases == ["rinsing", "brewing", "done"]
    assert [event.data["result"] for event in unit.events("cycleDone")] == ["done"]
    unit.invoke("startProgram")
    unit.touch({"doorOpen": True})
    assert unit.values()["cycleState"] == "paused"


def test_its_long_actions_take_their_phases_and_give_back_how_they_ended(file: Path) -> None:
    unit = tea_table(file)
    run = unit.invoke("descale")
    assert run.last.phase == "soaking"
    unit.advance(200)
    assert run.last.phase == "rinsing"
    unit.advance(200)
    assert (run.last.state, run.last.output) == ("completed", {"result": "done"})
    other = unit.invoke("descale")
    unit.cancel(other.id)
    assert (other.last.state, other.last.output) == ("cancelled", {"result": "cancelled"})


def test_its_events_happen_by_hand_and_what_it_measures_can_be_put_right(file: Path) -> None:
    unit = tea_table(file)
    unit.touch({"teaReady": {"cups": 3}, "waterTemperature": 88.0})
    assert [event.data for event in unit.events("teaReady")] == [{"cups": 3}]
    assert unit.values()["waterTemperature"] == 88.0
    with pytest.raises(Refusal) as refused:
        unit.touch({"teaReady": {"cups": 0}})
    assert refused.value.code == "schema"


def test_what_it_made_up_gives_way_to_a_constraint(file: Path) -> None:
    unit = tea_table(file)
    unit.touch({"heating": True})
    assert unit.values()["heating"] is True
    unit.touch({"waterLow": True})
    assert (unit.values()["waterLow"], unit.values()["heating"]) == (True, False)


def test_its_reported_temperature_wanders_but_stays_at_home(file: Path) -> None:
    unit = tea_table(file, seed=5)
    seen = []
    for _ in range(200):
        unit.advance(600)
        seen.append(unit.values()["waterTemperature"])
    assert len(set(seen)) > 3
    assert all(10 < value < 35 for value in seen)


REFUSALS = {"schema", "state-conflict", "needs-confirm", "forbidden", "unknown", "device-error"}


# Every kind of the standard, as if nobody had written physics for any


@pytest.mark.parametrize("kind", kinds())
def test_the_same_seed_gives_the_same_life(kind: str) -> None:
    first, second = generic(kind, 4), generic(kind, 4)
    for unit in (first, second):
        unit.advance(1800)
        check(unit)
    assert first.document() == second.document()


@pytest.mark.parametrize("kind", kinds())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_whatever_is_asked_of_it_its_reports_fit_and_break_no_constraint(kind: str, data: st.DataObject) -> None:
    unit = generic(kind, data.draw(st.integers(0, 2)))
    raised: list[Notice] = []
    codes: list[str] = []
    unit.listen(raised.append)
    for _ in range(data.draw(st.integers(1, 6))):
        try:
            _do(unit, data)
        except Refusal as refusal:
            codes.append(refusal.code)
        check(unit)
    assert set(codes) <= REFUSALS
    for notice in raised:
        if isinstance(notice, Raised):
            assert problem(unit.surface.events[notice.event].get("data", {}), dict(notice.data)) is None, notice


def _do(unit: Appliance, data: st.DataObject) -> None:
    match data.draw(st.sampled_from(["write", "invoke", "advance", "mains", "fault"])):
        case "write" if unit.surface.writable:
            name = data.draw(st.sampled_from(sorted(unit.surface.writable)))
            unit.write({name: _value(unit.schema(name), data)}, confirmed=data.draw(st.booleans()))
        case "invoke":
            name = data.draw(st.sampled_from(sorted(unit.surface.actions)))
            schema = unit.surface.actions[name].get("input", {})
            members = {
                member: _value(body, data) for member, body in schema.get("properties", {}).items() if member in schema.get("required", ())
            }
            unit.invoke(name, members or None, confirmed=True)
        case "mains":
            unit.mains(data.draw(st.sampled_from(["off", "sag", "on"])))
            unit.mains("on")
        case "fault":
            unit.raise_fault("MAINS.OVERLOAD")
        case _:
            unit.advance(data.draw(st.sampled_from([0, 7.5, 400])))


def _value(schema: Mapping[str, Any], data: st.DataObject) -> Any:
    if "enum" in schema:
        return data.draw(st.sampled_from(schema["enum"]))
    match schema.get("type"):
        case "boolean":
            return data.draw(st.booleans())
        case "integer" | "number":
            step = schema.get("multipleOf", 1)
            low, high = schema.get("minimum", 0), schema.get("maximum", 100)
            return data.draw(st.integers(round(low / step), round(high / step))) * step
    return {"array": [], "object": {}}.get(str(schema.get("type")), "x")


# Mending by itself


@pytest.mark.parametrize(
    ("rule", "state", "movable", "moves"),
    [
        ({"type": "guardRange", "when": {"m": ["a"]}, "property": "x", "minimum": 5, "maximum": 9}, {"m": "a", "x": 2}, {"x"}, {"x": 5}),
        ({"type": "guardRange", "when": {"m": ["a"]}, "property": "x", "minimum": 5}, {"m": "a", "x": 2}, {"m"}, {"m": "b"}),
        ({"type": "implies", "if": {"p": [True]}, "then": {"q": [True]}}, {"p": True, "q": False}, {"p", "q"}, {"q": True}),
        ({"type": "implies", "if": {"p": [True]}, "then": {"q": [True]}}, {"p": True, "q": False}, {"p"}, {"p": False}),
        ({"type": "exclusive", "of": [{"p": [True]}, {"q": [True]}]}, {"p": True, "q": True}, {"p", "q"}, {"q": False}),
        ({"type": "order", "a": "x", "op": "<", "b": "y"}, {"x": 9, "y": 5}, {"x"}, {"x": 4}),
        ({"type": "order", "a": "x", "op": ">=", "b": "y", "c": 2}, {"x": 1, "y": 5}, {"y"}, {"y": -1}),
        ({"type": "sumMax", "of": ["x", "y"], "maximum": 8}, {"x": 5, "y": 5}, {"y"}, {"y": 0}),
        ({"type": "sumMax", "of": ["x", "y"], "maximum": 8}, {"x": 5, "y": 5}, set(), {}),
    ],
)
def test_a_broken_rule_is_mended_with_what_may_be_moved(rule: Any, state: Any, movable: Any, moves: Any) -> None:
    flag = {"type": "boolean"}
    schemas: dict[str, dict[str, Any]] = {"m": {"type": "string", "enum": ["a", "b"]}, "p": flag, "q": flag, "x": {"type": "integer"}}
    assert lawful([rule], schemas | {"y": {"type": "integer"}}, state, movable) == moves
