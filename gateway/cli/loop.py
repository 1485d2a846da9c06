"""Running an asyncio program from a command: uvloop where it is installed, SIGTERM and Ctrl-C as a clean end."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any


def run_until_stopped(program: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `program(stop)`; the first SIGINT or SIGTERM sets `stop`, the second ends it at once."""

    async def start() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def asked() -> None:
            if stop.is_set() and task is not None:
                task.cancel()
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked)
        await program(stop)

    with suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(start())
        except BaseExceptionGroup as group:
            raise _single(group) from group


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.implementation.name != "cpython":
        return None
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _single(group: BaseExceptionGroup[Any]) -> BaseException:
    """Return the first error of a group of task groups: the one a person can act on."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
