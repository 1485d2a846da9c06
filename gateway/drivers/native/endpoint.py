"""One CoAP client for all sessions of a gateway: the first that needs it opens it, the last that leaves closes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from gateway.protocol.coap import CoapClient
from gateway.thing.clock import Clock


class _Lease:
    def __init__(self, clock: Clock) -> None:
        self.client = CoapClient(clock=clock)
        self.users = 0
        self.lock = asyncio.Lock()


_LEASES: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Lease]" = WeakKeyDictionary()


@asynccontextmanager
async def coap_client(clock: Clock) -> AsyncIterator[CoapClient]:
    """Lend the client that all sessions on this event loop share."""
    loop = asyncio.get_running_loop()
    lease = _LEASES.get(loop)
    if lease is None:
        lease = _LEASES[loop] = _Lease(clock)
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
                _LEASES.pop(loop, None)
                await lease.client.__aexit__(None, None, None)
