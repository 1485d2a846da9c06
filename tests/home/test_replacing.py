"""Another appliance in the place of one: what stays, what is lost and said before, what makes no sense, and the way back."""

import asyncio
from pathlib import Path

import pytest

from gateway.errors import StateConflict, Unknown
from gateway.home.change import Change, Described, Removed, StateChanged
from gateway.home.replacement.capabilities import common, lacks
from gateway.home.replacement.note import note_of
from gateway.home.replacement.replacing import Unit
from gateway.scenes.needs import mentions, unmet
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.value import Quality
from tests.home.replacing_kit import NEW, OLD, Entrance, entered
from tests.scenes.kit import KINDS, outcomes, scene

EVENING = scene(
    {"select": {"room": "bedroom", "kind": "air-conditioner"}, "set": {"power": True, "targetTemperature": 24}},
    {"select": {"id": "Bedroom AC"}, "set": {"mode": "heat"}},
)


async def settled(entrance: Entrance) -> None:
    """Let the old one be named, placed and meant by a scene; the new one stand there."""
    home = entrance.stage.home
    await entrance.come(OLD, power=False, targetTemperature=26, mode="cool")
    await home.rename(OLD, "Bedroom AC")
    await home.place(OLD, "bedroom")
    await home.tag(OLD, ["quiet"])
    await entrance.stage.keep(EVENING)


async def test_the_scene_runs_unchanged_on_the_new_one_also_after_a_restart(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=False, targetTemperature=20, mode="cool")
        await entrance.replace()
        session = await entrance.come(NEW, power=False, targetTemperature=20, mode="cool")
        report = await entrance.stage.scenes.run("test", {}, LOCAL)
        assert outcomes(report) == {OLD: "done"}
        assert {command.device for command in session.got} == {NEW}
        assert NEW not in entrance.stage.home.devices()
    async with entered(tmp_path) as entrance:
        twin = entrance.stage.home.twin(OLD)
        assert (twin.name, twin.room, twin.tags) == ("Bedroom AC", "bedroom", ("quiet",))
        session = await entrance.come(NEW, power=False, targetTemperature=20, mode="cool")
        assert entrance.stage.home.devices() == (OLD,)
        assert outcomes(await entrance.stage.scenes.run("test", {}, LOCAL)) == {OLD: "done"}
        assert session.got


async def test_nothing_the_old_one_said_is_taken_for_the_new_ones_word(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, features=(), power=True)
        await entrance.replace()
        twin = entrance.stage.home.twin(OLD)
        assert (twin.values, twin.quality) == ({"power": True}, {"power": Quality.STALE})
    async with entered(tmp_path) as entrance:
        assert "targetTemperature" not in entrance.stage.home.twin(OLD).values
        assert [each["property"] for each in await entrance.stage.home.history(OLD, "targetTemperature", 0.0, 9)] == ["targetTemperature"]


async def test_whoever_follows_sees_one_device_go_and_the_other_described_anew(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        seq = entrance.stage.home.twin(OLD).version
        async with entrance.stage.home.subscribe() as changes:
            await anext(changes)
            await entrance.replace()
            seen: list[Change] = []
            async with asyncio.timeout(5):
                while not any(isinstance(change, StateChanged) for change in seen):
                    seen.append(await anext(changes))
        assert [change.device for change in seen if isinstance(change, Removed)] == [NEW]
        assert OLD in [change.device for change in seen if isinstance(change, Described)]
        (state,) = [change for change in seen if isinstance(change, StateChanged)]
        assert state.document.keys() - {"$"} == {"power"}
        assert (state.version.boot, state.version.seq) > (seq.boot, seq.seq)


async def test_what_was_asked_of_the_old_one_does_not_reach_the_new_one(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        session = await entrance.come(NEW, power=False)
        await entrance.replace()
        assert session.got == []
        assert entrance.stage.home.twin(OLD).session is None


async def test_a_light_that_cannot_be_dimmed_is_told_with_the_scene_and_the_line(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        home = entrance.stage.home
        await entrance.come("lamp", "light", brightness=50)
        await entrance.come("bulb", "light", ())
        text = """scene: cosy
steps:
  - select: {kind: light}
    set: {power: true}
  - select: {id: lamp}
    set: {colourTemperature: 3000}
"""
        await entrance.stage.keep(text)
        comparison = home.replacing.compare("lamp", "bulb", force=True)
        assert "colourTemperature" in {lack.name for lack in comparison.lacks}
        (need,) = unmet(entrance.stage.scenes.readable(), comparison.old, comparison.stand_in)
        assert (need.scene, need.line) == ("cosy", 5)
        assert "colourTemperature" in need.text
        assert mentions(entrance.stage.scenes.readable(), "lamp") != ()


async def test_what_triggers_conditions_and_turns_ask_for_is_told_too(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await entrance.come(OLD)
        await entrance.come(NEW, features=())
        text = """scene: warm
triggers:
  - property: {select: {id: ac-old}, name: outdoorTemperature, above: 28, rearm: 27}
conditions:
  - property: {select: {id: ac-old}, name: eco, is: true}
steps:
  - inTurn: {select: {id: ac-old}, set: {sleepMode: "on"}}
"""
        await entrance.stage.keep(text)
        comparison = entrance.stage.home.replacing.compare(OLD, NEW, force=True)
        needs = unmet(entrance.stage.scenes.readable(), comparison.old, comparison.stand_in)
        assert {(need.line, need.text.split()[1].rstrip(",")) for need in needs} == {
            (3, "outdoorTemperature"),
            (5, "eco"),
            (7, "sleepMode"),
        }


async def test_another_kind_in_its_place_is_left_out_where_the_scene_names_the_kind(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await entrance.come("lamp", "light")
        await entrance.come("plug", "plug")
        await entrance.stage.keep(scene({"select": {"kind": "light"}, "set": {"power": True}}))
        comparison = entrance.stage.home.replacing.compare("lamp", "plug", force=True)
        (need,) = unmet(entrance.stage.scenes.readable(), comparison.old, comparison.stand_in)
        assert "left out" in need.text


async def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await entrance.come(OLD)
        await entrance.come(NEW)
        await entrance.come("fridge", "refrigerator")
        replacing = entrance.stage.home.replacing
        with pytest.raises(StateConflict, match="still answers"):
            replacing.compare(OLD, NEW, force=False)
        with pytest.raises(StateConflict, match="can do nothing"):
            replacing.compare(OLD, "fridge", force=True)
        with pytest.raises(StateConflict, match="its own place"):
            replacing.compare(OLD, OLD, force=True)
        with pytest.raises(Unknown):
            replacing.compare(OLD, "nobody", force=True)
        entrance.door.detach(OLD, "gone")
        entrance.door.detach(NEW, "gone")
        with pytest.raises(StateConflict, match="is not there"):
            replacing.compare(OLD, NEW, force=False)
        with pytest.raises(Unknown, match="nothing to take back"):
            await replacing.take_back(OLD, ())


async def test_it_can_be_taken_back_after_a_restart(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        await entrance.stage.home.rename(NEW, "New one")
        await entrance.replace()
        await entrance.stage.home.place(OLD, "guest room")
    async with entered(tmp_path) as entrance:
        home = entrance.stage.home
        await home.replacing.take_back(OLD, ())
        assert set(home.devices()) == {OLD, NEW}
        assert (home.twin(OLD).room, home.twin(NEW).name) == ("guest room", "New one")
        await entrance.come(OLD, power=True)
        await entrance.come(NEW, power=False)
        assert (home.twin(OLD).values["power"], home.twin(NEW).values["power"]) == (True, False)
        with pytest.raises(Unknown):
            home.replacing.note(OLD)


async def test_an_old_one_that_comes_back_takes_the_id_the_new_one_gave_up(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        await entrance.replace()
        await entrance.come(NEW, power=True)
        await entrance.come(OLD, power=False)
        home = entrance.stage.home
        assert (home.twin(OLD).values["power"], home.twin(NEW).values["power"]) == (True, False)
        with pytest.raises(StateConflict, match="gives it its place back"):
            await home.replacing.take_back(OLD, ())
        await entrance.replace()
        assert home.names.shown(OLD) == OLD


async def test_one_whose_unit_carries_others_stays_under_the_other_id(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        await entrance.replace(unit=Unit(stays=True))
        assert set(entrance.stage.home.devices()) == {OLD, NEW}
        assert entrance.stage.home.names.own(NEW) == OLD


async def test_links_stay_with_the_id_and_those_of_the_new_one_go(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        for plug, fed in (("plug-1", OLD), ("plug-2", NEW)):
            await entrance.stage.stand("plug", plug, feeds="", feedsKind="none")
            await entrance.stage.home.links.link(plug, "feeds", fed, LOCAL, confirmed=True)
        assert [tie.source for tie in entrance.stage.home.replacing.compare(OLD, NEW, force=True).links] == ["plug-2"]
        await entrance.replace()
        assert [(tie.source, tie.target) for tie in entrance.stage.home.links.all()] == [("plug-1", OLD)]


async def test_a_device_that_is_forgotten_leaves_no_note(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        await entrance.replace()
        await entrance.stage.home.forget(OLD)
        assert await entrance.stage.store.replacements.all() == {}
        assert entrance.stage.home.replacing.since() == {}
        await entrance.come(NEW, power=True)  # and a unit that comes anew comes as itself
        assert entrance.stage.home.devices() == (NEW,)
    async with entered(tmp_path) as entrance:
        assert entrance.stage.home.names.shown(OLD) == OLD


async def test_a_note_says_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await settled(entrance)
        await entrance.come(NEW, power=True)
        await entrance.replace(unit=Unit(aside={"driver": "test", "key": "one", "address": "", "port": 0, "facts": {}}))
        note = entrance.stage.home.replacing.note(OLD)
        assert note_of(note.document()) == note


def test_what_a_narrower_one_cannot_do_is_told_in_words() -> None:
    model = KINDS.model("air-conditioner")
    whole = model.instance(Description(id="a", kind="air-conditioner", features=tuple(model.features)))
    narrow = model.instance(
        Description(
            id="b",
            kind="air-conditioner",
            narrowing={"targetTemperature": {"minimum": 18, "multipleOf": 1}, "mode": {"enum": ["cool"]}, "power": {"readOnly": True}},
        )
    )
    told = {lack.name: lack.why for lack in lacks(whole, narrow)}
    assert "only from 18" in told["targetTemperature"]
    assert told["mode"].startswith("without ")
    assert "cannot be set" in told["power"]
    assert lacks(whole, whole) == ()
    assert "targetTemperature" in common(whole, narrow)
