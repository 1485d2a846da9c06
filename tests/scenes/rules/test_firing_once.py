"""A hub that is stopped wherever it can be, as often as it likes: for every crossing there is one firing and one run, never two."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.errors import StorageFailed
from gateway.scenes.rules.crossing import rearms, within
from gateway.scenes.rules.rule import AtTime, Crossing, Limit
from gateway.scenes.rules.standing import Standing, standing_of
from gateway.scenes.rules.timing import LATE, come
from gateway.scenes.rules.watcher import Watcher
from gateway.scenes.words import Selector
from gateway.storage.firings import Firing, FiringTable, Known
from gateway.thing.report import Report
from tests.scenes.kit import scene, staged
from tests.scenes.rules.fire_worker import stand
from tests.scenes.rules.rule_kit import BERLIN, MONDAY, quiet, until

T = TypeVar("T")

DAILY = AtTime(line=1, minutes=11 * 60 + 30)


class Restarts(RuleBasedStateMachine):
    """A time trigger under a clock that runs, is set and forgets; what is kept is kept at a moment of Hypothesis' choosing.

    The ledger's transaction is one step: what it knows and the firing, both or neither. Between any two steps the hub may end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.kept: dict[str, Any] | None = None
        self.fired: list[str] = []
        self.standing = self._born()
        self._keep()
        self.looked: float | None = None

    def _born(self) -> Standing:
        return standing_of("scene", DAILY, self.kept, self.now)

    def _keep(self) -> None:
        self.kept = deepcopy(self.standing.document())

    @rule(seconds=st.floats(1, 40 * 3600))
    def passes(self, seconds: float) -> None:
        """Time passes while the hub is awake."""
        self.now += seconds

    @rule(seconds=st.floats(-400 * 86400, 400 * 86400))
    def is_set(self, seconds: float) -> None:
        """Somebody sets the clock: no time passes, so what was awake is counted in the new time."""
        self.now = max(86400.0, self.now + seconds)
        self.looked = None

    @rule(seconds=st.floats(0, 3 * 86400))
    def restarts(self, seconds: float) -> None:
        """The hub ends without a word, and is back later."""
        self.now += seconds
        self.standing = self._born()
        self.looked = None

    @rule(dies=st.booleans())
    def looks(self, dies: bool) -> None:
        """The hub looks at the clock; perhaps it ends before it has written."""
        awake_since = self.now if self.looked is None else self.looked
        through = self.standing.through
        due = come(self.standing, DAILY, BERLIN, self.now, awake_since)
        self.looked = self.now
        if due is not None:
            assert due.at <= self.now
            assert due.at >= awake_since or self.now - due.at <= LATE
            assert due.at > through or through - self.now > 0
        if dies:
            self.standing = self._born()
            self.looked = None
            return
        if due is not None and due.occasion not in self.fired:  # UNIQUE (scene, rule, occasion)
            self.fired.append(due.occasion)
        self._keep()

    @invariant()
    def a_day_has_one_firing(self) -> None:
        assert len(set(self.fired)) == len(self.fired)

    @invariant()
    def nothing_is_due_twice(self) -> None:
        """Looked at once more at the same moment, nothing comes again."""
        standing = replace(self.standing)
        first = come(standing, DAILY, BERLIN, self.now, self.now)
        assert first is None or come(standing, DAILY, BERLIN, self.now, self.now) is None


Restarts.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestRestarts = Restarts.TestCase


class Swings(RuleBasedStateMachine):
    """A property that swings under a trigger with a dead band: it fires once for each way from at or below `rearm` to above the limit."""

    TRIGGER = Crossing(line=1, select=Selector(), name="roomTemperature", limit=Limit(above=28), rearm=27)

    def __init__(self) -> None:
        super().__init__()
        self.armed, self.expected_armed = True, True
        self.fired = self.expected = 0

    @rule(value=st.one_of(st.floats(-40, 60), st.sampled_from((27, 28, 27.0, 28.0))))
    def shows(self, value: float) -> None:
        if within(self.TRIGGER.limit, value):
            self.fired += self.armed
            self.armed = False
        elif rearms(self.TRIGGER, value):
            self.armed = True
        if value > 28:
            self.expected += self.expected_armed
            self.expected_armed = False
        if value <= 27:
            self.expected_armed = True

    @invariant()
    def as_often_as_it_crossed(self) -> None:
        assert self.fired == self.expected


Swings.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestSwings = Swings.TestCase


class Cut:
    """A ledger that ends at one of its writes, before or after it: nothing is written from then on, as if the hub had lost its power."""

    def __init__(self, table: FiringTable, at: int, *, after: bool) -> None:
        self._table, self._left, self._after = table, at, after
        self.is_gone = False
        self.known, self.firings, self.forget = table.known, table.firings, table.forget

    async def keep(self, known: Iterable[Known]) -> None:
        await self._write(lambda: self._table.keep(known))

    async def fire(self, firing: Firing, known: Known) -> bool:
        return await self._write(lambda: self._table.fire(firing, known))

    async def settle(self, run: str, state: str) -> None:
        await self._write(lambda: self._table.settle(run, state))

    async def _write(self, work: Callable[[], Awaitable[T]]) -> T:
        self._left -= 1
        if not self.is_gone and (self._left > 0 or self._after):
            done = await work()
            if self._left > 0:
                return done
        self.is_gone = True
        raise StorageFailed("the mains are gone")


PLUG_ON = {"property": {"select": {"kind": "plug"}, "name": "power", "is": True}}


async def cut_off(folder: Path, at: int, *, after: bool) -> tuple[int, int]:
    """Have a plug go on and off until the ledger ends, then restart twice; return how often it went on, and how many runs there were."""
    went_on, power = 0, False
    async with staged(folder) as stage:
        await stand(stage, power=False)
        await stage.keep(scene({"select": {"kind": "light"}, "set": {"brightness": 50}}, triggers=[PLUG_ON]))
        ledger = Cut(stage.store.firings, at, after=after)
        try:
            async with Watcher(stage.scenes, stage.home, stage.clock, ledger, BERLIN, machine=lambda: "one") as watcher:
                await quiet(stage, watcher)
                while not ledger.is_gone:
                    power = not power
                    went_on += power
                    stage.home.report(Report(device="plug", values={"power": power}))
                    await quiet(stage, watcher)
        except StorageFailed:
            pass
    runs = 0
    for _ in range(2):
        async with staged(folder) as stage:
            await stand(stage, power=power)
            async with Watcher(stage.scenes, stage.home, stage.clock, stage.store.firings, BERLIN, machine=lambda: "one") as watcher:
                await quiet(stage, watcher)
                await until(lambda: not watcher.book.due and not stage.scenes.runs.is_running("test"), "what was due has run")
                runs = len(stage.scenes.runs.reports(limit=1000))
    return went_on, runs


@settings(max_examples=4, deadline=None)
@given(at=st.integers(3, 12), after=st.booleans())
def test_wherever_the_ledger_ends_each_crossing_has_one_run(at: int, after: bool) -> None:
    with TemporaryDirectory() as folder:
        went_on, runs = asyncio.run(cut_off(Path(folder), at, after=after))
        assert runs == went_on
