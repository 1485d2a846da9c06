"""A simulated device that announces itself on a broker of the hub's own, as a Bench."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware_sim.plan import UnitPlan
from gateway.drivers.mqttdiscovery import DRIVER
from gateway.drivers.spi import Candidate, registration_of
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench, living
from tests.drivers.native_bench import hub
from tests.drivers.watching import heard
from tests.kit.addresses import address


class DiscoveredBench(Bench):
    async def found(self) -> Candidate:
        """Return what its announcements make of it; a broker tells no addresses, so the place is the one the test knows."""
        candidate = await heard(DRIVER, self.context)
        return replace(candidate, address=self.network.address)

    async def garbage(self) -> None:
        """Say on its topics, and in its announcements' place, what no firmware would."""
        assert self.context.mqtt is not None
        node = self.registration.key
        for payload in (b"", b"\xff\xfe", b"[]", b"{", b"null", b'{"state":[]}', b'{"brightness":"NaN"}', b"[" * 5000, b"x" * 100_000):
            for topic in (f"simulated/{node}/state", f"simulated/{node}/status", f"homeassistant/light/{node}/other/config"):
                await self.context.mqtt.publish(topic, payload)


@asynccontextmanager
async def discovered(
    folder: Path,
    kind: str = "light",
    *,
    features: tuple[str, ...] | None = None,
    facts: Mapping[str, Any] | None = None,
    settings: Mapping[str, Value] | None = None,
    read_only: frozenset[str] = frozenset(),
) -> AsyncIterator[DiscoveredBench]:
    """Start a broker and a device on it, and find it there."""
    async with hub(folder) as (lent, broker):
        assert isinstance(lent.clock, SystemClock)
        name = f"{kind[:4]}-{secrets.token_hex(4)}"
        plan = UnitPlan(
            kind=kind,
            wire="mqttdiscovery",
            id=name,
            address=address(),
            broker=broker.address.url,
            features=features,
            facts=facts or {},
            settings=settings or {},
        )
        async with living(plan) as unit:
            candidate = await heard(DRIVER, lent)
            await asyncio.sleep(0)
            yield DiscoveredBench(
                driver=DRIVER,
                context=lent,
                clock=lent.clock,
                unit=unit,
                registration=registration_of(replace(candidate, address=unit.network.address)),
                read_only=read_only,
            )
