"""One CoAP client for all sessions of a gateway: the first that needs it opens it, the last that leaves closes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from gateway.drivers.spi import Context
from gateway.protocol.coap import CoapClient
from gateway.protocol.coap.sealing import PeerKeys


class _Lease:
    def __init__(self, context: Context) -> None:
        self.client = CoapClient(clock=context.clock, keys=context.keys)
        self.users = 0
        self.lock = asyncio.Lock()


_LEASES: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[PeerKeys | None, _Lease]]" = WeakKeyDictionary()


@asynccontextmanager
async def coap_client(context: Context) -> AsyncIterator[CoapClient]:
    """Lend the client that all sessions of a gateway share: those on this event loop, with the same keys."""
    leases = _LEASES.setdefault(asyncio.get_running_loop(), {})
    lease = leases.get(context.keys)
    if lease is None:
        lease = leases[context.keys] = _Lease(context)
    async with lease.lock:
        if lease.users == 0:
            await lease.client.__aenter__()
        lease.users += 1
    try:
        yield lease.client
    finally:
        async with lease.lock:
            lease.users -= 1
            if lease.users == 0:
                leases.pop(context.keys, None)
                await lease.client.__aexit__(None, None, None)
