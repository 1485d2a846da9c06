"""A simulated device that announces itself on a broker of the hub's own, as a Bench."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware_sim.plan import UnitPlan
from gateway.drivers.mqttdiscovery import DRIVER
from gateway.drivers.spi import Candidate, Context, Sighting, WatchContext, registration_of
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench, living
from tests.drivers.kit import until
from tests.drivers.native_bench import hub
from tests.kit.addresses import address


class DiscoveredBench(Bench):
    async def found(self) -> Candidate:
        """Return what its announcements make of it; a broker tells no addresses, so the place is the one the test knows."""
        candidate = await heard(self.context)
        return replace(candidate, address=self.network.address)

    async def garbage(self) -> None:
        """Say on its topics, and in its announcements' place, what no firmware would."""
        assert self.context.mqtt is not None
        node = self.registration.key
        for payload in (b"", b"\xff\xfe", b"[]", b"{", b"null", b'{"state":[]}', b'{"brightness":"NaN"}', b"[" * 5000, b"x" * 100_000):
            for topic in (f"simulated/{node}/state", f"simulated/{node}/status", f"homeassistant/light/{node}/other/config"):
                await self.context.mqtt.publish(topic, payload)


@asynccontextmanager
async def watching(lent: Context, known: Iterable[str] = ()) -> AsyncIterator[tuple[list[Sighting], list[str]]]:
    """Let the driver listen; yield what it has seen, and why it has not used other things. Both grow."""
    seen: list[Sighting] = []
    dropped: list[str] = []
    taken = frozenset(known)
    context = WatchContext(
        context=lent,
        see=seen.append,
        known=lambda key: key in taken,
        asked=lambda _where, _what: None,
        dropped=lambda _where, why: dropped.append(why),
    )
    assert DRIVER.watch is not None
    async with DRIVER.watch(context):
        yield seen, dropped


async def heard(lent: Context) -> Candidate:
    """Return the first device that is seen on the broker."""
    async with watching(lent) as (seen, dropped):
        await until(lambda: seen, f"a device is seen: {dropped}")
        candidate = DRIVER.recognise(seen[0])
    assert candidate is not None
    return candidate


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
            candidate = await heard(lent)
            await asyncio.sleep(0)
            yield DiscoveredBench(
                driver=DRIVER,
                context=lent,
                clock=lent.clock,
                unit=unit,
                registration=registration_of(replace(candidate, address=unit.network.address)),
                read_only=read_only,
            )
