"""Plays rehearsals in a process of their own, so that the hub goes on undisturbed: `understudy` is that process."""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from tempfile import mkdtemp
from typing import Any, Final

from gateway.errors import BY_CODE, DeviceFailure, SetupError
from gateway.scenes.rehearsal.order import Order, Tell

STOPPING_SECONDS: Final = 10.0
LONGEST_LINE: Final = 64 * 1024 * 1024
LAST_WORDS: Final = 5
FOLDER: Final = "hulian-rehearsal-"


async def play(order: Order, tell: Tell) -> Mapping[str, Any]:
    """Play an order and return what came of it; raise the CommandError or SetupError it ended with.

    Whoever cancels this ends the process with all it has started.
    """
    async with _understudy() as process:
        words: deque[str] = deque(maxlen=LAST_WORDS)
        listening = asyncio.create_task(_hear(process, words), name="rehearsal: last words")
        try:
            await _hand(process, order)
            if (played := await _end_of(process, tell)) is not None:
                return played
        except SetupError as error:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOPPING_SECONDS):
                    await listening  # what the simulator says of the reason comes by another pipe, which ends with it
            raise SetupError(". ".join((*words, str(error)))) from None
        finally:
            listening.cancel()
        code = await process.wait()
        raise SetupError(f"the rehearsal ended before its end: {' '.join(words) or f'exit code {code}'}")


async def _hand(process: Process, order: Order) -> None:
    """Tell the process what to play; where it is gone already, its last words say why."""
    if process.stdin is not None:
        with suppress(ConnectionError):
            process.stdin.write(json.dumps(order.document()).encode() + b"\n")
            await process.stdin.drain()


async def _end_of(process: Process, tell: Tell) -> Mapping[str, Any] | None:
    """Return what came of it, None where the process ends without a word; raise the error it ended with."""
    if process.stdout is None:
        return None
    async for line in process.stdout:
        document = json.loads(line)
        if "played" in document:
            return dict(document["played"])
        if "error" in document:
            raise _error(document["error"])
        await tell(document)
    return None


@asynccontextmanager
async def _understudy() -> AsyncIterator[Process]:
    """Run the process, with a folder of its own, for as long as the context lives; it ends with its input."""
    folder = await asyncio.to_thread(mkdtemp, prefix=FOLDER)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *(("-P",) if sys.flags.safe_path else ()), "-m", "gateway.app.understudy", folder),
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
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # at once, also while the hub is being ended: by now it is empty, or nearly


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
