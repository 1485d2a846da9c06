"""What a wire has no words for is read-only in the description, with the driver's own reason."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from gateway.drivers.parts.withholding import Taken, honest
from gateway.errors import ReadOnly, SchemaViolation
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.thing.description import Description
from gateway.thing.value import Value

LIBRARY = Library()
PLAIN = Description(id="ac-1", kind="air-conditioner", narrowing={"targetTemperature": {"maximum": 30}})


class Wire:
    """Refuses the properties in `reasons`, and of others the values in `formless`; notes what it was asked to put into words."""

    def __init__(self, reasons: Mapping[str, str], formless: Collection[Any] = ()) -> None:
        self.reasons = dict(reasons)
        self.formless = formless
        self.tried: list[tuple[str, Value]] = []

    def words(self, asked: Mapping[str, Value]) -> None:
        ((name, value),) = asked.items()
        self.tried.append((name, value))
        if name in self.reasons:
            raise ReadOnly(f"{name} cannot be set{self.reasons[name]}", property=name)
        if value in self.formless:
            raise SchemaViolation(f"{value!r} has no form")


def nothing(_: str) -> None:
    return None


def instance(wire: Wire, takes: Callable[[str], Taken | None] = nothing, plain: Description = PLAIN) -> Instance:
    described = honest(lambda _: plain, LIBRARY, wire.words, takes)(())
    return LIBRARY.model(described.kind).instance(described)


def test_what_is_refused_whatever_the_value_is_read_only_with_the_drivers_reason() -> None:
    device = instance(Wire({"fanMode": ": it has one speed"}))
    assert {name for name, each in device.properties.items() if each.withheld} == {"fanMode"}
    assert device.properties["fanMode"].reason == "it has one speed"


def test_what_was_narrower_stays_so() -> None:
    device = instance(Wire({"targetTemperature": " on this appliance: it has a dial"}))
    known = device.properties["targetTemperature"]
    assert (known.schema["maximum"], known.reason) == (30, "it has a dial")


def test_a_refusal_without_a_reason_makes_none_up() -> None:
    known = instance(Wire({"power": ""})).properties["power"]
    assert (known.withheld, known.reason) == (True, "")


def test_an_endless_reason_is_cut() -> None:
    assert len(instance(Wire({"power": ": " + "x" * 999})).properties["power"].reason) == 256


def test_a_value_without_a_form_does_not_make_a_property_read_only() -> None:
    assert not instance(Wire({}, formless=["auto", True, 16])).properties["fanMode"].withheld


def test_one_word_that_can_be_set_is_enough() -> None:
    class OnlyDry(Wire):
        def words(self, asked: Mapping[str, Value]) -> None:
            if asked.get("mode", "dry") != "dry":
                raise ReadOnly("mode cannot be set: not to this", property="mode")

    assert not instance(OnlyDry({})).properties["mode"].withheld


def test_a_word_without_a_form_is_still_no_word_that_is_read_only() -> None:
    class Dry(Wire):
        def words(self, asked: Mapping[str, Value]) -> None:
            if asked.get("mode") == "dry":
                raise SchemaViolation("dry only after a rest")
            raise ReadOnly("mode cannot be set: not to this", property="mode")

    assert not instance(Dry({})).properties["mode"].withheld


def test_only_values_the_device_may_be_asked_for_are_tried_and_nothing_that_is_measured() -> None:
    wire = Wire(dict.fromkeys(LIBRARY.model("air-conditioner").document["properties"], ": nothing can"))
    device = instance(wire)
    assert ("targetTemperature", 30) in wire.tried
    assert ("mode", "heat") not in wire.tried
    assert all(LIBRARY.model("air-conditioner").document["properties"][name].get("readOnly") is None for name, _ in wire.tried)
    assert all(each.read_only for each in device.properties.values())


def test_an_action_that_sets_properties_leaves_out_what_is_withheld_and_what_it_does_not_take() -> None:
    together = {"setComfort": Taken(like=["mode", "targetTemperature", "fanMode"])}
    device = instance(Wire({"fanMode": ": one speed"}), together.get)
    assert set(device.actions["setComfort"].input or {}) >= {"properties"}
    assert set((device.actions["setComfort"].input or {})["properties"]) == {"mode", "targetTemperature"}


def test_an_action_with_words_of_its_own_keeps_what_cannot_be_set_by_itself() -> None:
    own = {"setComfort": Taken(own=["mode", "fanMode"])}
    device = instance(Wire({"fanMode": ": with the rest only"}), own.get)
    assert set((device.actions["setComfort"].input or {})["properties"]) == {"mode", "fanMode"}
    assert device.properties["fanMode"].withheld


def test_the_words_are_tried_again_only_when_something_new_is_known() -> None:
    wire, shown = Wire({"fanMode": ": not yet"}), ["power"]
    described = honest(lambda _: PLAIN, LIBRARY, wire.words, nothing)
    first = described(shown)
    tries = len(wire.tried)
    assert described(shown) is first
    assert len(wire.tried) == tries
    wire.reasons.clear()
    shown.append("fanMode")
    assert "fanMode" not in described(shown).narrowing
