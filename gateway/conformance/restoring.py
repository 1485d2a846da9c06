"""Putting a target back as it was: its settings between two checks, power and network after one that was broken off in the middle."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.control import Control
from gateway.conformance.deeds import asked, same, settled
from gateway.conformance.failure import Failure, Gone, Silence, Untried
from gateway.conformance.line import Line, Request
from gateway.conformance.thing import Thing

_RIGHT: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("power", {"state": "on"}),
    ("network", {"silent": False}),
    ("network", {"loss": 0, "delay": 0, "twice": 0}),
    ("internet", {"state": "on"}),
)
"""How things are when nobody does anything to them. Hands that can only silence a network refuse the third."""
LONGEST: Final = 30.0
"""Seconds that putting back may take."""


async def settings(line: Line, thing: Thing) -> dict[str, Any]:
    """Return what can be written, as it stands now; nothing where that cannot be read."""
    try:
        state = await line.state()
    except (Failure, Untried):
        return {}
    return {name: state[name] for name in thing.writable if name in state}


async def put_back(bench: Bench, before: Mapping[str, Any], longest: float = LONGEST) -> None:
    """Write back over the bench's line what a check left otherwise, as far as the target takes it; its refusal is no verdict.

    Twice, because one property may only be written while another has a certain value.
    """
    with suppress(TimeoutError, Gone, Silence, Untried):
        async with asyncio.timeout(longest):
            for _ in range(2):
                now = await settings(bench.line, bench.thing)
                for name, value in before.items():
                    if name in now and not same(now[name], value):
                        await _written(bench, name, value)


async def _written(bench: Bench, name: str, value: Any) -> None:
    """Write one property, and wait until every line shows what came of it; raise Gone, Silence, Untried."""
    try:
        answer = await asked(bench, Request(operation="writeproperty", name=name, input=value))
        if answer.state == "completed":
            for line in bench.lines.values():
                await settled(line, answer.last)
    except (Gone, Silence):
        raise
    except Failure:
        return


async def set_right(control: Control | None, hands: frozenset[str]) -> None:
    """Give power, network and internet back to a target whose check used these hands and did not come to its end."""
    if control is None:
        return
    for hand, facts in _RIGHT:
        if hand in hands & control.abilities:
            with suppress(Untried):  # what these hands cannot do they cannot have left undone
                await control.do(hand, **facts)
