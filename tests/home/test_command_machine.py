"""Whatever the order of reports, stages, refusals, losses, cancels, expiry and restarts: one end for every command."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from gateway.home.change import Acknowledged, Change, StateChanged
from gateway.home.run import Run
from gateway.profile.library import Library
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL, Principal
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality, Value
from tests.home.kit import DEVICE, USER, HandClock, House, command, kettle, living, profiles, turns

T = TypeVar("T")
Key = tuple[str, str]

VALUES: dict[str, list[Value]] = {
    "power": [True, False],
    "target": [50, 60, 60.0, 70],
    "mode": ["brew", "warm"],
    "owner": ["Li"],
    "level": [1],
}
ONES = st.sampled_from([(name, value) for name, values in VALUES.items() for value in values])
PRINCIPALS = st.sampled_from([LOCAL, USER])
STAGES = st.sampled_from(
    [
        Progress(state=AckState.RUNNING, percent=30),
        Progress(state=AckState.DELAYED, remaining=20),
        Progress(state=AckState.COMPLETED),
        Progress(state=AckState.FAILED),
        Progress(state=AckState.REJECTED),
        Progress(state=AckState.CANCELLED),
        OSError("wire"),
    ]
)


class Puppet:
    """A session that says what the machine makes it say."""

    def __init__(self) -> None:
        self.talks: dict[str, asyncio.Queue[Progress | Exception]] = {}
        self.got: list[Command] = []

    def describe(self) -> tuple[Any, ...]:
        return (kettle(),)

    async def reports(self) -> AsyncIterator[Report]:
        return
        yield

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        talk = self.talks.setdefault(command.id, asyncio.Queue())
        try:
            while True:
                stage = await talk.get()
                if isinstance(stage, Exception):
                    raise stage
                yield stage
        finally:
            self.talks.pop(command.id, None)

    async def cancel(self, command_id: str) -> None:
        if command_id in self.talks:
            self.talks[command_id].put_nowait(Progress(state=AckState.CANCELLED))


class CommandMachine(RuleBasedStateMachine):
    """Clients, an appliance, the clock and the power plug, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = HandClock()
        self.session = Puppet()
        self.runs: dict[Key, Run] = {}
        self.told: defaultdict[Key, list[AckState]] = defaultdict(list)
        self.acted: defaultdict[Key, int] = defaultdict(int)
        self.device: dict[str, Value] = {}
        self.count = 0
        self.attached = False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        async def settled() -> T:
            result = await work
            for _ in range(3):
                await self.house.store.keep("barrier", 1)
                await turns(20)
            return result

        return self.runner.run(settled())

    @initialize()
    def start(self) -> None:
        self.library = Library(profiles(Path(self.folder.name)))
        self.runner.run(self.open())
        self.come()

    async def open(self) -> None:
        self.stack = AsyncExitStack()
        self.house: House = await self.stack.enter_async_context(living(Path(self.folder.name), self.clock, self.library))
        self.changes = await self.stack.enter_async_context(self.house.home.subscribe())
        self.seq: dict[str, int] = {}
        for key in self.runs:
            self.runs[key] = self.house.home._commands.runs._by_principal.get(key, self.runs[key])

    # -- what clients do

    def asked(self, operation: Operation, name: str, value: Value, principal: Principal, expires: float | None) -> None:
        self.count += 1
        asked = command(operation, name, value, id=f"n{self.count}", principal=principal, expires=expires)
        self.submit(asked)

    def submit(self, asked: Command) -> None:
        run = self.do(self.house.home.submit(asked))
        self.runs[asked.principal.name, asked.id] = run

    @rule(one=ONES, principal=PRINCIPALS, ttl=st.none() | st.sampled_from([0, 4, 60]))
    def write(self, one: tuple[str, Value], principal: Principal, ttl: float | None) -> None:
        self.asked(Operation.WRITE_PROPERTY, *one, principal, None if ttl is None else self.clock.now() + ttl)

    @rule(ones=st.lists(ONES, min_size=1, max_size=3), principal=PRINCIPALS)
    def write_together(self, ones: list[tuple[str, Value]], principal: Principal) -> None:
        self.asked(Operation.WRITE_MULTIPLE, "", dict(ones), principal, None)

    @rule(name=st.sampled_from(["descale", "beep", "rinse"]))
    def invoke(self, name: str) -> None:
        self.asked(Operation.INVOKE_ACTION, name, None, LOCAL, None)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), principal=PRINCIPALS)
    def cancel(self, data: st.DataObject, principal: Principal) -> None:
        _, id_ = data.draw(st.sampled_from(sorted(self.runs)))
        self.asked(Operation.CANCEL_ACTION, id_, None, principal, None)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.runs)))
        before = self.runs[key]
        young = not before.done or self.clock.now() - before.last.at < 590
        self.read()
        run = self.do(self.house.home.submit(before.command))
        if young:
            assert run is before
        elif run is not before:
            self.told[key].clear()  # ten minutes are over: it is another command of that id
        self.runs[key] = run

    # -- what the appliance does

    @rule(ones=st.lists(ONES, min_size=1, max_size=4), quality=st.sampled_from([None, Quality.ASSUMED, Quality.STALE]))
    def report(self, ones: list[tuple[str, Value]], quality: Quality | None) -> None:
        values = dict(ones)
        if self.attached:
            self.device |= values
        self.do(self.heard(Report(device=DEVICE, values=values, quality=dict.fromkeys(values, quality) if quality else {})))

    async def heard(self, report: Report) -> None:
        self.house.home.report(report)

    @precondition(lambda self: self.session.talks)
    @rule(data=st.data(), stage=STAGES)
    def stage(self, data: st.DataObject, stage: Progress | Exception) -> None:
        talk = self.session.talks[data.draw(st.sampled_from(sorted(self.session.talks)))]
        self.do(self.said(talk, stage))

    async def said(self, talk: asyncio.Queue[Progress | Exception], stage: Progress | Exception) -> None:
        talk.put_nowait(stage)

    @rule()
    def come(self) -> None:
        self.attached = True
        self.do(self.house.home.attach(kettle(), self.session))

    @precondition(lambda self: self.attached)
    @rule()
    def go(self) -> None:
        self.attached = False
        self.do(self.left())

    async def left(self) -> None:
        self.house.home.detach(DEVICE, "gone")

    # -- what the world does

    @rule(seconds=st.sampled_from([1, 4, 9, 31, 200]))
    def wait(self, seconds: float) -> None:
        self.do(self.clock.advance(seconds, step=seconds / 4))

    @rule()
    def restart(self) -> None:
        self.read()
        self.runner.run(self.stack.aclose())
        self.session.talks.clear()
        self.attached = False
        self.runner.run(self.open())

    # -- what always holds

    def read(self) -> None:
        for change in self.runner.run(self.waiting()):
            if isinstance(change, Acknowledged):
                self.told[change.principal.name, change.ack.id].append(change.ack.state)
            elif isinstance(change, StateChanged):
                assert change.version.seq > self.seq.get(change.device, 0)
                self.seq[change.device] = change.version.seq

    async def waiting(self) -> list[Change]:
        return [await anext(self.changes) for _ in range(len(self.changes._queue))]

    @invariant()
    def every_run_ends_at_most_once(self) -> None:
        if not hasattr(self, "house"):
            return
        self.read()
        for key, run in self.runs.items():
            ends = [ack for ack in run.history if ack.state.terminal]
            assert len(ends) == (1 if run.done else 0)
            told = [state for state in self.told[key] if state.terminal]
            assert told == [ack.state for ack in ends]

    @invariant()
    def the_state_is_what_the_appliance_said(self) -> None:
        if not hasattr(self, "house") or DEVICE not in self.house.home.devices():
            return
        values = self.house.home.twin(DEVICE).values
        assert all(values[name] == self.device[name] for name in values)

    @invariant()
    def nothing_acts_twice(self) -> None:
        ids = [got.id for got in self.session.got]
        assert len(ids) == len(set(ids))

    def teardown(self) -> None:
        try:
            if hasattr(self, "house"):
                self.do(self.clock.advance(5 * 3600, step=300))
                self.every_run_ends_at_most_once()
                assert [run.command for run in self.runs.values() if not run.done] == []
        finally:
            if hasattr(self, "stack"):
                self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()


def test_one_end_for_every_command() -> None:
    run_state_machine_as_test(
        CommandMachine,
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )
