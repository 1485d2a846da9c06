"""Several workers side by side; one that hangs or dies loses its case and is replaced."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any

from tests.mutants.case import Case

PATIENCE = 420.0
"""Seconds a case may take before its worker is ended."""
LONGEST = 64 * 1024 * 1024


async def judged_all(cases: Iterable[Case], workers: int) -> AsyncIterator[tuple[Case, dict[str, Any]]]:
    """Yield each case with what was found, as they get done."""
    waiting = list(reversed(list(cases)))
    done: asyncio.Queue[tuple[Case, dict[str, Any]]] = asyncio.Queue()
    left = len(waiting)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_work(waiting, done), name=f"worker {number}") for number in range(workers)]
        for _ in range(left):
            yield await done.get()
        for task in tasks:
            task.cancel()


async def _work(waiting: list[Case], done: asyncio.Queue[tuple[Case, dict[str, Any]]]) -> None:
    process: asyncio.subprocess.Process | None = None
    try:
        while waiting:
            case = waiting.pop()
            process = process or await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.mutants.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST,
            )
            found = await _asked(process, case)
            if "lost" in found:
                await _end(process)
                process = None
            done.put_nowait((case, found))
    finally:
        if process is not None:
            await _end(process)


async def _asked(process: asyncio.subprocess.Process, case: Case) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            process.stdin.write(case.line().encode() + b"\n")
            await process.stdin.drain()
            found: dict[str, Any] = json.loads(await process.stdout.readline())
            return found
    except TimeoutError:
        return {"broken": f"nothing for {PATIENCE:g} s", "lost": True, "seconds": PATIENCE}
    except (OSError, ValueError) as error:
        return {"broken": f"the worker died: {error!r}", "lost": True, "seconds": 0.0}


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
