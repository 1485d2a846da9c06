"""The gateway's mDNS announcements (profile 3.6): where its CoAP and MQTT endpoints are, and that it is a directory of Things.

TXT carries only hints: never a serial number, owner, room or firmware build.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from gateway.protocol.mdns import Announcer

LAYOUT = "1"


@asynccontextmanager
async def announced(
    identifier: str, *, interfaces: Sequence[str], coap: tuple[str, int] | None, mqtt: tuple[str, int] | None, boot: int
) -> AsyncIterator[None]:
    """Announce the endpoints (address, port) on `interfaces` for as long as the context lives."""
    server = f"{identifier}.local."
    common = {"txtvers": "1", "id": identifier, "lv": LAYOUT, "b": str(boot % 256)}
    async with Announcer(interfaces) as announcer:
        say = partial(announcer.announce, server=server)
        saying: list[Awaitable[None]] = []
        if coap is not None:
            txt = common | {"td": "/.well-known/wot", "type": "Directory", "scheme": "coap", "k": "gateway", "mq": "1" if mqtt else "0"}
            saying.append(say("_wot._udp.local.", identifier, coap[1], txt, addresses=[coap[0]], subtypes=["_directory"]))
            saying.append(say("_coap._udp.local.", identifier, coap[1], common, addresses=[coap[0]]))
        if mqtt is not None:
            txt = common | {"topic": f"hulian/1/{identifier}"}
            saying.append(say("_mqtt._tcp.local.", identifier, mqtt[1], txt, addresses=[mqtt[0]]))
        for outcome in await asyncio.gather(*saying, return_exceptions=True):  # each is a second of probing: side by side
            if outcome is not None:
                raise outcome
        yield
