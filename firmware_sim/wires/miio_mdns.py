"""How a Xiaomi device announces itself: `_miio._udp` over mDNS, under a name that says its model and its number.

    zhimi-airpurifier-mb3_miio123456789._miio._udp.local.

That is all it tells to everybody; what else stands in its TXT record (`epoch`, `mac`) is from memory. It falls silent with its network, and
says goodbye when it is let to.
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
from firmware_sim.wires.miio.identity import identity_of
from firmware_sim.wires.miio.sheet import sheet_for
from firmware_sim.wires.miio_lan import PORT
from firmware_sim.wires.responder import Responder, responder

SERVICE = "_miio._udp.local."


class Wire:
    """The announcement of one device, on the interfaces in `options.interfaces`."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        identity = identity_of(appliance.identifier, options.facts)
        model = sheet_for(appliance.kind, options.facts.get("model")).model
        host = f"{model.replace('.', '-')}_miio{identity.device}"
        self.service = AsyncServiceInfo(
            SERVICE,
            f"{host}.{SERVICE}",
            port=PORT if options.port is None else options.port,
            addresses=[socket.inet_aton(network.address)],
            server=f"{host}.local.",
            properties={"epoch": "1", "mac": identity.mac.replace(":", "").lower()},
        )
        self._network = network
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
        """Be heard or not, as the network is."""
        if self._network.mute:
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
