"""What a contract is tried on: one simulated appliance on its wire, found and paired as a home would do it, and one session with it."""

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.spi import Candidate, Context, Driver, Registration, SearchContext, registration_of
from gateway.drivers.supervisor import Limits, Supervisor
from gateway.drivers.table import load
from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.internet import Internet
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY, RecordingSink, stages, until, write
from tests.kit.addresses import address

LIMITS = Limits(open=15.0, refresh=5.0, first_pause=0.1, longest_pause=0.5, retry=0.2, least_gap=0.0)
PATIENCE = 25.0
"""Real seconds to wait for anything."""
AT_FIRST = 30
"""Hundredths of a second in which a driver's time runs as the wall's: enough for whatever is not late."""
STEP = 0.2
"""Virtual seconds that pass in each real hundredth while something is waited for that takes a driver's patience."""


@dataclass(kw_only=True)
class Bench:
    """A simulated appliance with its driver and how a home knows it. `answers`: what its owner answers when it is paired.

    `read_only`: what the profile lets one write and the wire does not. `only`: the one device that is tried, where a unit carries several;
    what is switched at it by hand nobody is told then.
    """

    driver: Driver
    context: Context
    clock: SystemClock
    unit: Unit
    registration: Registration
    needs: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset()
    only: str = ""

    @property
    def appliance(self) -> Appliance:
        return self.unit.appliance

    @property
    def network(self) -> Network:
        return self.unit.network

    @property
    def device(self) -> str:
        return self.unit.appliance.identifier

    async def found(self) -> Candidate:
        """Return what a home finds where the appliance is now."""
        (candidate,) = await find(self.driver, self.context, self.network.address)
        return candidate

    async def garbage(self) -> None:
        """Send the driver what no appliance would, where a wire lets anybody do that."""


async def find(driver: Driver, context: Context, where: str, patience: float = 20.0) -> tuple[Candidate, ...]:
    """Return what the driver's own search finds when it asks one address, as soon as there is something; fail when nothing is."""
    dropped: list[str] = []
    asking = SearchContext(
        interfaces=(),
        unicast=(where,),
        context=context,
        asked=lambda _where, _what: None,
        dropped=lambda _where, why: dropped.append(why),
    )
    assert driver.search is not None, "the driver has no search"
    async with asyncio.timeout(patience), aclosing(driver.search(asking)) as sightings:  # type: ignore[type-var]
        async for sighting in sightings:
            if sighting.address == where and (candidate := driver.recognise(sighting)) is not None:
                return (candidate,)
    raise AssertionError(f"the search found nothing at {where}: {dropped or 'no answer'}")


async def pair(driver: Driver, candidate: Candidate, answers: Mapping[str, str]) -> Registration:
    """Accept a candidate as the desk does: let the driver ask, or take what it needs from the answers."""

    async def ask(need: str, _question: str) -> str:
        return answers[need]

    if driver.pair is None:
        return registration_of(candidate, {need: answers[need] for need in candidate.needs})
    return registration_of(candidate, await driver.pair(candidate, ask))


@asynccontextmanager
async def living(plan: UnitPlan) -> AsyncIterator[Unit]:
    """Run a simulated appliance for as long as the context lives."""
    unit = Unit(plan)
    life = asyncio.create_task(unit.live(), name=f"unit {unit.appliance.identifier}")
    try:
        await until(lambda: unit.ready.is_set() or life.done(), "the appliance is ready")
        if life.done():
            await life
        yield unit
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


@asynccontextmanager
async def simulated(
    driver: str | Driver,
    wire: str,
    kind: str,
    *,
    facts: Mapping[str, Any] | None = None,
    answers: Mapping[str, str] | None = None,
    features: Iterable[str] | None = None,
    settings: Mapping[str, Value] | None = None,
    read_only: frozenset[str] = frozenset(),
) -> AsyncIterator[Bench]:
    """Start an appliance at a place of its own, find it with the driver's search, and pair with it."""
    used = load(driver) if isinstance(driver, str) else driver
    clock = SystemClock()
    context = Context(gateway="gw-test", clock=clock, random=Random(1), library=LIBRARY)
    plan = UnitPlan(
        kind=kind,
        wire=wire,
        address=address(),
        features=None if features is None else tuple(features),
        facts=facts or {},
        settings=settings or {},
    )
    async with living(plan) as unit:
        (candidate,) = await find(used, context, unit.network.address)
        registration = await pair(used, candidate, answers or {})
        yield Bench(
            driver=used,
            context=context,
            clock=clock,
            unit=unit,
            registration=registration,
            needs=candidate.needs,
            answers=answers or {},
            read_only=read_only,
        )


class House:
    """One session under the supervisor and what it told."""

    def __init__(self, bench: Bench, sink: RecordingSink, supervisor: Supervisor) -> None:
        self.bench = bench
        self.sink = sink
        self.supervisor = supervisor

    @property
    def device(self) -> str:
        """The first device that was attached."""
        return self.sink.attached[0]

    @property
    def values(self) -> Mapping[str, Value]:
        return self.sink.values.get(self.device, {}) if self.sink.attached else {}

    @property
    def description(self) -> Description:
        return self.sink.descriptions[self.device]

    @property
    def instance(self) -> Instance:
        description = self.description
        return self.bench.context.library.model(description.kind, description.major).instance(description)

    @property
    def online(self) -> bool:
        return bool(self.sink.attached) and self.sink.online[self.device]

    @property
    def reason(self) -> str:
        return self.supervisor.status()[0].reason

    async def whole(self) -> None:
        """Return once it has told everything it has."""
        await self.later(lambda: any(report.complete for report in self.sink.reports), "a complete report")

    async def later(self, condition: Callable[[], Any], what: str, but: Callable[[], str] = str, patience: float | None = None) -> None:
        """Return when `condition` holds; soon the driver's time runs faster until then. Fail with what did not happen, `but` what did."""
        try:
            async with asyncio.timeout(patience or PATIENCE):
                for turn in itertools.count():
                    if condition():
                        return
                    await asyncio.sleep(0.01)
                    self.bench.clock.advance(STEP if turn > AT_FIRST else 0.0)
        except TimeoutError:
            raise AssertionError(f"never happened: {what} {but()}; last reason: {self.reason!r}") from None

    async def passes(self, seconds: float) -> None:
        """Let this much of the driver's time pass, a little at a time."""
        for _ in range(round(seconds / STEP)):
            await asyncio.sleep(0.01)
            self.bench.clock.advance(STEP)

    async def shows(self, name: str, value: Value) -> None:
        """Return when the device is shown with this value."""
        await self.later(lambda: same(self.values.get(name), value), f"{name} becomes {value!r}")

    async def write(self, name: str, value: Value) -> Progress:
        """Write one property; return the terminal stage, fail when there is none or more than one."""
        return await self.do(write(self.device, name, value))

    async def do(self, command: Command) -> Progress:
        """Do a command; return the terminal stage, which must be the only one, and the last."""
        done = await stages(self.sink.sessions[self.device], command)
        terminal = [stage for stage in done if stage.state.terminal]
        assert terminal == done[-1:], f"exactly one terminal stage, at the end, not {[stage.state.value for stage in done]}"
        return done[-1]

    async def outcome(self, command: Command) -> AckState | CommandError:
        """Do a command while the driver's time runs faster; return how it ended."""
        task = asyncio.ensure_future(self.do(command))
        while not task.done():
            await asyncio.sleep(0.01)
            self.bench.clock.advance(STEP)
        try:
            return (await task).state
        except CommandError as error:
            return error


@asynccontextmanager
async def watched(bench: Bench, registration: Registration | None = None, internet: Internet | None = None) -> AsyncIterator[House]:
    """Keep a session under a supervisor of its own for as long as the context lives."""
    sink = RecordingSink(bench.only)
    async with Supervisor(sink, bench.context, lambda _: bench.driver, limits=LIMITS, internet=internet) as supervisor:
        supervisor.add(registration or bench.registration)
        yield House(bench, sink, supervisor)


def same(one: Value, other: Value) -> bool:
    """Return whether two values say the same, whole numbers and others alike; True is no 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, abs_tol=1e-6)
    return bool(one == other)


async def refusal(doing: Awaitable[Progress]) -> Mapping[str, Any]:
    """Return the error object of a command that is refused, whether by an exception or by its last stage."""
    try:
        last = await doing
    except CommandError as error:
        return error.document()
    assert last.state in {AckState.REJECTED, AckState.FAILED}, f"it was not refused but {last.state.value}"
    return last.error or {}
