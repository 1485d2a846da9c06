import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.home.change import Acknowledged, AvailabilityChanged, Change, Described, EventRaised, Removed, Snapshot, StateChanged
from gateway.home.subscription import Stream, Subscription
from gateway.thing.ack import Ack, AckState
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.command import Operation, Version
from gateway.thing.principal import LOCAL
from gateway.thing.report import Event


class Writer:
    """Writes changes of a few devices and knows what is true now."""

    def __init__(self) -> None:
        self.now: dict[str, dict[str, int]] = {}
        self.seq = 0
        self.acks = 0
        self.stream = Stream(lambda: self.now)

    def state(self, device: str, name: str, value: int) -> None:
        self.now.setdefault(device, {})
        self.now[device] = {**self.now[device], name: value}
        self.seq += 1
        document = {**self.now[device], "$": {"seq": self.seq}}
        self.stream.publish(StateChanged(self.stream.next(), device, frozenset({name}), document, Version(1, self.seq), 0.0))

    def ack(self, device: str) -> Ack:
        self.acks += 1
        ack = Ack(id=str(self.acks), device=device, operation=Operation.INVOKE_ACTION, name="a", state=AckState.RUNNING, at=0.0)
        self.stream.publish(Acknowledged(self.stream.next(), device, ack, LOCAL))
        return ack

    def remove(self, device: str) -> None:
        if self.now.pop(device, None) is not None:
            self.stream.publish(Removed(self.stream.next(), device))


class Mirror:
    """What a reader believes: reads the home at a Snapshot, follows the changes else."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.devices: dict[str, dict[str, int]] = {}
        self.seen: dict[str, int] = {}
        self.number = -1

    def take(self, change: Change) -> None:
        assert change.number >= self.number
        self.number = change.number
        if isinstance(change, Snapshot):
            self.devices = {device: dict(self._writer.now[device]) for device in self._writer.now}
            self.seen = dict.fromkeys(self._writer.now, self._writer.seq)
        elif isinstance(change, StateChanged):
            known = self.devices.get(change.device)
            again = known is None or change.document == {**known, "$": {"seq": change.version.seq}}
            assert change.version.seq > self.seen.get(change.device, 0) or again
            self.seen[change.device] = change.version.seq
            self.devices[change.device] = {name: value for name, value in change.document.items() if name != "$"}
        elif isinstance(change, Removed):
            self.devices.pop(change.device, None)


def waiting(subscription: Subscription) -> bool:
    return bool(subscription._queue)


async def read(subscription: Subscription, count: int) -> list[Change]:
    return [await anext(subscription) for _ in range(count) if waiting(subscription)]


async def test_the_first_change_is_a_snapshot_then_numbers_grow() -> None:
    writer = Writer()
    writer.state("a", "x", 1)
    async with writer.stream.subscribe() as subscription:
        writer.state("b", "x", 1)
        ack = writer.ack("a")
        writer.stream.publish(AvailabilityChanged(writer.stream.next(), "a", Availability(AvailabilityState.OFFLINE, 0.0)))
        writer.stream.publish(Described(writer.stream.next(), "a"))
        writer.stream.publish(EventRaised(writer.stream.next(), "a", Event("e"), Version(1, 1), 0.0))
        changes = await read(subscription, 10)
    assert [type(change) for change in changes] == [Snapshot, StateChanged, Acknowledged, AvailabilityChanged, Described, EventRaised]
    assert changes[0] == Snapshot(1, ("a",))
    assert [change.number for change in changes] == [1, 2, 3, 4, 5, 6]
    assert isinstance(changes[2], Acknowledged)
    assert changes[2].ack is ack


async def test_state_changes_that_wait_are_merged_and_carry_the_newest_document() -> None:
    writer = Writer()
    async with writer.stream.subscribe() as subscription:
        await read(subscription, 1)
        writer.state("a", "x", 1)
        writer.ack("a")
        writer.state("b", "x", 1)
        writer.state("a", "y", 2)
        writer.state("a", "x", 3)
        changes = await read(subscription, 10)
    merged = changes[0]
    assert isinstance(merged, StateChanged)
    assert merged.changed == {"x", "y"}
    assert (merged.document, merged.version.seq) == ({"x": 3, "y": 2, "$": {"seq": 4}}, 4)
    assert [type(change) for change in changes] == [StateChanged, Acknowledged, StateChanged]


async def test_a_reader_of_some_devices_hears_of_no_other() -> None:
    writer = Writer()
    writer.state("a", "x", 1)
    writer.state("b", "x", 1)
    async with writer.stream.subscribe(frozenset({"b"})) as subscription:
        writer.state("a", "x", 2)
        writer.ack("a")
        writer.state("b", "x", 2)
        changes = await read(subscription, 10)
    assert changes[0] == Snapshot(2, ("b",))
    assert [getattr(change, "device", None) for change in changes[1:]] == ["b"]


async def test_a_reader_of_all_but_states_is_not_woken_by_one() -> None:
    writer = Writer()
    async with writer.stream.subscribe(states=False) as subscription:
        writer.state("a", "x", 1)
        writer.ack("a")
        writer.state("a", "x", 2)
        changes = await read(subscription, 10)
    assert [type(change) for change in changes] == [Snapshot, Acknowledged]


async def test_a_reader_that_falls_too_far_behind_starts_anew() -> None:
    writer = Writer()
    writer.state("a", "x", 1)
    async with writer.stream.subscribe(limit=5) as subscription:
        for _ in range(4):
            writer.ack("a")
        assert subscription.overflows == 0
        writer.ack("a")
        writer.state("a", "x", 2)
        changes = await read(subscription, 10)
    assert [type(change) for change in changes] == [Snapshot, StateChanged]
    assert changes[0].number == 6


async def test_a_waiting_reader_wakes_and_ends_with_the_stream() -> None:
    writer = Writer()
    async with writer.stream.subscribe() as subscription:
        reading = asyncio.create_task(_all(subscription))
        await asyncio.sleep(0)
        writer.state("a", "x", 1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writer.stream.close()
        assert [type(change) for change in await reading] == [Snapshot, StateChanged]


async def test_who_has_left_is_not_written_to() -> None:
    writer = Writer()
    async with writer.stream.subscribe() as subscription:
        pass
    writer.state("a", "x", 1)
    assert await read(subscription, 5) == [Snapshot(0, ())]
    with pytest.raises(StopAsyncIteration):
        await anext(subscription)


async def _all(subscription: Subscription) -> list[Change]:
    return [change async for change in subscription]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("state"), st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 3)),
        st.tuples(st.just("ack"), st.sampled_from("abc")),
        st.tuples(st.just("remove"), st.sampled_from("abc")),
        st.tuples(st.just("read"), st.integers(1, 4)),
    ),
    max_size=60,
)


@given(steps, st.integers(1, 6))
def test_however_slow_a_reader_ends_with_the_same_state(script: list[tuple[Any, ...]], limit: int) -> None:
    async def play() -> None:
        writer = Writer()
        mirror = Mirror(writer)
        async with writer.stream.subscribe(limit=limit) as subscription:
            for do, *what in script:
                if do == "read":
                    for change in await read(subscription, *what):
                        mirror.take(change)
                else:
                    getattr(writer, do)(*what)
                assert len(subscription._queue) <= limit + len("abc") + 1
            for change in await read(subscription, 1000):
                mirror.take(change)
        assert mirror.devices == writer.now

    asyncio.run(play())


@given(steps)
def test_a_reader_within_the_limit_misses_no_ack(script: list[tuple[Any, ...]]) -> None:
    async def play() -> None:
        writer = Writer()
        told: list[str] = []
        async with writer.stream.subscribe(limit=1000) as subscription:
            for do, *what in script:
                if do == "read":
                    told += [change.ack.id for change in await read(subscription, *what) if isinstance(change, Acknowledged)]
                else:
                    getattr(writer, do)(*what)
            told += [change.ack.id for change in await read(subscription, 1000) if isinstance(change, Acknowledged)]
        assert told == [str(number) for number in range(1, writer.acks + 1)]

    asyncio.run(play())
