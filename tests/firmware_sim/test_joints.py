"""What hangs together in a home: plugs that feed, composites and their parts, appliances that only an infrared remote speaks for."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.air import Burst
from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.control import answer
from firmware_sim.home import Home
from firmware_sim.home_file import read_home
from firmware_sim.infrared.code_sets import CODE_SETS
from firmware_sim.models.composite import Composite
from firmware_sim.notice import Power
from firmware_sim.refusal import Refusal
from firmware_sim.thing_description import urn
from firmware_sim.unit import Unit
from firmware_sim.wires.native_forms import NativeForms

FED = """
units:
  - {id: fridge, kind: refrigerator, wire: native-coap, seed: 2}
  - {id: plug, kind: plug, wire: native-coap, seed: 4, feeds: fridge}
"""
CHAIN = """
units:
  - {id: outer, kind: plug, wire: native-coap, seed: 1, feeds: inner}
  - {id: inner, kind: plug, wire: native-coap, seed: 2, feeds: lamp}
  - {id: lamp, kind: light, wire: native-coap, seed: 3, settings: {power: true}}
  - {id: other, kind: light, wire: native-coap, seed: 4}
"""
STOVE = """
units:
  - {id: plug, kind: plug, wire: native-coap, seed: 1, feeds: stove}
  - {id: stove, kind: integrated-stove, wire: native-coap, seed: 3}
"""
REMOTE = """
units:
  - {id: eye, kind: ir-remote, wire: native-coap, seed: 5, room: bedroom}
  - {id: ac, kind: air-conditioner, wire: native-coap, seed: 6, room: bedroom, via: eye, facts: {misses: MISSES}}
  - {id: neighbour, kind: ir-remote, wire: native-coap, seed: 5, room: kitchen}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def made(folder: Path, text: str) -> Home:
    path = folder / "home.yaml"
    path.write_text(text)
    plan = read_home(str(path))
    return Home([Unit(unit) for unit in plan.units], mains=plan.mains)


def remote(folder: Path, misses: float = 0.0) -> Home:
    return made(folder, REMOTE.replace("MISSES", str(misses)))


def appliance(home: Home, name: str) -> Appliance:
    return home.unit(name).appliance


# A plug that feeds


async def test_a_plug_that_feeds_says_whom_and_protects_it(folder: Path) -> None:
    home = made(folder, FED)
    plug = appliance(home, "plug")
    assert (plug.values()["feeds"], plug.values()["feedsKind"]) == ("fridge", "refrigerator")
    with pytest.raises(Refusal) as refused:
        plug.write({"power": False})
    assert (refused.value.code, refused.value.constraint) == ("needs-confirm", "plug-protected")
    assert appliance(home, "fridge").powered


async def test_cutting_the_relay_darkens_what_it_feeds_and_closing_it_starts_that_anew(folder: Path) -> None:
    home = made(folder, FED)
    plug, fridge = appliance(home, "plug"), appliance(home, "fridge")
    boot = fridge.boot
    plug.write({"power": False}, confirmed=True)
    assert (plug.powered, fridge.powered) == (True, False)
    with pytest.raises(Refusal) as refused:
        fridge.write({"fridgeTarget": 5})
    assert refused.value.code == "offline"
    await home.advance(600)
    plug.write({"power": True})
    assert (fridge.powered, fridge.boot) == (True, boot + 1)
    await home.advance(1)
    assert [event.data["outage"] for event in fridge.events("powerRestored")] == pytest.approx([600])


async def test_sag_and_cut_pass_through_the_plug(folder: Path) -> None:
    home = made(folder, FED)
    plug, fridge = appliance(home, "plug"), appliance(home, "fridge")
    await answer(home, {"do": "power", "unit": "plug", "state": "sag"})
    assert (fridge.model.volts, fridge.values()["mains"]) == (154.0, "sag")
    await answer(home, {"do": "power", "state": "off"})
    assert (plug.powered, fridge.powered) == (False, False)
    await answer(home, {"do": "power", "state": "on"})
    assert (fridge.powered, fridge.model.volts) == (True, 220.0)


async def test_power_at_the_wall_does_not_go_past_an_open_relay(folder: Path) -> None:
    home = made(folder, FED)
    appliance(home, "plug").write({"power": False}, confirmed=True)
    await answer(home, {"do": "power", "state": "on"})
    assert not appliance(home, "fridge").powered


async def test_the_meter_of_the_plug_agrees_with_that_of_what_it_feeds(folder: Path) -> None:
    home = made(folder, FED)
    plug, fridge = appliance(home, "plug").model, appliance(home, "fridge").model
    before = plug.energy, fridge.energy
    await home.advance(6 * 3600)
    own = 0.6 * 6 / 1000
    used = fridge.energy - before[1]
    assert used > 0.05
    assert plug.energy - before[0] - own == pytest.approx(used, rel=0.02)


async def test_an_overload_trips_the_plug_and_what_it_feeds_goes_dark(folder: Path) -> None:
    home = made(folder, FED.replace("refrigerator", "air-conditioner"))
    plug, cooler = appliance(home, "plug"), appliance(home, "fridge")
    plug.write({"overloadLimit": 200})
    cooler.write({"power": True, "targetTemperature": 18})
    await home.advance(600)
    assert [fault["code"] for fault in plug.values()["faults"]] == ["MAINS.OVERLOAD"]
    assert not cooler.powered
    plug.touch({"button": True})
    plug.write({"overloadLimit": 3500, "power": True})
    assert cooler.powered


async def test_plugs_in_a_row_pass_on_mains_and_watts_and_go_through_time_together(folder: Path) -> None:
    home = made(folder, CHAIN)
    outer, inner, lamp = (appliance(home, name) for name in ("outer", "inner", "lamp"))
    clocks = [unit.clock.now() for unit in (outer, lamp, appliance(home, "other"))]
    await home.advance(60, home.unit("lamp"))
    passed = [unit.clock.now() - clock for unit, clock in zip((outer, lamp, appliance(home, "other")), clocks, strict=True)]
    assert passed == pytest.approx([60, 60, 0], abs=5)
    assert outer.model.watts == pytest.approx(inner.model.watts + 0.6, abs=0.01)
    assert inner.model.watts == pytest.approx(lamp.model.watts + 0.6, abs=0.01)
    outer.write({"power": False}, confirmed=True)
    assert not inner.powered
    assert not lamp.powered
    outer.write({"power": True})
    assert lamp.powered


def test_a_plug_that_feeds_nobody_here_has_its_own_load() -> None:
    plug = make_appliance("plug", seed=4)
    plug.touch({"load": 1000})
    plug.advance(30)
    assert plug.model.watts == pytest.approx(1000.6)


# Composites


async def test_the_parts_of_a_composite_share_its_cord_and_its_meter_counts_them(folder: Path) -> None:
    home = made(folder, STOVE)
    parts = [appliance(home, f"stove-{name}") for name in ("hood", "hob", "steriliser")]
    hood = parts[0]
    hood.write({"power": True})
    await home.advance(120)
    stove, plug = appliance(home, "stove").model, appliance(home, "plug").model
    assert isinstance(stove, Composite)
    assert stove.watts == pytest.approx(stove.OWN_WATTS + sum(part.model.watts for part in parts), rel=0.05)
    assert plug.watts == pytest.approx(stove.watts + 0.6, rel=0.05)
    appliance(home, "plug").write({"power": False}, confirmed=True)
    assert not any(part.powered for part in (appliance(home, "stove"), *parts))


async def test_all_off_turns_every_part_off(folder: Path) -> None:
    home = made(folder, STOVE)
    hood = appliance(home, "stove-hood")
    hood.write({"power": True})
    assert appliance(home, "stove").invoke("allOff").last.state == "completed"
    assert hood.values()["power"] is False


async def test_the_descriptions_of_whole_and_parts_point_at_each_other(folder: Path) -> None:
    home = made(folder, STOVE)
    whole, part = (_links(appliance(home, name)) for name in ("stove", "stove-hob"))
    assert [link["instanceName"] for link in whole if link["rel"] == "item"] == ["hood", "hob", "steriliser"]
    assert {"rel": "item", "href": urn("stove-hob"), "type": "application/td+json", "instanceName": "hob"} in whole
    assert {"rel": "collection", "href": urn("stove"), "type": "application/td+json", "instanceName": "hob"} in part
    assert [link["rel"] for link in _links(appliance(home, "plug"))] == ["type"]


def _links(unit: Appliance) -> list[Mapping[str, Any]]:
    document = unit.thing_description(NativeForms(unit.identifier, coap="coap://127.0.46.1"))
    links: list[Mapping[str, Any]] = document["links"]
    return links


# An appliance behind an infrared remote


async def test_nothing_is_known_of_it_until_something_was_sent(folder: Path) -> None:
    shown = appliance(remote(folder), "ac")
    assert shown.kind == "air-conditioner"
    assert set(shown.document()) == {"faults", "safeUse", "energyLabel", "$"}
    assert set(shown.document()["$"]["q"].values()) == {"assumed"}
    assert "claims" not in shown.document()["$"]["q"], "private ones are not named in public"


async def test_a_write_is_done_when_it_was_sent_and_everything_shown_is_assumed(folder: Path) -> None:
    home = remote(folder)
    shown, room = appliance(home, "ac"), home.unit("ac").physical
    shown.write({"power": True, "targetTemperature": 24})
    assert {name: shown.values()[name] for name in ("power", "mode", "targetTemperature", "fanMode")} == {
        "power": True,
        "mode": "cool",
        "targetTemperature": 24,
        "fanMode": "auto",
    }
    assert {shown.quality()[name] for name in shown.values()} == {"assumed"}
    assert (room.values()["power"], room.values()["targetTemperature"]) == (True, 24)
    await home.advance(900)
    assert room.truth()["compressor"] is True
    assert "roomTemperature" not in shown.values()
    assert "operatingState" not in shown.values()


async def test_its_description_is_the_kinds_own_as_narrow_as_the_frames_and_without_what_nobody_can_measure(folder: Path) -> None:
    shown = appliance(remote(folder), "ac")
    assert shown.features == ("HEAT", "AUTO", "SWV", "SLP")
    assert (shown.schema("targetTemperature")["multipleOf"], shown.schema("targetTemperature")["maximum"]) == (1, 30)
    assert "powerDraw" not in shown.surface.properties
    with pytest.raises(Refusal) as refused:
        shown.write({"targetTemperature": 24.5})
    assert refused.value.code == "schema"
    shown.invoke("setComfort", {"power": True, "mode": "heat", "targetTemperature": 20})
    assert shown.values()["mode"] == "heat"


async def test_a_frame_the_appliance_misses_leaves_shown_and_truth_apart(folder: Path) -> None:
    home = remote(folder, misses=1.0)
    appliance(home, "ac").write({"power": True})
    truth = (await answer(home, {"do": "truth", "unit": "ac"}))["truth"]
    assert (truth["settings"]["power"], truth["shown"]["power"]) == (False, True)


async def test_its_own_handheld_remote_moves_the_appliance_and_not_what_is_shown(folder: Path) -> None:
    home = remote(folder)
    appliance(home, "ac").write({"power": True})
    await answer(home, {"do": "touch", "unit": "ac", "set": {"power": False}})
    truth = (await answer(home, {"do": "truth", "unit": "ac"}))["truth"]
    assert (truth["settings"]["power"], truth["shown"]["power"]) == (False, True)


async def test_what_is_written_while_the_remote_listens_is_refused_and_not_shown(folder: Path) -> None:
    home = remote(folder)
    appliance(home, "eye").invoke("learn", {"name": "key"})
    with pytest.raises(Refusal) as refused:
        appliance(home, "ac").write({"power": True})
    assert refused.value.code == "state-conflict"
    assert "power" not in appliance(home, "ac").values()


async def test_without_its_remote_it_is_off_the_network_while_the_appliance_runs_on(folder: Path) -> None:
    home = remote(folder)
    shown, room = appliance(home, "ac"), home.unit("ac").physical
    shown.write({"power": True})
    told: list[Any] = []
    shown.listen(told.append)
    await answer(home, {"do": "power", "unit": "eye", "state": "off"})
    assert told == [Power(False)]
    assert room.powered
    await answer(home, {"do": "power", "unit": "eye", "state": "on"})
    assert shown.values()["power"] is True, "a remote's memory outlives a power cut"
    await answer(home, {"do": "power", "unit": "ac", "state": "off"})
    assert shown.powered
    assert not room.powered
    shown.write({"power": False})
    await answer(home, {"do": "power", "unit": "ac", "state": "on"})
    assert room.values()["power"] is True, "it heard nothing while it was dark"


async def test_another_rooms_remote_is_not_heard(folder: Path) -> None:
    home = remote(folder)
    room = home.unit("ac").physical
    burst = CODE_SETS["air-conditioner"].encode({**CODE_SETS["air-conditioner"].start, "power": True})
    frame = {"raw": list(burst.pulses), "carrier": burst.carrier}
    appliance(home, "neighbour").invoke("send", frame)
    assert room.values()["power"] is False
    appliance(home, "eye").invoke("send", frame)
    assert room.values()["power"] is True


async def test_what_was_sent_outlives_the_program_in_a_state_folder(folder: Path) -> None:
    path = folder / "home.yaml"
    path.write_text(REMOTE.replace("MISSES", "0.0"))
    plans = read_home(str(path)).units
    first = Home([Unit(plan, state=folder / "state") for plan in plans])
    appliance(first, "ac").write({"power": True})
    for unit in first.units.values():
        unit.appliance.remember(last=True)
        unit.physical.remember(last=True)
    again = Home([Unit(plan, state=folder / "state") for plan in plans])
    assert appliance(again, "ac").values()["power"] is True
    assert again.unit("ac").physical.values()["power"] is True


@pytest.mark.parametrize("kind", sorted(CODE_SETS))
def test_what_a_code_set_sends_it_also_reads(kind: str) -> None:
    codes, random = CODE_SETS[kind], Random(7)
    surface = make_appliance(kind, features=codes.features).surface
    for _ in range(50):
        values = {}
        for name, start in codes.start.items():
            schema = {**surface.properties[name], **codes.narrowed.get(f"/properties/{name}", {})}
            numbers = range(int(schema.get("minimum", 0)), int(schema.get("maximum", 0)) + 1)
            values[name] = random.choice([False, True] if isinstance(start, bool) else schema.get("enum") or list(numbers))
        heard = codes.decode(codes.encode(values))
        assert heard is not None
        assert heard == {name: values[name] for name in heard}
    assert codes.decode(Burst((9000, 4500, 560), 38_000)) is None
