"""A simulated device behind a bridge on a broker of the hub's own, as a Bench."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware_sim.plan import UnitPlan
from gateway.drivers.spi import Candidate, registration_of
from gateway.drivers.zigbee2mqtt import DRIVER
from gateway.thing.clock import SystemClock
from tests.drivers.contract_bench import Bench, living
from tests.drivers.native_bench import hub
from tests.drivers.watching import heard
from tests.kit.addresses import address

GARBAGE = (b"", b"\xff\xfe", b"[]", b"{", b"null", b'{"state":[]}', b'{"state":{"x":1}}', b'{"power":"NaN"}', b"[" * 5000, b"x" * 100_000)


class BridgedBench(Bench):
    async def found(self) -> Candidate:
        """Return what the bridge's list makes of it; a broker tells no addresses, so the place is the one the test knows."""
        return replace(await heard(DRIVER, self.context), address=self.network.address)

    async def garbage(self) -> None:
        """Say on its topics, and beside its bridge, what no bridge would."""
        assert self.context.mqtt is not None
        name = self.appliance.identifier
        for payload in GARBAGE:
            for topic in (f"zigbee2mqtt/{name}", f"zigbee2mqtt/{name}/availability", "other/bridge/devices", "other/bridge/state"):
                await self.context.mqtt.publish(topic, payload)


@asynccontextmanager
async def bridged(
    folder: Path, kind: str, *, features: tuple[str, ...] | None = None, read_only: frozenset[str] = frozenset(), **facts: Any
) -> AsyncIterator[BridgedBench]:
    """Start a broker, a bridge and a device there, and find it."""
    async with hub(folder) as (lent, broker):
        assert isinstance(lent.clock, SystemClock)
        told: Mapping[str, Any] = {"lost": 1.0, **facts}
        plan = UnitPlan(
            kind=kind,
            wire="zigbee2mqtt",
            id=f"{kind[:4]}-{secrets.token_hex(4)}",
            address=address(),
            broker=broker.address.url,
            features=features,
            facts=told,
        )
        async with living(plan) as unit:
            candidate = await heard(DRIVER, lent)
            yield BridgedBench(
                driver=DRIVER,
                context=lent,
                clock=lent.clock,
                unit=unit,
                registration=registration_of(replace(candidate, address=unit.network.address)),
                read_only=read_only,
            )
