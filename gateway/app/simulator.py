"""The simulated appliances of `hulian demo` and of a rehearsal: a child process, so that they can only be met on the wire."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import SetupError

STARTING_SECONDS = 60.0
STOPPING_SECONDS = 5.0
LAST_WORDS = 800


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
async def simulator(arguments: Sequence[str], log: Path | None = None) -> AsyncIterator[Simulator]:
    """Run `hulian-sim ARGUMENTS` for as long as the context lives; yields once all appliances are on their wires.

    What it has to say goes into the file `log`, and the last of it into the error; without one to wherever this process says such things.
    """
    with nullcontext() if log is None else log.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "firmware_sim.cli", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=words,
            start_new_session=True,
        )
    try:
        units = await _units(process)
    except SetupError as error:
        raise error if log is None else SetupError(f"the simulator did not start: {_last_of(log) or error}") from error
    else:
        yield Simulator(process, units)
    finally:
        await _stop(process)


def _last_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip()[-LAST_WORDS:]


async def _units(process: asyncio.subprocess.Process) -> tuple[Mapping[str, Any], ...]:
    """Return what the ready line names; raise SetupError with what to do when it does not come."""
    try:
        async with asyncio.timeout(STARTING_SECONDS):
            line = await _ready_line(process)
    except TimeoutError:
        raise SetupError(f"the appliances were not ready within {STARTING_SECONDS:g} s: is this machine very busy?") from None
    if line is None:
        raise SetupError(
            "the appliances did not start, for the reason above. If another demo or hulian-sim has their addresses, stop it, "
            "or name a home file with other addresses: --home FILE"
        )
    return tuple(line["units"])


async def _ready_line(process: asyncio.subprocess.Process) -> Mapping[str, Any] | None:
    if process.stdout is None:
        return None
    async for text in process.stdout:
        line: Mapping[str, Any] = json.loads(text)
        if line.get("event") == "ready":
            return line
    return None


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
