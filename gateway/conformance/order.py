"""One run from its beginning to its result: the target opened, the checks chosen and run, everything put together."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.conformance.bench import LONGEST_REAL
from gateway.conformance.checks.table import checks
from gateway.conformance.claim import Claim
from gateway.conformance.control import Control, controlled
from gateway.conformance.facts import facts_of
from gateway.conformance.frames import Frames
from gateway.conformance.line import Transport
from gateway.conformance.run import Runner, missing
from gateway.conformance.selection import Selected, check_words, selected
from gateway.conformance.suite import environment, suite
from gateway.conformance.target import Opened, Target, opened
from gateway.conformance.verdict import Result, Verdict

RESERVE = 0.5
"""Seconds of a budget that the end of a run takes."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be judged, and how. `budget`: seconds for everything from now on; `real`: the longest single wait in real time.

    `control`, `unit`: the control interface, and the unit that is meant where it has several.
    """

    target: Target
    seed: int
    tests: tuple[str, ...] = ()
    budget: float | None = None
    control: Path | None = None
    unit: str = ""
    real: float = LONGEST_REAL
    extras: Mapping[str, Any] = field(default_factory=dict)
    """What single checks are given besides: `td_schema`, W3C's schema read; `secrets`, words that may never be heard."""


@dataclass(frozen=True)
class Ready:
    """A target that is open, and what will be run on it: what is told before the first check. `began`: monotonic time."""

    opened: Opened
    runner: Runner
    selection: tuple[Selected, ...]
    facts: Mapping[str, Any]
    began: float


Tell = Callable[["Ready | Selected | Verdict"], None]


async def judged(order: Order, tell: Tell = lambda _: None, stop: asyncio.Event | None = None) -> Result:
    """Run the suite and return the result; raise TargetUnreachable, NotRunning, NoSuchTest where it cannot even begin."""
    async with AsyncExitStack() as stack:
        ready = await prepared(order, stack, tell, stop)
        tell(ready)
        verdicts = await ready.runner.run(ready.selection)
    return concluded(order, ready, verdicts)


def concluded(order: Order, ready: Ready, verdicts: Iterable[Verdict]) -> Result:
    """Return the result of a run whose verdicts these are."""
    told, stop = tuple(verdicts), ready.runner.stop
    seconds = time.monotonic() - ready.began
    return Result(
        target=order.target.name,
        facts=ready.facts,
        suite=suite(),
        seed=order.seed,
        began=time.time() - seconds,
        seconds=seconds,
        verdicts=told,
        missing=missing(told, {check.requirement for check in checks()}),
        unjudged=_unjudged(order, ready.opened),
        stopped="it was stopped by hand" if stop is not None and stop.is_set() else "",
        environment=environment(),
        description=ready.opened.thing.body,
    )


async def prepared(order: Order, stack: AsyncExitStack, tell: Tell = lambda _: None, stop: asyncio.Event | None = None) -> Ready:
    """Open everything for as long as `stack` lasts, and choose the checks."""
    began = time.monotonic()
    check_words(order.tests, checks())
    if order.target.claim:
        Claim.read(order.target.claim)
    frames = Frames(time.monotonic)
    control = await _control(order, stack)
    found = await stack.enter_async_context(opened(order.target, frames))
    runner = Runner(
        thing=found.thing,
        lines=found.lines,
        frames=frames,
        seed=order.seed,
        control=control,
        budget=None if order.budget is None else max(0.0, order.budget - (time.monotonic() - began) - RESERVE),
        real=order.real,
        tell=tell,
        stop=stop,
        extras={"credentials": order.target.credentials, **order.extras},
    )
    hands = frozenset() if control is None else control.abilities
    selection = tuple(selected(checks(), found.thing, tuple(found.lines), hands, order.tests))
    return Ready(found, runner, selection, await facts_of(found.thing, found.lines), began)


async def _control(order: Order, stack: AsyncExitStack) -> Control | None:
    return None if order.control is None else await stack.enter_async_context(controlled(order.control, order.unit))


def _unjudged(order: Order, found: Opened) -> dict[str, str]:
    """Return the transports that the description names and that were not judged, with the reason."""
    named = {Transport.COAP: found.thing.coap, Transport.MQTT: found.thing.mqtt[1]}
    left_out = {
        transport.value: "it was left out of this run (--transport)"
        for transport, name in named.items()
        if name and transport not in order.target.transports
    }
    return left_out | {transport.value: reason for transport, reason in found.closed.items()}
