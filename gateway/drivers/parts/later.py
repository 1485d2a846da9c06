"""What a driver needs once a unit of its make is there is imported then: a home has units of two or three makes, not of all.

The driver's record names the module `opening` of its folder, which has `open_session` and, where units are asked for something, `pair`.
It is imported on a thread, for that takes a moment.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from types import ModuleType

from gateway.drivers.spi import Ask, Candidate, Context, Registration
from gateway.thing.session import Session

_IMPORTED: dict[str, ModuleType] = {}
"""What is through: `sys.modules` has what another thread is still importing, too."""


def opening(module: str) -> Callable[[Registration, Context], AbstractAsyncContextManager[Session]]:
    """Return what enters `open_session` of a module."""

    @asynccontextmanager
    async def opened(registration: Registration, context: Context) -> AsyncIterator[Session]:
        async with (await imported(module)).open_session(registration, context) as session:
            yield session

    opened.__module__ = module  # it is of that driver, whose records a recording names
    return opened


def pairing(module: str) -> Callable[[Candidate, Ask], Awaitable[Mapping[str, str]]]:
    """Return what calls `pair` of a module."""

    async def paired(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
        answers: Mapping[str, str] = await (await imported(module)).pair(candidate, ask)
        return answers

    return paired


async def imported(module: str) -> ModuleType:
    """Return a module; importing it takes a moment the first time."""
    if module not in _IMPORTED:
        _IMPORTED[module] = await asyncio.to_thread(import_module, module)
    return _IMPORTED[module]
