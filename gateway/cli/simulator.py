"""The simulated appliances of `hulian demo`: a child process, so that they can only be met on the wire."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway.errors import SetupError

STARTING_SECONDS = 60.0
STOPPING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running `hulian-sim`; `units` as it reported them."""

    process: asyncio.subprocess.Process
    units: tuple[Mapping[str, Any], ...]

    async def wait_ended(self) -> None:
        """Raise SetupError when the process ends by itself."""
        code = await self.process.wait()
        raise SetupError(f"the simulator stopped by itself (exit code {code}); its last words are above")


@asynccontextmanager
async def simulator(arguments: Sequence[str]) -> AsyncIterator[Simulator]:
    """Run `hulian-sim ARGUMENTS` for as long as the context lives; yields once all appliances are on their wires."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "firmware_sim.cli", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(STARTING_SECONDS):
            units = await _units(process)
        yield Simulator(process, tuple(units))
    finally:
        await _stop(process)


async def _units(process: asyncio.subprocess.Process) -> list[Mapping[str, Any]]:
    if process.stdout is None:
        raise SetupError("the simulator has no output")
    async for line in process.stdout:
        document = json.loads(line)
        if document.get("event") == "ready":
            return list(document["units"])
    raise SetupError("the simulator ended before its appliances were ready; its words are above")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOPPING_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
