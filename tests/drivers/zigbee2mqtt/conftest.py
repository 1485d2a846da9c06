"""A broker with the hub's client on it, simulated devices behind a bridge there, and what discovery would hear."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.spi import Candidate, Context, Registration, Sighting, WatchContext, registration_of
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.zigbee2mqtt import DRIVER
from gateway.protocol.broker import PrivateBroker
from tests.drivers.contract_bench import LIMITS, living
from tests.drivers.kit import RecordingSink, until
from tests.drivers.native_bench import hub
from tests.kit.addresses import address


@dataclass
class Heard:
    """What a watch told."""

    sightings: list[Sighting] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def candidates(self) -> dict[str, Candidate]:
        """Return who is there now by address on the radio."""
        there: dict[str, Candidate] = {}
        for sighting in self.sightings:
            candidate = DRIVER.recognise(sighting)
            assert candidate is not None
            if sighting.gone:
                there.pop(candidate.key, None)
            else:
                there[candidate.key] = candidate
        return there

    def named(self, title: str) -> Candidate:
        return next(each for each in self.candidates.values() if each.title == title)


@dataclass
class Hub:
    """The hub's side of a broker."""

    context: Context
    broker: PrivateBroker
    stack: AsyncExitStack

    @property
    def url(self) -> str:
        return self.broker.address.url

    async def say(self, topic: str, content: Any, *, retain: bool = False) -> None:
        """Publish as a bridge would."""
        assert self.context.mqtt is not None
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        await self.context.mqtt.publish(topic, payload, retain=retain)

    async def unit(self, kind: str, **facts: Any) -> Unit:
        """Return a simulated device on a bridge of this broker."""
        features = facts.pop("features", None)
        plan = UnitPlan(
            kind=kind,
            wire="zigbee2mqtt",
            address=address(),
            broker=self.url,
            id=facts.pop("id", None),
            features=None if features is None else tuple(features),
            facts={"lost": 1.0, **facts},
        )
        return await self.stack.enter_async_context(living(plan))

    @asynccontextmanager
    async def watched(self, known: Iterable[str] = ()) -> AsyncIterator[Heard]:
        """Hear what the driver hears."""
        heard = Heard()
        taken = frozenset(known)
        wanted = WatchContext(
            context=self.context,
            see=heard.sightings.append,
            known=taken.__contains__,
            asked=lambda _where, _what: None,
            dropped=lambda where, why: heard.dropped.append((where, why)),
        )
        assert DRIVER.watch is not None
        async with DRIVER.watch(wanted):
            yield heard

    async def find(self, title: str) -> Registration:
        """Return the registration of the device that is called so."""
        async with self.watched() as heard:
            await until(lambda: any(each.title == title for each in heard.candidates.values()), f"{title} is listed")
            return registration_of(heard.named(title))

    @asynccontextmanager
    async def home(self, *registrations: Registration) -> AsyncIterator["Home"]:
        """Keep sessions for as long as the context lives."""
        sink = RecordingSink()
        async with Supervisor(sink, self.context, lambda _: DRIVER, limits=LIMITS) as supervisor:
            for registration in registrations:
                supervisor.add(registration)
            yield Home(sink, supervisor)


@dataclass
class Home:
    sink: RecordingSink
    supervisor: Supervisor

    @property
    def device(self) -> str:
        return self.sink.attached[0]

    @property
    def values(self) -> Mapping[str, Any]:
        return self.sink.values.get(self.device, {}) if self.sink.attached else {}

    @property
    def online(self) -> bool:
        return bool(self.sink.attached) and self.sink.online[self.device]

    async def whole(self) -> None:
        await until(lambda: any(report.complete for report in self.sink.reports), f"a complete report; {self.supervisor.status()}")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub(tmp_path) as (context, broker), AsyncExitStack() as stack:
        yield Hub(context, broker, stack)


Until = Callable[[Callable[[], Any], str], Any]
__all__ = ["Heard", "Home", "Hub", "asyncio"]
