"""Asking under a key: requests of ours go out protected (RFC 8613), and only what was protected for them counts as their answer."""

from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from aiocoap import error as errors

from gateway.errors import WireError
from gateway.protocol.coap.counters import Counters, name_of
from gateway.protocol.coap.endpoint import message_of
from gateway.protocol.coap.envelope import read_envelope
from gateway.protocol.coap.keys import CounterStore, KeyMaterial
from gateway.protocol.coap.oscore import context_library
from gateway.protocol.coap.udp import Address
from gateway.thing.clock import Clock

if TYPE_CHECKING:
    from gateway.protocol.coap.context import Context

CONTEXTS = 1024
KeyOf: TypeAlias = Callable[[Address], KeyMaterial | None]


class KeyRefused(errors.Error):  # type: ignore[misc]
    """The answer came in clear: the peer does not take the key, or somebody else has answered."""


class PeerKeys:
    """The contexts under which peers are asked; `async with` is its life. `find` tells the key for an address, None for none."""

    def __init__(self, find: KeyOf, store: CounterStore, clock: Clock) -> None:
        self._find = find
        self._counters = Counters(store, clock)
        self._contexts: OrderedDict[str, Context] = OrderedDict()

    async def __aenter__(self) -> Self:
        await self._counters.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._counters.__aexit__(kind, error, trace)
        self._contexts.clear()

    async def context(self, address: Address) -> "Context | None":
        """Return what to protect requests to an address with, None where there is no key; raise StorageFailed."""
        key = self._find(address)
        if key is None:
            return None
        name = name_of(key)
        context = self._contexts.get(name)
        if context is None:
            library = await context_library()
            counter = await self._counters.open(name, key.identity)
            context = self._contexts.setdefault(name, library.Context(key, counter))
        self._contexts.move_to_end(name)
        if len(self._contexts) > CONTEXTS:
            self._contexts.popitem(last=False)
        return context


class Seal:
    """One protected request. `outer` is what goes on the wire."""

    __slots__ = ("_context", "_identifiers", "outer")

    def __init__(self, context: "Context", request: Any) -> None:
        self._context = context
        self.outer, self._identifiers = context.protect(request)
        self.outer.remote = request.remote
        self.outer.mtype = request.mtype

    def open(self, answer: Any) -> Any:
        """Return the inner answer; a notification's Observe is the number its sender counted; raise what the library says is wrong."""
        if answer.opt.oscore is None:
            raise KeyRefused(f"it answered {answer.code} in clear")
        try:
            envelope = read_envelope(answer.opt.oscore)
        except WireError as error:
            raise KeyRefused(str(error)) from error
        frame, _ = self._context.opened(answer, self._identifiers)
        if frame.critical is not None:
            raise KeyRefused(f"an option it needs understood is not: {frame.critical}")
        inner = message_of(frame, answer.remote)
        if answer.opt.observe is None:
            inner.opt.observe = None
        else:  # without a number of its own it has the request's, and is older than any that has one
            inner.opt.observe = int.from_bytes(envelope.number, "big") if envelope.number else -1
        return inner
