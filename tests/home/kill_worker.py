"""A gateway that is there to be killed: clients write without pause, an appliance obeys, everything is said on stdout.

    accepted ID | ended ID STATE | acted ID NAME VALUE

`acted` is the appliance's own memory: it is said before the gateway hears of it. Arguments: folder, wall time, prefix of ids.
"""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.home.run import Run
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.home.kit import HandClock, House, Obedient, living

CLIENTS = 6
CHOICES: dict[str, list[Value]] = {"target": [50, 55, 60, 65, 70], "mode": ["brew", "warm"]}


def say(text: str) -> None:
    """Say one line at once, past every buffer."""
    os.write(1, f"{text}\n".encode())


class Appliance(Obedient):
    """Does at once what it is told, and remembers it where no kill reaches."""

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        say(f"acted {command.id} {command.name} {command.input}")
        await asyncio.sleep(random.random() / 500)
        self.home.report(Report(device=command.device, values={command.name: command.input}))
        yield Progress(state=AckState.COMPLETED)


async def client(house: House, prefix: str) -> None:
    """Write for ever, saying what the gateway said."""
    number = 0
    while True:
        number += 1
        name = random.choice(sorted(CHOICES))
        run: Run = await house.write(name, random.choice(CHOICES[name]), id=f"{prefix}{number}")
        say(f"accepted {run.id}" if run.last.state is AckState.ACCEPTED or len(run.history) > 1 else f"refused {run.id}")
        ack = await run.terminal(None)
        if ack is not None:
            say(f"ended {run.id} {ack.state.value}")


async def main(folder: str, now: str, prefix: str) -> None:
    """Open the home in `folder` and let the clients go."""
    async with living(Path(folder), HandClock(float(now))) as house:
        await house.kettle(Appliance())
        say("open")
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(client(house, f"{prefix}-{number}-"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
