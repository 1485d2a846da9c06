"""The process that plays a scene on the copy of a home: `python -m gateway.app.understudy FOLDER`, told what to do on its standard input.

    <- {"copy": ..., "texts": ..., "scene": ..., ...}         one line: an `Order`
    -> {"phase": "building" | "playing" | "after", ...}       any number
    -> {"played": {...}}                                      or {"error": {"code", "detail"}}; one, last

It ends with its input and removes the folder, so that nothing is left when whoever started it is killed; the simulator it starts ends with
it likewise.
"""

import asyncio
import json
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any, Final

from gateway.app.copied_home import CopiedHome, copied_home
from gateway.app.hurry import Hurry, ShiftingLoop
from gateway.errors import CommandError, HulianError, Unknown
from gateway.profile.library import Library
from gateway.scenes.rehearsal.comparison import changed_by
from gateway.scenes.rehearsal.faults import AWAY, LOCAL_ONLY, REMOTE, SLOW, each_away, request
from gateway.scenes.rehearsal.order import Order, order_of
from gateway.scenes.rehearsal.outcome import Sample, of_the_home, power_of
from gateway.scenes.report import Report
from gateway.scenes.rules.readiness import readiness
from gateway.thing.principal import LOCAL

AFTER: Final = 300.0
"""Seconds that are watched after the scene has ended: a compressor starts minutes after it was told to."""
TELLING: Final = 0.3
"""Real seconds between two words on how far it is."""
SETTLING: Final = 0.5
"""Real seconds until the hub has heard what was done to the copies."""
LONGEST_ORDER: Final = 64 * 1024 * 1024


class Understudy:
    """Plays one order."""

    def __init__(self, order: Order, folder: Path) -> None:
        self._order = order
        self._folder = folder
        self._library = Library()
        self._random = SystemRandom()
        self._notes: dict[str, None] = dict.fromkeys(order.copy.notes if order.copy else ())
        self._number = 0
        self._told = 0.0

    async def play(self) -> dict[str, Any]:
        """Play it, and once more with each device away where that is asked for."""
        began = time.monotonic()
        played = await self._once(self._order.faults)
        if self._order.each_away:
            usual = played["report"]
            asked = list(dict.fromkeys(line["device"] for line in usual["lines"]))
            away = {*self._order.faults, *(self._order.copy.away if self._order.copy else ())}
            choices = each_away(device for device in asked if device not in away)
            played["branches"] = []
            for number, choice in enumerate(choices, 1):
                self._tell(phase="branch", number=number, of=len(choices), device=next(iter(choice)))
                alone = await self._once({**self._order.faults, **choice}, after=0.0)
                played["branches"].append(changed_by(choice, usual, alone["report"]))
        return played | {"took": round(time.monotonic() - began, 1), "notes": list(self._notes)}

    async def _once(self, faults: Mapping[str, str], after: float = AFTER) -> dict[str, Any]:
        """Play it on a new copy; `after`: for how many seconds the home is watched then, 0: nor is any effect measured."""
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        self._tell(phase="building")
        async with copied_home(self._order, folder, self._library, self._random) as copy:
            if unknown := [device for device in faults if device not in copy.home.devices()]:
                raise Unknown(f"there is no device {', '.join(unknown)}; there are {', '.join(sorted(copy.home.devices()))}")
            await self._furnish(copy, faults)
            if self._number == 1:
                self._notes |= dict.fromkeys(readiness(copy.scenes.scene(self._order.scene).triggers, copy.home))
            return await self._played(copy, faults, after)

    # The stage

    async def _furnish(self, copy: CopiedHome, faults: Mapping[str, str]) -> None:
        """Give the copies what people call them and how they are, then what is to go wrong."""
        told = self._order.copy
        for unit in () if told is not None else copy.units:
            await copy.home.place(unit["id"], unit.get("room", ""))
        if told is not None:
            for device, label in told.labels.items():
                await copy.home.rename(device, label["name"])
                await copy.home.place(device, label["room"])
                await copy.home.tag(device, label["tags"])
            await self._resemble(copy)
        now_away = dict.fromkeys(told.away if told else (), "it is away now")
        chosen = {device: "it is away in this rehearsal" for device, fault in faults.items() if fault == AWAY}
        for device, reason in (now_away | chosen).items():
            await copy.let_go(device, reason)
        await asyncio.sleep(SETTLING)

    async def _resemble(self, copy: CopiedHome) -> None:
        """Set by hand what hands can set of what the originals measure, and raise the faults they have."""
        told = self._order.copy
        for device, readings in told.readings.items() if told else ():
            for name, value in readings.items():
                await copy.wires.ask({"do": "touch", "unit": device, "set": {name: value}})
        for device, codes in told.faults.items() if told else ():
            for code in codes:
                if not (await copy.wires.ask({"do": "fault", "unit": device, "code": code}))["ok"]:
                    self._notes[f"{device} has the fault {code}, and its copy has not"] = None
        await asyncio.sleep(SETTLING)
        for device in told.labels if told else ():
            if told is not None and device not in told.away:
                self._compare(copy, device, told.home["units"])

    def _compare(self, copy: CopiedHome, device: str, units: list[dict[str, Any]]) -> None:
        """Note what of the settings the copy shows otherwise."""
        twin = copy.home.twin(device)
        readings = next(unit.get("readings", {}) for unit in units if unit["id"] == device)
        specs = twin.instance.properties
        other = [name for name in readings if name in specs and not specs[name].read_only and twin.values.get(name) != readings[name]]
        if other:
            said = ", ".join(f"{name} {twin.values.get(name)!r} instead of {readings[name]!r}" for name in other[:5])
            self._notes[f"the copy of {device} shows {said}"] = None

    # The play

    async def _played(self, copy: CopiedHome, faults: Mapping[str, str], after: float) -> dict[str, Any]:
        before = await copy.watts()
        await self._spoil(copy, faults)
        plan = copy.scenes.plan(self._order.scene, self._order.arguments)
        estimate = await copy.scenes.power(plan)
        report = await copy.scenes.begin(self._order.scene, self._order.arguments, LOCAL)
        curve: list[Sample] = [(0.0, before)]

        async def move(seconds: float) -> None:
            if seconds > 0:
                await copy.wires.ask({"do": "advance", "seconds": seconds})
                copy.clock.advance(seconds)
            curve.append((copy.clock.now() - report.began, await copy.watts()))
            self._tell_now_and_then(report, curve[-1][0], after)

        hurry = Hurry(copy.scene_clock, copy.home.waited_for, move, strides=not SLOW & set(faults.values()))
        await hurry.until(lambda: report.ended is not None and (not after or report.effect is None or report.effect.over))
        ended = (report.ended or report.began) - report.began
        await hurry.through(after)
        power = power_of(curve, before, ended) | {"limit": estimate.limit, "estimated": estimate.peak}
        return {
            "scene": self._order.scene,
            "home": self._order.home,
            "with": dict(self._order.arguments),
            "faults": dict(faults),
            "report": of_the_home(report.document()),
            "seconds": round(ended, 2),
            "watched": after,
            "power": power,
        }

    async def _spoil(self, copy: CopiedHome, faults: Mapping[str, str]) -> None:
        """Let go wrong what is to go wrong, just before the scene begins."""
        for device, fault in faults.items():
            if fault == AWAY:
                continue
            if fault == LOCAL_ONLY and REMOTE not in copy.home.twin(device).instance.properties:
                self._notes[f"{device} cannot have its remote control switched off: it has no {REMOTE}"] = None
                continue
            answer = await copy.wires.ask(request(device, fault))
            if not answer["ok"]:
                self._notes[f"{device} cannot have {fault}: {answer['error']['detail']}"] = None
        if any(fault in {LOCAL_ONLY, "dark"} or "." in fault for fault in faults.values()):
            await asyncio.sleep(SETTLING)

    def _tell_now_and_then(self, report: Report, seconds: float, after: float) -> None:
        if (now := time.monotonic()) - self._told < TELLING:
            return
        self._told = now
        ended = sum(line.outcome != "open" for line in report.lines)
        phase = "playing" if report.ended is None else "after"
        self._tell(phase=phase, seconds=round(seconds, 1), ended=ended, lines=len(report.lines), watched=after)

    def _tell(self, **progress: Any) -> None:
        say(progress)


def say(document: Mapping[str, Any]) -> None:
    """Write one line for whoever started this."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def _perform(order: Order, folder: Path) -> None:
    try:
        say({"played": await Understudy(order, folder).play()})
    except* HulianError as group:
        error = _first(group)
        code = error.document() if isinstance(error, CommandError) else {"code": "setup", "detail": str(error)}
        say({"error": code})


def _first(error: BaseException) -> BaseException:
    """Return the first error of a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _run() -> None:
    """Play what the first line of the input says, until it is done, the input ends or a signal comes."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_ORDER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    order = order_of(json.loads(await reader.readline()))
    folder = Path(sys.argv[1])
    task = asyncio.create_task(_perform(order, folder), name="rehearsal")
    parent = asyncio.create_task(reader.read(1), name="whoever started this")
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await asyncio.wait({task, parent}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        parent.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run the process."""
    with suppress(KeyboardInterrupt, BrokenPipeError), asyncio.Runner(loop_factory=ShiftingLoop) as runner:
        runner.run(_run())


if __name__ == "__main__":
    main()
