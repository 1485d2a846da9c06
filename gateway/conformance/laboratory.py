"""What a laboratory does to a target's surroundings, each for the length of a block: afterwards, also after a failure, all is as it was.

Every block needs an ability of the control interface (`profiles/vendor-kit/control.md`); without it the check is skipped with that reason.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from gateway.conformance.bench import Bench
from gateway.conformance.failure import Failure, Gone, Silence, Untried
from gateway.conformance.line import Line, Request, State, Transport

RETURN: Final = 60.0
"""Seconds within which an appliance answers again after a power cut: P4's."""
BACK: Final = 30.0
"""Seconds within which it is online again after its link was lost: R3's."""
SHORT, LONG = 0.25, 4.0
"""Seconds for one answer of somebody who may be starting, at first and later on."""
_LOOK: Final = 0.1


@asynccontextmanager
async def without_power(bench: Bench) -> AsyncIterator[None]:
    """Cut the mains off for the length of the block."""
    await bench.hands.do("power", state="off")
    try:
        yield
    finally:
        await _mended(bench, "power", state="on")


@asynccontextmanager
async def without_network(bench: Bench) -> AsyncIterator[None]:
    """Let nothing through to the target or from it."""
    await bench.hands.do("network", silent=True)
    try:
        yield
    finally:
        await _mended(bench, "network", silent=False)


@asynccontextmanager
async def bad_network(bench: Bench, *, loss: float, delay: float, twice: float) -> AsyncIterator[None]:
    """Lose, delay (seconds) and repeat what passes between the target and everybody else."""
    await bench.hands.do("network", loss=loss, delay=delay, twice=twice)
    try:
        yield
    finally:
        await _mended(bench, "network", loss=0, delay=0, twice=0)


@asynccontextmanager
async def without_internet(bench: Bench) -> AsyncIterator[None]:
    """Cut the home's line; what is in the home stays."""
    await bench.hands.do("internet", state="off")
    try:
        yield
    finally:
        await _mended(bench, "internet", state="on")


@asynccontextmanager
async def other_time(bench: Bench, seconds: float) -> AsyncIterator[None]:
    """Set the target's clock forward or back by so much; no time passes by it."""
    await bench.hands.do("clock", seconds=seconds)
    try:
        yield
    finally:
        await _mended(bench, "clock", seconds=-seconds)


async def _mended(bench: Bench, what: str, **facts: object) -> None:
    """Put something back, also while the check is being broken off; hands that fail now have said so in the block."""
    with suppress(Untried):
        await asyncio.shield(bench.hands.do(what, **facts))


async def cut(bench: Bench, seconds: float, line: Line | None = None) -> State:
    """Cut the mains off for so long, wait until the target answers afresh and return its state.

    Where it rode through, on a battery or a capacitor, that is a state of the same boot. Raise Failure when it stays away, or when a count
    went back.
    """
    line = line or bench.line
    before = (await line.state())["$"]
    async with without_power(bench):
        await bench.hands.do("advance", seconds=seconds)
    for other in bench.lines.values():
        await returned(bench, other)
    state = await returned(bench, line)
    after = state["$"]
    if (after["boot"], after["seq"]) < (before["boot"], before["seq"]):
        raise Failure("a bigger boot after a power cut, or the same with a bigger seq", sent={"cut": seconds}, came=[before, after])
    return state


async def returned(bench: Bench, line: Line, patience: float = RETURN) -> State:
    """Return a state that was asked for now, not one that a broker kept; raise Silence when nobody answers in time."""
    due, each = time.monotonic() + patience, SHORT
    while True:
        with suppress(Gone, Silence):
            head = await _afresh(bench, line, each)
            state = await line.state()
            if (state["$"]["boot"], state["$"]["seq"]) >= head:
                return state
        if time.monotonic() > due:
            raise Silence(f"an answer within {patience:g} s of the power's return")
        each = min(each * 2, LONG)
        await asyncio.sleep(_LOOK)


async def _afresh(bench: Bench, line: Line, patience: float) -> tuple[int, int]:
    """Return the boot and seq of an answer that only the target itself can give."""
    if line.transport is Transport.COAP:
        head = (await line.state())["$"]
        return head["boot"], head["seq"]
    name = bench.thing.public[0] if bench.thing.public else ""
    answer = await line.ask(Request(operation="readproperty", name=name), patience=patience)
    return int(answer.last.get("boot", 0)), int(answer.last.get("seq", 0))
