"""Plays rehearsals in a process of their own, so that the hub goes on undisturbed: `understudy` is that process."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from gateway.errors import BY_CODE, DeviceFailure, SetupError
from gateway.scenes.rehearsal.order import Order, Tell

STOPPING_SECONDS: Final = 10.0
LONGEST_LINE: Final = 64 * 1024 * 1024
LAST_WORDS: Final = 5


async def play(order: Order, tell: Tell) -> Mapping[str, Any]:
    """Play an order and return what came of it; raise the CommandError or SetupError it ended with.

    Whoever cancels this ends the process with all it has started.
    """
    async with _understudy() as process:
        assert process.stdin is not None, "it is a pipe"  # noqa: S101 - for mypy
        assert process.stdout is not None, "it is a pipe"  # noqa: S101 - likewise
        words: deque[str] = deque(maxlen=LAST_WORDS)
        listening = asyncio.create_task(_hear(process, words), name="rehearsal: last words")
        try:
            process.stdin.write(json.dumps(order.document()).encode() + b"\n")
            await process.stdin.drain()
            async for line in process.stdout:
                document = json.loads(line)
                if "played" in document:
                    return dict(document["played"])
                if "error" in document:
                    raise _error(document["error"])
                await tell(document)
        except ConnectionError:
            pass  # it ended before it was told all: its last words say why
        finally:
            listening.cancel()
        raise SetupError(f"the rehearsal ended before its end: {' '.join(words) or f'exit code {await process.wait()}'}")


@asynccontextmanager
async def _understudy() -> AsyncIterator[Process]:
    """Run the process for as long as the context lives; it ends with its input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *(("-P",) if sys.flags.safe_path else ()), "-m", "gateway.app.understudy"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    try:
        yield process
    finally:
        await asyncio.shield(_ended(process))


async def _ended(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOPPING_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _hear(process: Process, words: deque[str]) -> None:
    """Keep the last lines it says when something goes wrong; reading on keeps its pipe empty."""
    if process.stderr is None:
        return
    with suppress(ValueError):
        async for line in process.stderr:
            words.append(line.decode(errors="replace").strip())


def _error(document: Mapping[str, Any]) -> Exception:
    code, detail = document.get("code", ""), str(document.get("detail", ""))
    return SetupError(detail) if code == "setup" else BY_CODE.get(code, DeviceFailure)(detail)
