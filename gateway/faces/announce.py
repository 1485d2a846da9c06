"""The gateway's mDNS announcements (profile 3.6): where its CoAP and MQTT endpoints are, and that it is a directory of Things.

Served on the LAN, the hub says so there, with the addresses a stranger can reach; else only on loopback, to this machine. TXT
carries only hints: never a serial number, owner, room or firmware build. `pr` tells whether somebody could pair now.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from gateway.protocol.mdns import Announcer
from gateway.thing.clock import Clock

LAYOUT = "1"
OPEN, CODE, CLOSED = "0", "1", "2"
"""What `pr` says: no key needed, a code is asked for, nobody is let in at present."""
LOOK_SECONDS = 1.0
"""How often is looked whether `pr` has changed."""

_WOT, _COAP, _MQTT, _MQTTS = (f"{name}.local." for name in ("_wot._udp", "_coap._udp", "_mqtt._tcp", "_secure-mqtt._tcp"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What is served on `addresses` (also where it is announced): the ports of CoAP, of plain MQTT and of MQTT over TLS; None: not."""

    addresses: Sequence[str]
    coap: int | None = None
    mqtt: int | None = None
    mqtts: int | None = None


@dataclass(frozen=True, slots=True)
class _Service:
    type: str
    port: int
    txt: Mapping[str, str] = field(default_factory=dict)
    subtypes: tuple[str, ...] = ()


@asynccontextmanager
async def announced(identifier: str, endpoints: Endpoints, *, boot: int, pairing: Callable[[], str], clock: Clock) -> AsyncIterator[None]:
    """Announce the endpoints for as long as the context lives; `pairing()` is what `pr` says now."""
    services = _services(identifier, endpoints)
    common = {"txtvers": "1", "id": identifier, "lv": LAYOUT, "b": str(boot % 256)}

    def txt(service: _Service) -> dict[str, str]:
        return {**common, **service.txt, "pr": pairing()}

    async with Announcer(endpoints.addresses) as announcer, asyncio.TaskGroup() as tasks:
        say = partial(announcer.announce, instance=identifier, server=f"{identifier}.local.", addresses=endpoints.addresses)
        saying: list[Awaitable[None]] = [say(each.type, port=each.port, txt=txt(each), subtypes=each.subtypes) for each in services]
        for outcome in await asyncio.gather(*saying, return_exceptions=True):  # each is a second of probing: side by side
            if outcome is not None:
                raise outcome
        keeping = tasks.create_task(_keep_true(announcer, identifier, services, txt, pairing, clock), name="announce: pairing")
        yield
        keeping.cancel()


async def _keep_true(
    announcer: Announcer,
    identifier: str,
    services: Sequence[_Service],
    txt: Callable[[_Service], dict[str, str]],
    pairing: Callable[[], str],
    clock: Clock,
) -> None:
    """Say `pr` anew whenever it changes."""
    said = pairing()
    while True:
        await clock.sleep(LOOK_SECONDS)
        if pairing() != said:
            said = pairing()
            for service in services:
                await announcer.update_txt(service.type, identifier, txt(service))


def _services(identifier: str, endpoints: Endpoints) -> tuple[_Service, ...]:
    topic = {"topic": f"hulian/1/{identifier}"}
    on_mqtt = "1" if endpoints.mqtt or endpoints.mqtts else "0"
    directory = {"td": "/.well-known/wot", "type": "Directory", "scheme": "coap", "k": "gateway", "mq": on_mqtt}
    known: tuple[tuple[str, int | None, Mapping[str, str], tuple[str, ...]], ...] = (
        (_WOT, endpoints.coap, directory, ("_directory",)),
        (_COAP, endpoints.coap, {}, ()),
        (_MQTT, endpoints.mqtt, topic, ()),
        (_MQTTS, endpoints.mqtts, topic, ()),
    )
    return tuple(_Service(type_, port, hints, subtypes) for type_, port, hints, subtypes in known if port is not None)
