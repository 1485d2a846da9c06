"""A native appliance on CoAP: a server of its own on its own IPv4 address (port 5683 unless told otherwise, 0 for any free one).

One that was paired speaks under its key alone.
"""

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.coap_endpoint import Endpoint, Site
from firmware_sim.wires.coap_resources import NativeResources
from firmware_sim.wires.coap_site import CoapSite
from firmware_sim.wires.desk import desk_of
from firmware_sim.wires.thing import COAP_PORT, Thing, describe


class Wire:
    """The CoAP wire of one unit."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance = appliance
        self._network = network
        self._options = options
        self._endpoint = Endpoint(network)
        self._port: int | None = None
        self._thing: Thing | None = None
        self._stack = AsyncExitStack()

    @property
    def port(self) -> int | None:
        """Return the UDP port, once bound."""
        return self._port

    async def __aenter__(self) -> Self:
        """Bind; OSError when the address or the port cannot be had."""
        wanted = COAP_PORT if self._options.port is None else self._options.port
        site: Site = CoapSite(self._resources())
        async with AsyncExitStack() as stack:
            if self._options.credentials is not None:
                site = _locked(site, self._options.credentials, self._appliance.identifier, stack)
            self._port = await self._endpoint.open(wanted, site)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close; CoAP has no goodbye."""
        await self._endpoint.close()
        await self._stack.aclose()

    def _resources(self) -> NativeResources:
        return NativeResources(self._appliance, desk_of(self._appliance), self._describe)

    def _describe(self) -> Thing:
        """Return the Thing Description; it is the same for as long as the wire lives."""
        if self._thing is None:
            self._thing = describe(self._appliance, self._network, self._options, coap_port=self._port)
        return self._thing


def _locked(site: Site, credentials: Path, identifier: str, stack: AsyncExitStack) -> Site:
    from firmware_sim.wires.coap_lock import Lock, LockedSite  # noqa: PLC0415 - it needs the extra `trust`

    lock = Lock(credentials)
    stack.callback(lock.close)
    return LockedSite(site, lock, identifier)
