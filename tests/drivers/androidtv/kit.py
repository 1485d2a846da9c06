"""A simulated television or box that is found and paired as a person does it: the code is read off its screen."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.androidtv.pairing import NEED
from gateway.drivers.spi import Ask, Candidate, Context, registration_of
from gateway.drivers.table import load
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench, find, living
from tests.drivers.kit import LIBRARY
from tests.kit.addresses import address

PING: Mapping[str, Any] = {"ping": 0.1}
"""A test's clock runs twenty times as fast as the wall's: so does the box ping."""


def reader_of(unit: Unit, **more: str) -> Ask:
    """Return somebody who reads the screen, and knows `more`."""

    async def ask(need: str, _question: str) -> str:
        return more[need] if need in more else str(unit.document()["screen"])

    return ask


@asynccontextmanager
async def seen(
    kind: str, facts: Mapping[str, Any] | None = None, settings: Mapping[str, Value] | None = None
) -> AsyncIterator[tuple[Unit, Candidate, Context]]:
    """Start a box and find it."""
    context = Context(gateway="gw-test", clock=SystemClock(), random=Random(1), library=LIBRARY)
    plan = UnitPlan(kind=kind, wire="androidtv", address=address(), facts={**PING, **(facts or {})}, settings=settings or {})
    async with living(plan) as unit:
        (candidate,) = await find(load("androidtv"), context, unit.network.address)
        yield unit, candidate, context


@asynccontextmanager
async def bench_of(
    kind: str,
    facts: Mapping[str, Any] | None = None,
    settings: Mapping[str, Value] | None = None,
    read_only: frozenset[str] = frozenset(),
    *,
    typed: bool = False,
) -> AsyncIterator[Bench]:
    """Start a box and find it; pair as a person does (`typed`), or have what a hub kept that was paired long ago, which is quicker."""
    driver = load("androidtv")
    async with seen(kind, {"paired": not typed, **(facts or {})}, settings) as (unit, candidate, context):
        assert driver.pair is not None
        credentials = await driver.pair(candidate, reader_of(unit)) if typed else {NEED: unit.document()["account"][NEED]}
        yield Bench(
            driver=driver,
            context=context,
            clock=context.clock,  # type: ignore[arg-type]
            unit=unit,
            registration=registration_of(candidate, credentials),
            needs=candidate.needs,
            answers=credentials,
            read_only=read_only,
        )
