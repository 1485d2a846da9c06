"""How a box announces its remote service: `_androidtvremote2._tcp` over mDNS, under the name its owner gave it, with its address (`bt`).

The type is a letter longer than the standard allows, and so it is announced all the same. A box falls silent with its network, and says
goodbye when it is let to; with the quirk `vanishes-when-off` it is heard only while it is on.
"""

import asyncio
import socket
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from zeroconf.asyncio import AsyncServiceInfo

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.androidtv.box import box_of
from firmware_sim.wires.androidtv_remote import PORT
from firmware_sim.wires.responder import Responder, responder

SERVICE = "_androidtvremote2._tcp.local."


class Wire:
    """The announcement of one box, on the interfaces in `options.interfaces`."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        box = box_of(appliance, options.facts)
        name = str(options.facts.get("name", f"{box.model} {box.mac[-2:]}"))
        self.service = AsyncServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            port=PORT if options.port is None else options.port,
            addresses=[socket.inet_aton(network.address)],
            server=f"android-{box.mac.replace(':', '').lower()}.local.",
            properties={"bt": box.mac},
        )
        self._appliance = appliance
        self._network = network
        self._hidden_when_off = "vanishes-when-off" in options.facts.get("quirks", ())
        self._interfaces = options.interfaces
        self._stack = AsyncExitStack()
        self._shared: Responder | None = None
        self._broadcasts: set[asyncio.Future[Any]] = set()
        self._shown = False

    @property
    def port(self) -> int | None:
        """The port announced is the other wire's."""
        return None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._shared = await stack.enter_async_context(responder(self._interfaces))
            await self._shared.zeroconf.zeroconf.async_wait_for_start()
            stack.callback(self._network.listen(self._follow))
            stack.callback(self._appliance.listen(lambda _: self._follow()))
            self._follow()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say goodbye if the network lets us, else just fall silent."""
        shared = self._shared
        if shared is not None and self._shown and self._network.goodbye:
            await (await shared.zeroconf.async_unregister_service(self.service))
        self._hide()
        await self._stack.aclose()

    def _follow(self) -> None:
        """Be heard or not, as the network and the quirk are."""
        if self._network.mute or (self._hidden_when_off and not self._appliance.values()["power"]):
            self._hide()
        elif not self._shown and self._shared is not None:
            self._shown = True
            self._broadcasts.add(asyncio.ensure_future(self._announce(self._shared)))

    async def _announce(self, shared: Responder) -> None:
        await (await shared.zeroconf.async_update_service(self.service))

    def _hide(self) -> None:
        if self._shared is not None and self._shown:
            self._shared.zeroconf.zeroconf.registry.async_remove([self.service])
        self._shown = False
        for broadcast in self._broadcasts:
            broadcast.cancel()
        self._broadcasts.clear()
