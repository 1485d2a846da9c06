"""An announcement over mDNS, for a wire that is spoken to on another: silent with its network, with a goodbye when it may."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from zeroconf.asyncio import AsyncServiceInfo

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.responder import START_SECONDS, Responder, responder


class Announced:
    """The announcement of one unit as a `service`, on the interfaces in `options.interfaces`; `told` is its TXT record."""

    def __init__(
        self,
        appliance: Appliance,
        network: Network,
        options: WireOptions,
        *,
        service: str,
        name: str,
        host: str,
        port: int,
        told: Mapping[str, str],
    ) -> None:
        self.service = AsyncServiceInfo(
            service,
            f"{name}.{service}",
            port=port if options.port is None else options.port,
            addresses=[socket.inet_aton(network.address)],
            server=f"{host}.local.",
            properties=dict(told),
        )
        self._appliance = appliance
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

    @property
    def silent(self) -> bool:
        """Whether nobody hears it at the moment."""
        return self._network.mute

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._shared = await stack.enter_async_context(responder(self._interfaces))
            await self._shared.zeroconf.zeroconf.async_wait_for_start(START_SECONDS)
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
        """Be heard or not, as the network and the unit are."""
        if self.silent:
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
