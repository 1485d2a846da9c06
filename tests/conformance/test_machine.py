"""The machine made from a Thing Model: what it finds is shrunken, and found again by its steps alone; constraints are provoked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.bench import Bench
from gateway.conformance.checks.command import a_valid_write_ends_and_is_shown
from gateway.conformance.checks.state import shows_something
from gateway.conformance.drawn import NOT_UNDONE, invocable
from gateway.conformance.failure import Failure
from gateway.conformance.frames import Frames
from gateway.conformance.line import Transport
from gateway.conformance.machine import Machine, Moment, Walk
from gateway.conformance.provoked import provocations, traps_of
from gateway.conformance.target import Target, opened
from gateway.conformance.thing import Thing
from gateway.profile.library import Library
from tests.conformance.stand import Stand, stand

LIBRARY = Library()


@asynccontextmanager
async def bench(made: Stand, **facts: Any) -> AsyncIterator[Bench]:
    frames = Frames(asyncio.get_running_loop().time)
    async with opened(Target(name=made.target, library=LIBRARY), frames) as found:
        line = found.lines[Transport.COAP]
        yield Bench(found.thing, found.lines, line, frames, seed=1, until=time.monotonic() + 60, **facts)


def described(kind: str) -> Thing:
    return Thing(b"", LIBRARY, td=LIBRARY.model(kind).document)  # a device with everything its kind has


@pytest.mark.long
async def test_a_walk_that_breaks_something_is_shrunken_and_breaks_it_again(tmp_path: Path) -> None:
    with stand(tmp_path, "ack-without-deed") as twin:
        async with bench(twin) as judged:
            with pytest.raises(Failure):
                await a_valid_write_ends_and_is_shown.run(judged)
            failing = judged.trials[-1].failing
        assert len(failing) <= 2
        assert failing[0].keys() & {"write", "several"}
        async with bench(twin, steps=[failing]) as again:
            with pytest.raises(Failure):
                await a_valid_write_ends_and_is_shown.run(again)
            assert again.trials[-1].tried == 1


async def test_a_walk_begins_where_the_first_one_began(tmp_path: Path) -> None:
    begun: list[Any] = []

    async def note(walk: Walk, moment: Moment) -> None:
        if len(walk.past) == 1:
            begun.append(moment.before["power"])

    with stand(tmp_path) as healthy:
        async with bench(healthy) as judged:
            machine = Machine(bench=judged, holds=note, heard=("s",))
            await machine.walk([{"write": "power", "value": True}, {"read": "power"}])
            await machine.walk([{"write": "power", "value": False}])
            await machine.walk([{"write": "power", "value": True}, {"several": {"power": True}}])
    assert begun == [begun[0]] * 3


def test_nothing_is_tried_at_random_that_leaves_traces() -> None:
    tried = set(invocable(described("water-purifier")))
    assert "flush" in tried
    assert not tried & NOT_UNDONE


def test_a_range_is_provoked_from_outside_its_condition() -> None:
    thing = described("air-conditioner")
    rule = next(rule for rule in thing.td["hl:constraints"] if rule["id"] == "ac-heat-range")
    outside, beyond, inside = next(traps_of(thing, rule))
    assert outside["write"] == inside["write"] == "mode"
    assert (outside["value"] != "heat", inside["value"]) == (True, "heat")
    assert beyond == {"write": "targetTemperature", "value": 32}


def test_a_thing_without_constraints_is_not_provoked() -> None:
    thing = Thing.read(b'{"properties": {}}', LIBRARY)
    assert provocations(thing) is None
    assert shows_something(thing)
