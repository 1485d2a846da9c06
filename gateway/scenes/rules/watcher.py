"""Who lets scenes run by themselves: watches the home and the clock, and fires each trigger exactly once.

A firing is in the ledger, with the id of the run it begins, before that run is opened. Killed before, it has not fired: what was armed is
armed still, and fires once it is seen to hold. Killed between the two, the run is opened after the restart, under the same id, unless that
is more than `LATE` later: then it is noted as missed. Killed after, the run is there and ends as every run does (`aftermath`).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

from gateway.errors import CommandError, StorageFailed
from gateway.scenes.house import House, heard
from gateway.scenes.rules.attention import LONGEST_REST, Attention, Fired
from gateway.scenes.rules.book import BEGUN, OFTEN, Book, Ledger
from gateway.scenes.rules.describing import records
from gateway.scenes.rules.judging import Judge
from gateway.scenes.rules.mains import machine_boot
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.said import said, time_words
from gateway.scenes.rules.timing import LATE
from gateway.scenes.scenes import Scenes
from gateway.scenes.words import Text
from gateway.storage.firings import Firing
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal, Role

SETTLING: Final = 20.0
"""Seconds after a start in which devices are waited for: a scene that ran at once would find nobody."""
_LOOK: Final = 0.5
_log = Log()


class Watcher:
    """`async with` it, inside the scenes' own. `machine`: tells one start of the machine from the next."""

    def __init__(
        self, scenes: Scenes, house: House, clock: Clock, ledger: Ledger, place: Place, *, machine: Callable[[], str] = machine_boot
    ) -> None:
        self.place = place
        self.book = Book(ledger, clock)
        self.attention = Attention(self.book, house, place, clock)
        self._scenes = scenes
        self._house = house
        self._clock = clock
        self._machine = machine
        self._judge = Judge(house, place, clock, scenes.state, self._alert_open)
        self._one_at_a_time = asyncio.Lock()
        self._poked = asyncio.Event()
        self._wanted = asyncio.Event()
        self._outdated = True
        self._waiting: set[str] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.book.load(await asyncio.to_thread(self._machine))
            self._settled_at = self._clock.monotonic() + SETTLING
            self._scenes.on_changed(self._news)
            stack.push_async_callback(self._end)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            for work, name in ((self._watch_clock(), "triggers: clock"), (self._watch_home(), "triggers: home")):
                stack.callback(group.create_task(work, name=name).cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _end(self) -> None:
        """Say that this life ended by itself."""
        try:
            await self.book.flush()
            await self.book.live(replace(self.book.life, clean=True))
        except StorageFailed as error:
            _log.error("the end of the triggers is not stored", reason=str(error))

    # What people do

    async def pause(self, scene: str, by: Principal, why: Text | None = None) -> None:
        """Let no trigger of a scene fire until it is resumed; raise Unknown, Forbidden."""
        self._scenes.arranged(scene, by)
        await self.book.pause(scene, by.name, why)

    async def resume(self, scene: str, by: Principal) -> None:
        """Let the triggers of a scene fire again; what came in between fires no more. Raises likewise."""
        self._scenes.arranged(scene, by)
        await self.book.resume(scene)

    def records(self, scene: str = "") -> list[dict[str, Any]]:
        """Return one plain record a trigger, of one scene where it is named; raise Unknown."""
        if scene:
            self._scenes.text(scene)
        return records(self._scenes.documents(), self.book, self.attention, self.place, scene)

    def is_paused(self, scene: str) -> bool:
        """Return whether no trigger of a scene fires just now."""
        return self.book.paused(scene) is not None

    # What happens

    def _news(self) -> None:
        self._outdated = True
        self._poked.set()

    async def _watch_clock(self) -> None:
        while True:
            try:
                async with self._one_at_a_time:
                    rest = await self._look()
            except StorageFailed as error:
                _log.error("what triggers are to remember could not be kept", reason=str(error))
                self._outdated, rest = True, LONGEST_REST
            await self._rest(rest)

    async def _look(self) -> float:
        """Fire what has come; return for how many seconds nothing more will."""
        if self._outdated:
            self._outdated = False
            await self.book.match(self._scenes.documents(), self._scenes.names())
            await self.attention.match()
            self._wanted.set() if self.attention.needs_changes else self._wanted.clear()
        if not self._is_settled():
            return _LOOK
        for firing in self._take_due():
            await self._take_up(firing)
        await self._fire(self.attention.looked())
        if self.book.life.cut:
            await self.book.live(replace(self.book.life, cut=False))
        return min(self.attention.rest(), _LOOK) if self.book.due else self.attention.rest()

    def _is_settled(self) -> bool:
        if self._clock.monotonic() >= self._settled_at or all(heard(self._house.twin(each)) for each in self._house.devices()):
            self._settled_at = 0.0
        return not self._settled_at

    async def _rest(self, seconds: float) -> None:
        """Let time pass, or less where there is something new."""
        sleep = asyncio.create_task(self._sleep(seconds), name="triggers: rest")
        poke = asyncio.create_task(self._poked.wait(), name="triggers: news")
        try:
            await asyncio.wait((sleep, poke), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            poke.cancel()
        self._poked.clear()

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def _watch_home(self) -> None:
        while True:
            await self._wanted.wait()
            while not self._is_settled():
                await self._clock.sleep(_LOOK)
            async with self._house.subscribe() as changes:
                async for change in changes:
                    async with self._one_at_a_time:
                        if await self._fire(self.attention.heard(change)):
                            self._poked.set()
                    if not self._wanted.is_set():
                        break
                else:
                    return

    async def _fire(self, fired: Iterator[Fired]) -> bool:
        """Fire each; return whether anything that is kept has changed."""
        begun: list[Firing] = []
        try:
            for standing, cause in fired:  # one after the other: what is written with one says nothing yet of the next
                why_not = await self._against(standing.scene)
                firing = await self.book.fire(standing, cause, why_not)
                if firing is not None:
                    begun.append(firing)
                    await self._begin(firing)
            changed = any(standing.changed for standing in self.book.standings.values())
            await self.book.flush()
        except StorageFailed as error:
            _log.error("a trigger could not be kept, so it has not fired", reason=str(error))
            return True
        return changed or bool(begun)

    async def _against(self, scene: str) -> Text | None:
        """Return why a scene does not run though a trigger of it fires, None where it does."""
        if self.book.paused(scene) is not None:
            return said("paused")
        problem = self._judge.against(self._scenes.scene(scene).conditions)
        if problem is None and self.book.fired_often(scene):
            problem = said("often", count=OFTEN, scene=scene)
            await self.book.pause(scene, "the hub itself", problem)
            _log.warning("a scene fires too often and was paused", scene=scene, times=OFTEN)
        return problem

    async def _begin(self, firing: Firing) -> None:
        """Begin the run of a firing; while another run of its scene goes on, it waits for that."""
        if self._scenes.runs.is_running(firing.scene):
            self.book.due.append(firing)
            self._waiting.add(firing.run)
            return
        self._waiting.discard(firing.run)
        try:
            await self._scenes.begin(firing.scene, {}, principal_of(firing.scene), run=firing.run, trigger=firing.cause)
        except CommandError as error:
            await self.book.settle(firing, error.detail, said("refused", why=error.detail))
            _log.warning("a trigger fired, and its scene could not run", scene=firing.scene, reason=error.detail)
        else:
            await self.book.settle(firing, BEGUN)

    # What the last life left

    def _take_due(self) -> list[Firing]:
        due, self.book.due = self.book.due, []
        return due

    async def _take_up(self, firing: Firing) -> None:
        """Begin the run of a firing that was cut off before it, once; or say that it is too late."""
        late = self._clock.now() - firing.at
        if self._scenes.runs.has(firing.run):
            await self.book.settle(firing, BEGUN)
        elif firing.scene not in self._scenes.documents():
            await self.book.settle(firing, "the scene is gone")
        elif self.book.paused(firing.scene) is not None:
            await self.book.settle(firing, "paused", said("paused"))
        elif late > LATE:
            text = said("busy" if firing.run in self._waiting else "gone", late=time_words(late))
            self._waiting.discard(firing.run)
            await self.book.settle(firing, text["en"])
            standing = self.book.standings.get((firing.scene, firing.rule))
            if standing is not None:
                standing.missed, standing.changed = {"at": firing.at, "text": dict(text)}, True
        else:
            await self._begin(firing)

    def _alert_open(self, scene: str) -> bool:
        alerts = self._scenes.alerts
        return alerts is not None and alerts.open(scene)


def principal_of(scene: str) -> Principal:
    """Return who runs a scene by its trigger: as much as whoever arranged it, which only an owner may; nobody who could be asked back."""
    return Principal(f"trigger {scene}", Role.OWNER, known=False)
