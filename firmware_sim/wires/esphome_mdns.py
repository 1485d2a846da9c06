"""How an ESPHome node announces itself: `_esphomelib._tcp` under its own name, with its MAC, its program and whether it has a key."""

import asyncio
import socket
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from zeroconf.asyncio import AsyncServiceInfo

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome.identity import SUITE, identity_of
from firmware_sim.wires.esphome.node import node_sheet
from firmware_sim.wires.esphome_api import PORT
from firmware_sim.wires.responder import Responder, responder

SERVICE = "_esphomelib._tcp.local."


class Wire:
    """The announcement of one node, on the interfaces in `options.interfaces`; it falls silent with its network."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        identity = identity_of(appliance.identifier, options.facts)
        node = node_sheet(appliance.kind, options.facts.get("node"))["node"]
        told = {
            "friendly_name": node.get("friendly_name"),
            "version": node.get("esphome_version"),
            "mac": identity.compact,
            "platform": "ESP32",
            "board": node.get("board"),
            "network": "wifi",
            "project_name": node.get("project_name"),
            "project_version": node.get("project_version"),
            "api_encryption": SUITE if identity.key else None,
        }
        self.service = AsyncServiceInfo(
            SERVICE,
            f"{identity.name}.{SERVICE}",
            port=PORT if options.port is None else options.port,
            addresses=[socket.inet_aton(network.address)],
            server=f"{identity.name}.local.",
            properties={name: value for name, value in told.items() if value},
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
