"""A scene rehearsed on a copy of a home with real wires: it foretells the run, touches nothing, and leaves nothing behind."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from gateway.app.rehearsing import play
from gateway.errors import BadSyntax, Forbidden, SetupError, StateConflict, Unknown
from gateway.scenes.rehearsal.comparison import differences
from gateway.scenes.rehearsal.order import Order, Wanted
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.scenes.scenes import SceneInvalid
from gateway.thing.principal import LOCAL, Principal, Role
from tests.drivers.kit import until
from tests.kit.addresses import address
from tests.scenes.kit import Stage, name, scene, staged, wired

STEPS: tuple[Mapping[str, Any], ...] = (
    {"select": {"room": "hall"}, "set": {"power": True}},
    {"delay": "PT20M"},
    {"select": {"kind": "air-conditioner"}, "set": {"power": True, "mode": "cool", "targetTemperature": 22}},
    {"select": {"kind": "light", "not": {"room": "hall"}}, "set": {"power": False}},
)


async def quiet(_: Mapping[str, Any]) -> None:
    """Hear how far it is."""


async def opened(stage: Stage) -> Rehearsals:
    rehearsals = Rehearsals(stage.home, stage.scenes, stage.clock, stage.store.rehearsals, play)
    await rehearsals.load()
    return rehearsals


def versions(stage: Stage) -> dict[str, Any]:
    return {device: stage.home.twin(device).version for device in stage.home.devices()}


async def test_a_rehearsal_foretells_the_run_in_virtual_time_and_moves_nothing_of_the_home(tmp_path: Path) -> None:
    lamp, second, cooler = name("lamp"), name("lamp"), name("ac")
    plan = UnitPlan(kind="light", wire="native-coap", address=address(), port=0, id=lamp, settings={"power": True})
    async with staged(tmp_path) as stage, wired(stage, plan, (second, "light"), (cooler, "air-conditioner")):
        await stage.home.place(second, "hall")
        kept = await stage.keep(scene({**STEPS[0]}, {**STEPS[2]}, {**STEPS[3]}, name="short"))
        rehearsals, before, heard = await opened(stage), versions(stage), []

        async def tell(item: Mapping[str, Any]) -> None:
            heard.append(item["phase"])

        played = await rehearsals.rehearse(Wanted(scene=kept), LOCAL, tell)
        assert versions(stage) == before
        assert {line["device"]: line["outcome"] for line in played["report"]["lines"]} == dict.fromkeys((lamp, second, cooler), "done")
        assert played["power"]["peak"] > played["power"]["before"]
        assert heard[0] == "building"
        report = await stage.scenes.run(kept, {}, LOCAL)
        assert differences(played["report"], report.document()) == []
        assert rehearsals.last(kept)["asRun"] == {"run": report.id, "differences": []}
        assert [(each["scene"], each["current"], each["good"]) for each in (await opened(stage)).listing()] == [("short", True, True)]


@pytest.mark.long
async def test_a_text_that_is_not_kept_is_rehearsed_with_somebody_away_who_is_named(tmp_path: Path) -> None:
    lamp, second = name("lamp"), name("lamp")
    async with staged(tmp_path) as stage, wired(stage, (lamp, "light"), (second, "light")):
        await stage.home.place(second, "hall")
        rehearsals, before = await opened(stage), versions(stage)
        text = scene(*STEPS[:2], {"select": {"id": lamp}, "set": {"power": True}}, name="draft")
        played = await rehearsals.rehearse(Wanted(text=text, faults={lamp: "away"}), LOCAL, quiet)
        lines = {line["device"]: line for line in played["report"]["lines"]}
        assert (lines[lamp]["outcome"], lines[second]["outcome"]) == ("unreachable", "done")
        assert "away in this rehearsal" in lines[lamp]["detail"]
        assert played["seconds"] >= 1200, "the pause has passed, if not for us"
        assert versions(stage) == before
        assert (stage.scenes.listing(), rehearsals.listing()) == ([], [])


async def test_what_cannot_be_rehearsed_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    async def never(_: Order, __: object) -> Mapping[str, Any]:
        raise AssertionError

    async with staged(tmp_path) as stage:
        await stage.stand("light", "lamp", power=True)
        await stage.keep(scene({"select": {"kind": "light"}, "set": {"power": False}}))
        rehearsals = Rehearsals(stage.home, stage.scenes, stage.clock, stage.store.rehearsals, never)
        with pytest.raises(Unknown):
            await rehearsals.rehearse(Wanted(scene="nothing"), LOCAL, quiet)
        with pytest.raises(Unknown):
            await rehearsals.rehearse(Wanted(scene="test", faults={"nobody": "away"}), LOCAL, quiet)
        with pytest.raises(BadSyntax):
            await rehearsals.rehearse(Wanted(scene="test", faults={"lamp": "sulking"}), LOCAL, quiet)
        with pytest.raises(SceneInvalid):
            await rehearsals.rehearse(Wanted(text="scene: nothing"), LOCAL, quiet)
        with pytest.raises(Forbidden):
            await rehearsals.rehearse(Wanted(scene="test"), Principal("guest", Role.VIEWER, known=True), quiet)


async def test_there_is_one_rehearsal_at_a_time(tmp_path: Path) -> None:
    going, over = asyncio.Event(), asyncio.Event()

    async def long(_: Order, __: object) -> Mapping[str, Any]:
        going.set()
        await over.wait()
        raise SetupError("it was none")

    async with staged(tmp_path) as stage:
        await stage.stand("light", "lamp", power=True)
        await stage.keep(scene({"select": {"kind": "light"}, "set": {"power": False}}))
        rehearsals = Rehearsals(stage.home, stage.scenes, stage.clock, stage.store.rehearsals, long)
        first = asyncio.create_task(rehearsals.rehearse(Wanted(scene="test"), LOCAL, quiet))
        await going.wait()
        with pytest.raises(StateConflict, match="one at a time"):
            await rehearsals.rehearse(Wanted(scene="test"), LOCAL, quiet)
        over.set()
        with pytest.raises(SetupError):
            await first


@pytest.mark.parametrize("how", ["hung up", pytest.param("killed", marks=pytest.mark.long)])
async def test_nothing_is_left_when_the_process_that_plays_or_its_starter_goes(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "stage"
    folder.mkdir()
    home = tmp_path / "home.yaml"
    home.write_text(json.dumps({"units": [{"id": name("lamp"), "kind": "light", "wire": "native-coap"}]}))
    order = Order(copy=None, home=str(home), texts={"test": scene({"delay": "PT10H"})}, scene="test")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.app.understudy", str(folder)), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order.document()).encode() + b"\n")
    while "playing" not in (line := (await process.stdout.readline()).decode()):
        assert line, "it ended before it played"
    (simulator,) = _programs(folder)
    if how == "killed":
        process.send_signal(signal.SIGKILL)
    else:
        process.stdin.close()
    await process.wait()
    await until(lambda: not _programs(folder), "the simulator is gone", patience=10)
    assert simulator
    assert how == "killed" or not folder.exists()


def _programs(folder: Path) -> list[str]:
    """Return the simulators that write into a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"firmware_sim.cli" in words and any(str(folder).encode() in word for word in words):
            found.append(path.parent.name)
    return found
