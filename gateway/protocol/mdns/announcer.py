"""Says what is here, and takes it back.

A subtype needs a second responder: the library knows one set of records for a name. Both say the same of the instance,
and one of them also points to it from the subtype.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from zeroconf import NonUniqueNameException
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.errors import ConfigurationInvalid
from gateway.protocol.mdns.answer import check_txt
from gateway.protocol.mdns.node import open_node

GOODBYE = 1.5
"""Seconds after which a withdrawn name is free again, in our own ears too."""
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One instance as it was last announced; `types`: the service type, then its subtypes as full names."""

    types: tuple[str, ...]
    instance: str
    port: int
    txt: Mapping[str, str]
    server: str
    addresses: tuple[str, ...]

    def info(self, type_: str) -> AsyncServiceInfo:
        """Return the library's records for one of the types."""
        return AsyncServiceInfo(
            type_,
            f"{self.instance}.{self.types[0]}",
            port=self.port,
            properties=dict(self.txt),
            server=self.server,
            parsed_addresses=list(self.addresses),
        )


class Announcer:
    """Announces services on chosen interfaces (local IPv4 addresses); `async with` is its life, leaving says goodbye."""

    def __init__(self, interfaces: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._interfaces = tuple(interfaces)
        self._nodes: list[AsyncZeroconf] = []
        self._opening = asyncio.Lock()
        self._announced: dict[tuple[str, str], Announced] = {}

    async def __aenter__(self) -> Self:
        await self._node(0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        async with asyncio.TaskGroup() as group:
            for node in self._nodes:
                group.create_task(node.async_close(), name="mdns goodbye")

    async def announce(
        self,
        service_type: str,
        instance: str,
        port: int,
        txt: Mapping[str, str],
        *,
        server: str,
        addresses: Sequence[str],
        subtypes: Sequence[str] = (),
    ) -> None:
        """Announce `instance` (probing takes about a second), or say anew where it is when it is announced already.

        `service_type` ends in `.local.`, `server` too; `subtypes` are bare words such as `_air-conditioner`.
        """
        types = (service_type, *(f"{subtype}._sub.{service_type}" for subtype in subtypes))
        wanted = Announced(types=types, instance=instance, port=port, txt=check_txt(txt), server=server, addresses=tuple(addresses))
        before = self._announced.get((service_type, instance))
        if before is not None and before.types != types:
            await self.withdraw(service_type, instance)
            before = None
        for index, type_ in enumerate(types):
            await (self._register if before is None else self._update)(index, wanted.info(type_))
        self._announced[service_type, instance] = wanted

    async def update_txt(self, service_type: str, instance: str, txt: Mapping[str, str]) -> None:
        """Say other TXT values for an announced instance."""
        wanted = replace(self._announced[service_type, instance], txt=check_txt(txt))
        self._announced[service_type, instance] = wanted
        for index, type_ in enumerate(wanted.types):
            await self._update(index, wanted.info(type_))

    async def withdraw(self, service_type: str, instance: str) -> None:
        """Say goodbye for `instance`; nothing happens when it is not announced."""
        announced = self._announced.pop((service_type, instance), None)
        if announced is None:
            return
        for index, type_ in enumerate(announced.types):
            node = await self._node(index)
            await (await node.async_unregister_service(announced.info(type_)))

    async def _register(self, index: int, info: AsyncServiceInfo) -> None:
        """Probe and announce; a name just withdrawn is waited for."""
        node = await self._node(index)
        for tried in range(1, TRIES + 1):
            try:
                saying = await node.async_register_service(info, cooperating_responders=index > 0)
            except NonUniqueNameException as error:
                if tried == TRIES:
                    raise ConfigurationInvalid(f"{info.name} is taken by another machine: give this one another name") from error
                await asyncio.sleep(GOODBYE)
            else:
                await saying
                return

    async def _update(self, index: int, info: AsyncServiceInfo) -> None:
        node = await self._node(index)
        await (await node.async_update_service(info))

    async def _node(self, index: int) -> AsyncZeroconf:
        """Return the responder for the service type (0) or for the n-th subtype."""
        async with self._opening:
            while len(self._nodes) <= index:
                self._nodes.append(await open_node(self._interfaces, self.counts))
        return self._nodes[index]
