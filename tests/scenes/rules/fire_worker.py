"""A hub that is there to be killed while triggers fire: a plug goes on and off, and each time it goes on a scene runs.

    ready | on NUMBER | off NUMBER | acted NUMBER | whole

`acted`: the lamp obeyed, said before the hub hears of it: the memory no kill reaches. Argument: folder.
"""

import asyncio
import itertools
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.scenes.rules.watcher import Watcher
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.home.kit import Obedient
from tests.scenes.kit import Stage, scene, staged
from tests.scenes.rules.rule_kit import BERLIN

TRIGGER = {"property": {"select": {"kind": "plug"}, "name": "power", "is": True}}
ROUNDS = 20


def say(text: str) -> None:
    """Say one line at once, past every buffer."""
    os.write(1, f"{text}\n".encode())


class Lamp(Obedient):
    """Counts what it is told to do where no kill reaches."""

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        await asyncio.sleep(random.random() / 100)
        say(f"acted {command.id}")
        assert self.home is not None
        self.home.report(Report(device=command.device, values={"brightness": 50}))
        yield Progress(state=AckState.COMPLETED)


async def stand(stage: Stage, *, power: bool) -> None:
    """Put in the plug as it is, and a lamp that has to be asked each time."""
    await stage.stand("light", "lamp", Lamp(), power=True, brightness=10)
    await stage.stand("plug", "plug", power=power)


async def main(folder: str) -> None:
    """Open the home in `folder` and have the plug go on and off."""
    async with staged(Path(folder)) as stage:
        await stand(stage, power=False)
        await stage.keep(scene({"select": {"kind": "light"}, "set": {"brightness": 50}}, triggers=[TRIGGER]))
        async with Watcher(stage.scenes, stage.home, stage.clock, stage.store.firings, BERLIN, machine=lambda: "one") as watcher:
            await _has_seen_the_plug(watcher)
            say("ready")
            for number in itertools.count(1):
                if number > ROUNDS:
                    break
                say(f"on {number}")
                stage.home.report(Report(device="plug", values={"power": True}))
                while len(stage.scenes.runs.reports(limit=ROUNDS)) < number or stage.scenes.runs.is_running("test"):
                    await asyncio.sleep(0.001)
                await asyncio.sleep(random.random() / 50)
                stage.home.report(Report(device="lamp", values={"brightness": 10}))
                say(f"off {number}")
                stage.home.report(Report(device="plug", values={"power": False}))
                while not await _is_armed_on_disk(stage):
                    await asyncio.sleep(0.001)
            say("whole")


async def _has_seen_the_plug(watcher: Watcher) -> None:
    while not any("plug" in each.armed for each in watcher.book.standings.values()):
        await asyncio.sleep(0.005)


async def _is_armed_on_disk(stage: Stage) -> bool:
    return any(each.document.get("armed", {}).get("plug") for each in await stage.store.firings.known())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
