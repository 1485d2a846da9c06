"""The security contexts of all keys, one a key: whoever comes under a key, and whoever is asked under it, share its numbers.

A hub is a server to an appliance that comes with its key, and a client of the same appliance. Both ways protect with one and the
same sender key, so both must count with one counter: a number used on either way is used.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gateway.protocol.coap.counters import Counters, name_of
from gateway.protocol.coap.keys import CounterStore, KeyMaterial
from gateway.thing.clock import Clock

if TYPE_CHECKING:
    from gateway.protocol.coap.context import Context

CONTEXTS = 1024
"""Contexts kept in memory; a key whose context was dropped only costs its derivation again."""


class Contexts:
    """`async with` is their life, longer than that of every server and client that uses them."""

    def __init__(self, store: CounterStore, clock: Clock) -> None:
        self._counters = Counters(store, clock)
        self._contexts: OrderedDict[str, Context] = OrderedDict()

    async def __aenter__(self) -> Self:
        await self._counters.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._counters.__aexit__(kind, error, trace)
        self._contexts.clear()

    async def of(self, key: KeyMaterial, stands: Callable[[], bool]) -> "Context | None":
        """Return the context of a key; None when the key does not stand any more once it was made. Raise StorageFailed, ExtraMissing."""
        name = name_of(key)
        context = self._contexts.get(name)
        if context is None or context.key != key:
            library = await context_library()
            made: Context = library.Context(key, await self._counters.open(name, key.identity))
            if not stands():
                return None
            context = self._contexts.get(name)  # of two at once the first stays: it is its fresh word that was asked for
            if context is None or context.key != key:
                context = self._contexts[name] = made
        self._contexts.move_to_end(name)
        while len(self._contexts) > CONTEXTS:
            self._contexts.popitem(last=False)
        return context

    async def forget(self, client: str) -> None:
        """Drop what is kept for a client that was put out: its contexts at once, its counters on disk."""
        for name in [name for name, context in self._contexts.items() if context.key.identity == client]:
            del self._contexts[name]
        await self._counters.forget(client)


async def context_library() -> Any:
    """Return the module of contexts, read in beside the loop: the cryptography is heavy; raise ExtraMissing where it is not."""
    return await asyncio.to_thread(import_module, "gateway.protocol.coap.context")
