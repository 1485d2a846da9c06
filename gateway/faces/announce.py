"""The gateway's mDNS announcements (profile 3.6): where its CoAP and MQTT endpoints are, and that it is a directory of Things.

TXT carries only hints: never a serial number, owner, room or firmware build.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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
        if coap is not None:
            txt = common | {"td": "/.well-known/wot", "type": "Directory", "scheme": "coap", "k": "gateway", "mq": "1" if mqtt else "0"}
            await announcer.announce(
                "_wot._udp.local.", identifier, coap[1], txt, server=server, addresses=[coap[0]], subtypes=["_directory"]
            )
            await announcer.announce("_coap._udp.local.", identifier, coap[1], common, server=server, addresses=[coap[0]])
        if mqtt is not None:
            txt = common | {"topic": f"hulian/1/{identifier}"}
            await announcer.announce("_mqtt._tcp.local.", identifier, mqtt[1], txt, server=server, addresses=[mqtt[0]])
        yield
