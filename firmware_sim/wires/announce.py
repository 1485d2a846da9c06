"""How a native appliance is found: `_wot._udp` over mDNS, with a host name of its own and the subtype of its kind.

The TXT record says what a gateway needs before it asks: id, kind, features, whether there is MQTT as well, the first digits of the Thing
Description's hash, the boot counter. They are hints; the Thing Description decides. Never in it: serial number, room, owner.
"""

import asyncio
import errno
import socket
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from zeroconf import NonUniqueNameException, ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.responder import START_SECONDS, Responder, responder
from firmware_sim.wires.thing import COAP_PORT, Thing, describe, speaks_mqtt

SERVICE = "_wot._udp.local."
_LONGEST_FEATURES = 80
_SECOND_ANNOUNCEMENT = 1.2


class Wire:
    """The announcement of one unit, on the interfaces in `options.interfaces`."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance = appliance
        self._network = network
        self._options = options
        self._stack = AsyncExitStack()
        self._responder: Responder | None = None
        self._services: tuple[ServiceInfo, ...] = ()
        self._broadcasts: list[asyncio.Future[Any]] = []
        self._stirred = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None
        self._shown = False
        self._dark = False

    @property
    def port(self) -> int | None:
        """The port announced is the CoAP wire's."""
        return None

    async def __aenter__(self) -> Self:
        """Probe (about a second, the first time) and announce; OSError when another host has the name or an interface is missing."""
        self._services = services(self._appliance, self._network, self._options, self._text_record())
        async with AsyncExitStack() as stack:
            self._responder = await stack.enter_async_context(responder(self._options.interfaces))
            await self._probe(self._responder)
            self._responder.names.add(self._appliance.identifier)
            await self._show(self._responder)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            self._follower = group.create_task(self._follow(self._responder), name=f"mdns {self._appliance.identifier}")
            stack.callback(self._network.listen(self._heard))
            self._heard()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say goodbye if the network lets us, else just fall silent."""
        if self._follower is not None:
            self._follower.cancel()
        if self._responder is not None and self._shown:
            goodbye = self._services if self._network.goodbye else ()
            self._stop_broadcasts()
            for service in goodbye:
                self._broadcasts.append(asyncio.ensure_future(await self._responder.zeroconf.async_unregister_service(service)))
            await asyncio.gather(*self._broadcasts)
            self._hide(self._responder)
        await self._stack.aclose()

    def _text_record(self) -> dict[str, str]:
        return text_record(self._appliance, self._options, describe(self._appliance, self._network, self._options))

    async def _probe(self, shared: Responder) -> None:
        """Ask whether the name is free, unless it was ours a moment ago."""
        base = self._services[0]
        known = self._appliance.identifier in shared.names
        try:
            await shared.zeroconf.zeroconf.async_wait_for_start(START_SECONDS)
            await shared.zeroconf.zeroconf.async_check_service(base, allow_name_change=False, cooperating_responders=known)
        except NonUniqueNameException as error:
            raise OSError(errno.EEXIST, f"another host announces {base.name}") from error

    async def _follow(self, shared: Responder) -> None:
        """Answer again when a silent network comes back; each time announce once more after a second, which makes caches drop the old."""
        while True:
            self._stirred.clear()
            if not self._shown and not self._network.mute and not self._dark:
                await self._show(shared)
            if self._shown:
                await asyncio.sleep(_SECOND_ANNOUNCEMENT)
            if self._shown:
                await self._show(shared)
            await self._stirred.wait()

    def _heard(self) -> None:
        """Fall silent at once with the network, and after a power cut for good: a fresh wire speaks for the next boot."""
        self._stirred.set()
        self._dark = self._dark or not self._network.powered
        if self._network.mute and self._shown and self._responder is not None:
            self._hide(self._responder)

    async def _show(self, shared: Responder) -> None:
        self._shown = True
        for service in self._services:
            self._broadcasts.append(asyncio.ensure_future(await shared.zeroconf.async_update_service(service)))

    def _hide(self, shared: Responder) -> None:
        self._shown = False
        shared.zeroconf.zeroconf.registry.async_remove(list(self._services))
        self._stop_broadcasts()

    def _stop_broadcasts(self) -> None:
        for broadcast in self._broadcasts:
            broadcast.cancel()
        self._broadcasts.clear()


def services(appliance: Appliance, network: Network, options: WireOptions, record: dict[str, str]) -> tuple[ServiceInfo, ...]:
    """Return the service, and itself again under the subtype of its kind."""
    name = f"{appliance.identifier}.{SERVICE}"
    facts: dict[str, Any] = {
        "port": options.coap_port if options.coap_port is not None else COAP_PORT,
        "addresses": [socket.inet_aton(network.address)],
        "server": f"{appliance.identifier}.local.",
        "properties": record,
    }
    base = AsyncServiceInfo(SERVICE, name, **facts)
    subtype = AsyncServiceInfo(f"_{appliance.kind}._sub.{SERVICE}", name, **facts)
    subtype.key = f"{appliance.kind}/{subtype.key}"  # the registry knows one entry a key, and both have the same name
    return base, subtype


def text_record(appliance: Appliance, options: WireOptions, thing: Thing) -> dict[str, str]:
    """Return the TXT keys, in the order of the standard."""
    model = appliance.profile.version
    return {
        "txtvers": "1",
        "id": appliance.identifier,
        "k": appliance.kind,
        "pv": ".".join(model.split(".")[:2]),
        "f": _features(appliance.features),
        "mq": "1" if speaks_mqtt(options) else "0",
        "lv": "1",
        "h": thing.digest.hex()[:8],
        "pr": "0",
        "b": str(appliance.boot % 256),
        "td": "/d/self/td",
        "type": "Thing",
        "scheme": "coap",
    }


def _features(features: tuple[str, ...]) -> str:
    """Return as many whole names as fit into 80 bytes."""
    text = ",".join(features)
    return text if len(text) <= _LONGEST_FEATURES else text[: _LONGEST_FEATURES + 1].rpartition(",")[0]
