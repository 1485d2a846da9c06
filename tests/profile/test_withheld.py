"""A device may take writing away from what its kind lets be set, and says why; it never gives what the kind does not."""

import copy
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.models.air_conditioner import AirConditioner
from firmware_sim.models.refrigerator import Refrigerator
from firmware_sim.refusal import Refusal
from gateway.errors import ReadOnly, SchemaViolation
from gateway.profile.description import description_of
from gateway.profile.library import Library
from gateway.profile.state_schema import state_schema
from gateway.profile.thing_description import thing_description
from gateway.thing.description import Description
from tests.firmware_sim.test_sixteen_kinds import build as build_unit
from tests.profile.test_thing_description import LIBRARY, PlainForms, written

WHY = "its wire has no words for it"
WITHHELD = {"readOnly": True, "hl:reason": WHY}
COOL = {"power": True, "mode": "cool", "targetTemperature": 24, "fanMode": "auto"}


def test_a_withheld_property_is_reported_as_ever_and_refused_with_its_reason(build: Any) -> None:
    device = build("refrigerator", narrowing={"fridgeTarget": {**WITHHELD, "minimum": 3}})
    known = device.properties["fridgeTarget"]
    assert (known.read_only, known.withheld, known.reason) == (True, True, WHY)
    assert device.faulty({"fridgeTarget": 4}) == {}
    assert set(device.faulty({"fridgeTarget": 2})) == {"fridgeTarget"}
    with pytest.raises(ReadOnly, match=f"fridgeTarget cannot be set: {WHY}") as refused:
        device.check_write({"fridgeTarget": 4}, {})
    assert refused.value.property == "fridgeTarget"
    device.check_write({"freezerTarget": -18}, {})


def test_without_a_reason_it_is_said_that_the_appliance_only_shows_it(build: Any) -> None:
    device = build("refrigerator", narrowing={"fridgeTarget": {"readOnly": True}})
    with pytest.raises(ReadOnly, match="only shows it"):
        device.check_write({"fridgeTarget": 4}, {})


def test_what_the_kind_itself_only_measures_is_not_withheld(build: Any) -> None:
    device = build("refrigerator", narrowing={"fridgeTarget": WITHHELD, "fridgeTemperature": {"readOnly": True}})
    assert not device.properties["fridgeTemperature"].withheld
    with pytest.raises(ReadOnly, match="fridgeTemperature can only be read"):
        device.check_write({"fridgeTemperature": 4}, {})


def test_writing_cannot_be_given_to_what_the_kind_only_measures(library: Library) -> None:
    with pytest.raises(SchemaViolation, match="cannot be taken back"):
        library.model("refrigerator").instance(
            Description(id="one", kind="refrigerator", narrowing={"fridgeTemperature": {"readOnly": False}})
        )


def test_a_write_of_several_is_refused_as_a_whole(build: Any) -> None:
    device = build("refrigerator", narrowing={"fridgeTarget": WITHHELD})
    with pytest.raises(ReadOnly):
        device.check_write({"freezerTarget": -18, "fridgeTarget": 4}, {})


def test_an_atomic_action_leaves_out_what_is_withheld_and_says_why_when_it_is_asked_all_the_same(build: Any) -> None:
    device = build("air-conditioner", narrowing={"fanMode": WITHHELD})
    assert set(device.actions["setComfort"].input["properties"]) == {"power", "mode", "targetTemperature"}
    device.check_input("setComfort", {"targetTemperature": 25}, COOL)
    with pytest.raises(ReadOnly, match=WHY) as refused:
        device.check_input("setComfort", {"targetTemperature": 25, "fanMode": "low"}, COOL)
    assert refused.value.property == "fanMode"


def test_an_action_may_take_what_cannot_be_set_by_itself_and_the_profiles_rules_hold(build: Any) -> None:
    device = build(
        "air-conditioner", "HEAT", narrowing={"targetTemperature": WITHHELD, "setComfort/targetTemperature": {"readOnly": False}}
    )
    assert "readOnly" not in device.actions["setComfort"].input["properties"]["targetTemperature"]
    device.check_input("setComfort", {"targetTemperature": 25}, COOL)
    with pytest.raises(SchemaViolation):
        device.check_input("setComfort", {"targetTemperature": 40}, COOL)
    with pytest.raises(SchemaViolation) as broken:
        device.check_input("setComfort", {"mode": "heat", "targetTemperature": 32}, COOL)
    assert broken.value.constraint is not None
    with pytest.raises(ReadOnly):
        device.check_write({"targetTemperature": 25}, COOL)


def test_an_action_may_leave_out_what_can_be_set_by_itself(build: Any) -> None:
    device = build("air-conditioner", narrowing={"setComfort/power": {"readOnly": True}})
    assert "power" not in device.actions["setComfort"].input["properties"]
    device.check_write({"power": False}, COOL)
    with pytest.raises(SchemaViolation):
        device.check_input("setComfort", {"power": False}, COOL)


def test_its_thing_description_has_no_way_to_write_it_and_every_way_to_read_and_watch_it() -> None:
    td = written("refrigerator", narrowing={"fridgeTarget": WITHHELD})
    body = td["properties"]["fridgeTarget"]
    assert (body["readOnly"], body["hl:reason"], body["observable"]) == (True, WHY, True)
    operations = {operation for form in body["forms"] for operation in form["op"]}
    assert "readproperty" in operations
    assert "writeproperty" not in operations
    assert "writeproperty" in {operation for form in td["properties"]["freezerTarget"]["forms"] for operation in form["op"]}


@pytest.mark.parametrize(
    "narrowing",
    [
        {"fanMode": WITHHELD},
        {"fanMode": {"readOnly": True}, "targetTemperature": {"readOnly": True, "minimum": 18}},
        {"fanMode": WITHHELD, "setComfort/fanMode": {"readOnly": False}},
        {"setComfort/power": {"readOnly": True}},
    ],
)
def test_what_is_withheld_is_read_back_from_the_thing_description(narrowing: dict[str, Any]) -> None:
    device = LIBRARY.model("air-conditioner").instance(Description(id="one", kind="air-conditioner", narrowing=narrowing))
    read = description_of(copy.deepcopy(thing_description(device, title="", forms=PlainForms())), LIBRARY)
    again = LIBRARY.model("air-conditioner").instance(read)
    assert {name: each.withheld for name, each in again.properties.items()} == {
        name: each.withheld for name, each in device.properties.items()
    }
    assert again.properties["fanMode"].reason == device.properties["fanMode"].reason
    assert again.actions["setComfort"].input == device.actions["setComfort"].input


def test_the_schema_of_its_state_says_read_only(build: Any) -> None:
    device = build("refrigerator", narrowing={"fridgeTarget": WITHHELD})
    schema = state_schema(device.model, device)["properties"]
    assert schema["fridgeTarget"]["readOnly"] is True
    assert "readOnly" not in schema["freezerTarget"]


class _ShowsOnly(Refrigerator):
    NARROWED = {"/properties/fridgeTarget": WITHHELD}


def test_an_appliance_that_speaks_the_profile_is_understood_and_refuses_for_the_same_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.build.model_class", lambda _: _ShowsOnly)
    unit: Appliance = build_unit("refrigerator", ())
    gateway = LIBRARY.model("refrigerator").instance(description_of(unit.thing_description(PlainForms()), LIBRARY))
    assert gateway.properties["fridgeTarget"].reason == WHY
    with pytest.raises(ReadOnly) as here:
        gateway.check_write({"fridgeTarget": 4}, unit.values())
    with pytest.raises(Refusal) as there:
        unit.write({"fridgeTarget": 4})
    assert here.value.code == there.value.code == "read-only"


class _OneSpeed(AirConditioner):
    NARROWED = {"/properties/fanMode": WITHHELD}


def test_both_leave_it_out_of_an_atomic_action_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.build.model_class", lambda _: _OneSpeed)
    unit: Appliance = build_unit("air-conditioner", ())
    gateway = LIBRARY.model("air-conditioner").instance(description_of(unit.thing_description(PlainForms()), LIBRARY))
    members = unit.surface.actions["setComfort"]["input"]["properties"]
    assert set(members) == set((gateway.actions["setComfort"].input or {})["properties"]) == {"power", "mode", "targetTemperature"}
    with pytest.raises(Refusal):
        unit.invoke("setComfort", {"fanMode": "low"})
