"""Plays a recording to a driver: it is told what the unit said, and has to say and report what it did when it was recorded.

A driver may have learnt to ask more since. What is somewhere in the recording is answered as it was there, and the rest stays without an
answer, as with a unit that does not know it. But everything in the recording has to be said again, in that order, and every report has to
come out the same; `loose`, it may say more than it did.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module
from itertools import pairwise
from random import Random
from typing import Any, Final

from gateway.drivers.parts.tap import tapped
from gateway.drivers.recording.alike import alike, includes
from gateway.drivers.recording.clock import PlayedClock, Threads
from gateway.drivers.recording.plain import original, plain
from gateway.drivers.recording.recorder import VERSION
from gateway.drivers.recording.session import described, reported
from gateway.drivers.spi import Context, Driver, Polled, Pushed, Registration
from gateway.errors import HulianError, SchemaViolation
from gateway.profile.library import Library
from gateway.thing.command import Command, Operation
from gateway.thing.principal import Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Session

_ABOUT: Final = frozenset({"t", "atOnce"})
PATIENCE: Final = 120.0
"""Seconds of the recording's own time within which what is awaited has to happen."""


class Differs(HulianError):
    """The driver did not do what it did when the recording was made."""


class Stage:
    """What stands in for the unit. `coming`: what is to be said yet; `known`: what was said once, with how it was answered."""

    live = False

    def __init__(self, coming: list[Any], known: list[tuple[Any, Callable[[], Any]]]) -> None:
        self.saids: list[Any] = []
        self.unexpected: list[Any] = []
        self._coming = coming
        self._known = known
        self.take: Callable[[Any], None] = lambda _: None
        self.end: Callable[[str], None] = lambda _: None

    def said(self, message: Any) -> None:
        """Take what the driver says."""
        self.saids.append(plain(message))

    def heard(self, message: Any) -> None:
        """Do nothing: it was heard from here."""

    def ended(self, reason: str) -> None:
        """Do nothing: likewise."""

    def listen(self, take: Callable[[Any], None], end: Callable[[str], None]) -> None:
        """Remember whom to tell what the unit says."""
        self.take, self.end = take, end

    def has_said(self, message: Any) -> bool:
        """Return whether this is said, and let go of it: where several things are said at once, their order is nobody's word."""
        at = next((at for at, said in enumerate(self.saids) if alike(message, said)), None)
        if at is None:
            self._answer_what_was_known()
            return False
        del self.saids[at]
        self._coming.remove(message)
        return True

    def _answer_what_was_known(self) -> None:
        """Answer, as it was, what is said once more than it was."""
        for said in [said for said in self.saids if not any(alike(coming, said) for coming in self._coming)]:
            self.saids.remove(said)
            self.unexpected.append(said)
            if (answer := next((heard for asked, heard in self._known if alike(asked, said)), None)) is not None:
                self.take(answer())


def read_recording(lines: Iterable[str]) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return the head and the events of a recording; raise SchemaViolation for what is none, or one of another version."""
    try:
        head, *events = [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise SchemaViolation(f"this is no recording: {error}") from error
    if not isinstance(head, dict) or head.get("hulian") != VERSION:
        raise SchemaViolation(f"this is no recording that this program can play: the first line has no {VERSION!r}")
    return head, events


async def play(
    head: Mapping[str, Any], events: Iterable[Mapping[str, Any]], driver: Driver, library: Library, *, loose: bool = False
) -> int:
    """Play a recording to a driver; return how many reports came out the same. Raise Differs at the first thing that does not.

    `loose`: descriptions and reports may say more of the unit than when it was recorded, but nothing else.
    """
    events = list(events)
    if not any("heard" in event or "unopened" in event for event in events):
        raise SchemaViolation("nothing of the wire is in this recording, so it cannot be played: its driver had no tap")
    async with AsyncExitStack() as stack:
        player = _Player(head, events, driver, library, stack)
        player.same = includes if loose else alike
        await player.open()
        for event, following in pairwise([*events, {}]):
            player.breathless = "atOnce" in following
            await player.play(event)
        return player.reports_alike


class _Player:
    def __init__(
        self, head: Mapping[str, Any], events: list[Mapping[str, Any]], driver: Driver, library: Library, stack: AsyncExitStack
    ) -> None:
        self.reports_alike = 0
        self.same: Callable[[Any, Any], bool] = alike
        self.breathless = False
        """Whether the next thing is heard before this one has any effect."""
        self._driver = driver
        import_module(driver.open.__module__)  # where a driver keeps that for later: its records are read before it is opened
        self._package = driver.open.__module__.rpartition(".")[0]
        self._registration = Registration(driver=driver.name, address="192.0.2.1", **head["registration"])
        self._threads = Threads()
        self._clock = PlayedClock(head["at"], self._threads)
        self._context = Context(gateway="player", clock=self._clock, random=Random(head["seed"]), library=library)  # noqa: S311
        coming = [event["said"] for event in events if "said" in event]
        self._stage = Stage(coming, [(asked, partial(original, heard, self._package)) for asked, heard in _answers(events)])
        self._library = library
        self._stack = stack
        self._session: Session | None = None
        self._reports: list[Report] = []
        self._life: asyncio.Task[Any] | None = None
        self._work: asyncio.Task[Any] | None = None
        self._refreshing: asyncio.Task[Any] | None = None
        self._events: dict[str, Callable[[Any], Awaitable[None]]] = {
            "said": self._said,
            "heard": self._heard,
            "ended": self._ended,
            "described": self._described,
            "unopened": self._unopened,
            "report": self._report,
            "refresh": self._refresh,
            "refreshed": self._refreshed,
            "command": self._command,
            "done": self._done,
        }

    async def open(self) -> None:
        """Begin to open the unit; what it needs to hear for that comes with the events."""
        asyncio.get_running_loop().set_default_executor(self._threads)
        self._life = self._begun(self._live(), "session")

    async def play(self, event: Mapping[str, Any]) -> None:
        """Do or await one thing that happened."""
        if "cut" in event:
            raise Differs(f"the recording is cut off: {event['cut']}")
        ((what, about),) = [(name, value) for name, value in event.items() if name not in _ABOUT]
        if "atOnce" not in event:
            await self._clock.until(event["t"])
            await self._threads.settle()
        await self._events[what](about)

    def _begun(self, work: Any, name: str) -> "asyncio.Task[Any]":
        with tapped(self._stage):
            task: asyncio.Task[Any] = asyncio.create_task(work, name=f"player {name}")
        self._stack.push_async_callback(_ended, task)
        return task

    async def _live(self) -> None:
        """Open the unit and take what it reports, from beginning to end in one task."""
        async with self._driver.open(self._registration, self._context) as self._session:
            if isinstance(self._session, Pushed):
                self._session.push(self._reports.append)
                await self._session.changed()
            else:
                async for report in self._session.reports():
                    self._reports.append(report)

    async def _until(self, condition: Callable[[], bool], what: Callable[[], str]) -> None:
        """Let time pass until something holds; raise Differs when it never does."""
        latest = self._clock.monotonic() + PATIENCE
        while not condition():
            due = self._clock.next_due()
            if due is None or due > latest:
                raise Differs(f"{what()}{self._trouble()}")
            await self._clock.until(due)
            await self._threads.settle()

    def _trouble(self) -> str:
        failed = [
            task
            for task in (self._work, self._refreshing)
            if task is not None and task.done() and not task.cancelled() and task.exception()
        ]
        return "".join(f"; it ended with {task.exception()!r}" for task in failed)

    async def _said(self, message: Any) -> None:
        stage = self._stage
        await self._until(
            lambda: stage.has_said(message), lambda: f"the driver never says {message}; it says {[*stage.unexpected, *stage.saids][-3:]}"
        )

    async def _heard(self, message: Any) -> None:
        self._stage.take(original(message, self._package))
        if not self.breathless:
            await self._threads.settle()

    async def _ended(self, reason: str) -> None:
        self._stage.end(reason)
        await self._threads.settle()

    async def _described(self, devices: Any) -> None:
        def now() -> list[Any]:
            return [] if self._session is None else [plain(described(device)) for device in self._session.describe()]

        await self._until(lambda: self.same(devices, now()), lambda: f"the devices are described as {now()}, not as {devices}")

    async def _unopened(self, error: str) -> None:
        await self._until(lambda: self._life is not None and self._life.done(), lambda: f"it does not end with {error}")
        self._compare_error(self._life, error)

    async def _report(self, wanted: Any) -> None:
        await self._until(lambda: bool(self._reports), lambda: f"there is no report {wanted}")
        names = [] if self._session is None else [device.id for device in self._session.describe()]
        made = plain(reported(self._reports.pop(0), names))
        if not self.same(wanted, made):
            raise Differs(f"the report {self.reports_alike + 1} differs: {_difference(wanted, made)}")
        self.reports_alike += 1

    async def _refresh(self, _: Any) -> None:
        session = self._session
        if not isinstance(session, Polled):
            raise Differs("the session cannot be asked any more")
        self._refreshing = self._begun(session.refresh(), "refresh")
        await self._threads.settle()

    async def _refreshed(self, error: str) -> None:
        await self._until(lambda: self._refreshing is not None and self._refreshing.done(), lambda: "the refresh does not end")
        self._compare_error(self._refreshing, error)

    async def _command(self, wanted: Mapping[str, Any]) -> None:
        if self._session is None:
            raise Differs("there is a command, and no session to give it to")
        device = self._session.describe()[wanted["of"]].id
        operation = Operation(wanted["operation"])
        command = Command(
            id=wanted["id"],
            device=device,
            operation=operation,
            name=wanted["do"],
            input=wanted["input"],
            principal=Principal(wanted["by"], Role.OWNER),
            why=wanted["why"],
        )
        self._work = self._begun(_last(self._session, command), "command")
        await self._threads.settle()

    async def _done(self, wanted: Mapping[str, Any]) -> None:
        await self._until(lambda: self._work is not None and self._work.done(), lambda: f"the command does not end with {wanted}")
        if "failed" in wanted:
            self._compare_error(self._work, wanted["failed"])
            return
        self._compare_error(self._work, "")
        made = self._work.result() if self._work is not None else None
        if not alike(wanted, made):
            raise Differs(f"the command ends with {made}, not with {wanted}")

    def _compare_error(self, task: "asyncio.Task[Any] | None", wanted: str) -> None:
        error = task.exception() if task is not None and not task.cancelled() else None
        made = type(error).__name__ if error is not None else ""
        if made != wanted:
            raise Differs(f"it ends with {error!r}, not with {wanted or 'success'}")


def _answers(events: list[Mapping[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield each thing that was said with what was heard next, where that was at once."""
    for one, other in pairwise(events):
        if "said" in one and "heard" in other:
            yield one["said"], other["heard"]


async def _last(session: Session, command: Command) -> dict[str, Any]:
    last: dict[str, Any] = {}
    async for stage in session.execute(command):
        last = {"state": plain(stage.state), "output": plain(stage.output)}
    return last


async def _ended(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # told already, or the session's end


def _difference(wanted: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """Return what of two reports is not alike."""
    pairs = {name: (value, made.get(name)) for name, value in wanted.items() if name != "values"}
    values, others = wanted.get("values", {}), made.get("values", {})
    pairs |= {name: (values.get(name), others.get(name)) for name in {*values, *others}}
    return ", ".join(f"{name} is {after!r}, not {before!r}" for name, (before, after) in sorted(pairs.items()) if not alike(before, after))
