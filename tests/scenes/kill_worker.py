"""A hub that is there to be killed in the middle of a scene over fifty devices.

What an appliance obeys is said on stdout before the hub hears of it: the memory no kill reaches.

    ready | ran SCENE-RUN | acted DEVICE VALUES | whole

Arguments: folder, and the `onFail` of the steps.
"""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from json import dumps
from pathlib import Path

from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.home.kit import Obedient
from tests.scenes.kit import scene, staged

DEVICES = 50
STEPS = (
    {"select": {"kind": "light"}, "set": {"power": True, "brightness": 80}, "deadline": "PT20S"},
    {"delay": "PT0.01S"},
    {"select": {"kind": "light"}, "set": {"brightness": 20}, "deadline": "PT20S"},
)


def say(text: str) -> None:
    """Say one line at once, past every buffer."""
    os.write(1, f"{text}\n".encode())


class Lamp(Obedient):
    """Does what it is told after a while, and remembers it where no kill reaches."""

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        values = {command.name: command.input} if command.operation is Operation.WRITE_PROPERTY else command.input
        await asyncio.sleep(random.random() / 20)
        say(f"acted {command.device} {dumps(values)}")
        await asyncio.sleep(random.random() / 20)
        self.home.report(Report(device=command.device, values=values))
        yield Progress(state=AckState.COMPLETED)


async def main(folder: str, on_fail: str) -> None:
    """Open the home in `folder`, and run the scene."""
    async with staged(Path(folder)) as stage:
        for number in range(DEVICES):
            await stage.stand("light", f"lamp-{number}", Lamp(), power=False, brightness=10)
        await stage.keep(scene(*(step | ({"onFail": on_fail} if "set" in step else {}) for step in STEPS)))
        say("ready")
        report = await stage.scenes.begin("test", {}, LOCAL)
        say(f"ran {report.id}")
        await stage.scenes.runs.end_of(report)
        say("whole")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
