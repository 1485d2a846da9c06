"""The gate: the one way in for every CoAP request, whichever socket it came over and whatever it is for.

Nothing is routed before its sender is known and may read; a resource that is added anywhere behind the gate is closed by being
behind it. What a stranger may have stands in two tables: `PUBLIC` (of ours), and the resources of pairing that are handed in,
which look after themselves and are held to a slow rate of their own. An observation is asked for its key again with every
notification, so a client that was put out, or has lost its role, hears nothing more.
"""

from collections.abc import AsyncIterator, Callable, Mapping

from gateway.errors import RateExceeded, Unauthenticated
from gateway.faces.coap.directory import strangers_document
from gateway.faces.coap.door import Door
from gateway.protocol.coap.message import CONTENT, LINK_FORMAT, Method, Request, Response
from gateway.protocol.coap.server import Handle, Watch
from gateway.protocol.resources import CORE
from gateway.protocol.restraint import Senders, Verdict
from gateway.thing.clock import Clock
from gateway.trust.roles import Permission, require

Path = tuple[str, ...]
PAIRING_RATE, PAIRING_BURST, PAIRING_TOTAL, PAIRING_PEERS = 4.0, 40.0, 40.0, 256
"""Requests a second to the resources of pairing: from one address, at once from one, from all; addresses remembered."""


def _core(request: Request) -> Response:
    return Response(code=CONTENT, payload=strangers_document(request.query), content_format=LINK_FORMAT)


PUBLIC: Mapping[Path, Callable[[Request], Response]] = {CORE: _core}
"""What a stranger gets, by path, instead of what stands there for those who were let in. GET only."""


class Gate:
    """Lets requests through to `handle` and `watch`. `pairing`: resources that need no key, by path."""

    def __init__(self, door: Door, handle: Handle, watch: Watch, pairing: Mapping[Path, Handle], clock: Clock) -> None:
        self._door = door
        self._handle = handle
        self._watch = watch
        self._pairing = pairing
        self._senders = Senders(clock, rate=PAIRING_RATE, burst=PAIRING_BURST, total=PAIRING_TOTAL, most=PAIRING_PEERS)

    def admit(self, request: Request) -> None:
        """Raise for a request that goes no further. The server asks first, for each one, before it puts a body together."""
        if request.path in self._pairing:
            if self._senders.take(request.peer.rpartition(":")[0]) is not Verdict.ADMIT:
                raise RateExceeded("too many requests to pair: wait a little")
        elif not self._for_strangers(request):
            require(self._door(request), Permission.READ)

    async def handle(self, request: Request) -> Response:
        """Answer one request that was admitted."""
        pairing = self._pairing.get(request.path)
        if pairing is not None:
            return await pairing(request)
        if self._for_strangers(request):
            return PUBLIC[request.path](request)
        return await self._handle(request)

    def watch(self, request: Request) -> AsyncIterator[Response] | None:
        """Return the notifications of a resource, or None where there are none, to a request that was admitted."""
        if request.path in self._pairing or self._for_strangers(request):
            return None
        stream = self._watch(request)
        return None if stream is None else self._guarded(request, stream)

    def _for_strangers(self, request: Request) -> bool:
        """Return whether this is somebody nobody knows who asks for what is public."""
        if request.identity or request.path not in PUBLIC or request.method is not Method.GET:
            return False
        try:
            self._door(request)
        except Unauthenticated:
            return True
        return False

    async def _guarded(self, request: Request, stream: AsyncIterator[Response]) -> AsyncIterator[Response]:
        try:
            async for response in stream:
                require(self._door(request), Permission.READ)
                yield response
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()
