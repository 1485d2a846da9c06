"""Going without while the mains are weak: the least dear goes off first, one after the other, until the volts are well or nobody is left.

What was switched off is given back in turn, the dearest first, once the mains have been well for a while and while the line bears it;
only that, and not where somebody has switched it on, or said otherwise, since. Between weak and well nothing is done, so that nothing
goes on and off. Should the volts fall again as something comes back, the rest waits twice as long. It ends when everything is given back,
or there was no room for the rest in a whole hour. What was taken stands in the report (`power`, `shed`), so that a hub that was restarted
meanwhile gives it back all the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from gateway.scenes.asking import Asking
from gateway.scenes.document import OnFail
from gateway.scenes.house import House, believed, heard, shows
from gateway.scenes.plan import Shedding
from gateway.scenes.report import OBEYED, Line, Outcome, Report
from gateway.scenes.turns.draws import SWITCH
from gateway.scenes.turns.priority import Priority, priority
from gateway.scenes.turns.returning import Returning
from gateway.scenes.turns.steps import EACH
from gateway.scenes.turns.volts import is_sagging, volts_of
from gateway.thing.clock import Clock

EVERY: Final = 1.0
"""Seconds between two looks at the volts."""
LONGEST: Final = 3600.0
"""Seconds the mains have to be well at most, and for which there may be no room for somebody."""
MOST_LINES: Final = 400
"""Lines of a report after which nothing more is taken: what is taken is still given back."""
OFF: Final[Mapping[str, Any]] = {SWITCH: False}
ON: Final[Mapping[str, Any]] = {SWITCH: True}


@dataclass(slots=True, kw_only=True)
class Memo:
    """What a report keeps of it. `who`: whom it may take, `taken`: whom it has, in this order; volts and seconds as the step says."""

    who: list[str]
    taken: list[str]
    below: float
    back: float
    steady: float
    well: float
    spacing: float
    first: list[str]
    last: list[str]
    line: int
    limit: float | None = None
    """Watts the line bears, as the run was told."""

    @classmethod
    def of(cls, part: Shedding, limit: float | None) -> Self:
        """Return what a part of a plan comes to."""
        step, who = part.step, [task.device for task in part.tasks]
        more = {name: getattr(step, name) for name in ("steady", "well", "spacing", "line")}
        return cls(who=who, taken=[], below=part.below, back=part.back, first=list(step.first), last=list(step.last), limit=limit, **more)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class Shed:
    """What one run takes and gives back. `keep` writes the report down."""

    def __init__(
        self, memo: Memo, report: Report, house: House, asking: Asking, clock: Clock, keep: Callable[[Report], Awaitable[None]]
    ) -> None:
        self._memo = memo
        self._report = report
        self._house = house
        self._asking = asking
        self._clock = clock
        self._keep = keep
        self._well = memo.well
        self._lost: set[str] = set()
        self._order: Priority = priority(memo.first, memo.last)
        self._returning = Returning(house, memo.limit)
        self._full_since: float | None = None

    async def run(self) -> None:
        """Watch the mains until they are well and everything is given back."""
        self._report.power["shed"] = self._memo.document()
        weak_since, well_since = None, None
        while True:
            now, weak = self._clock.monotonic(), self._is_weak()
            weak_since = (now if weak_since is None else weak_since) if weak is True else None
            well_since = (now if well_since is None else well_since) if weak is False else None
            self._leave_to_others()
            if weak_since is not None and now - weak_since >= self._memo.steady:
                await self._take_one()
            elif well_since is not None and now - well_since >= (self._well if self._memo.taken else self._memo.steady):
                if not self._memo.taken:
                    return
                await self._give_one(now)
            await self._clock.sleep(EVERY)

    def _is_weak(self) -> bool | None:
        """Return whether the mains are weak, or well (False); None in between, and where nobody says anything."""
        volts = volts_of(self._house)
        if volts is None:
            return is_sagging(self._house)
        return True if volts < self._memo.below else False if volts >= self._memo.back else None

    async def _take_one(self) -> None:
        """Switch off the least dear that is on, and wait to see what that does."""
        on = [device for device in self._sorted(self._memo.who) if device not in self._lost and self._may_take(device)]
        if not on or len(self._report.lines) >= MOST_LINES:
            return
        device = on[-1]
        self._report.before.setdefault(device, {}).update(believed(self._house.twin(device), OFF))
        self._memo.taken.append(device)
        line = await self._ask(device, OFF)
        if line.outcome not in OBEYED and not line.asked_at_all:
            self._memo.taken.remove(device)
            self._lost.add(device)
        await self._clock.sleep(self._memo.spacing)

    async def _give_one(self, now: float) -> None:
        """Switch the dearest on again that the line has room for; where the mains do not bear it, wait longer with the next."""
        waiting = self._sorted(self._memo.taken)
        device = await self._returning.next(waiting)
        if device is None:
            await self._wait_for_room(waiting, now)
            return
        self._full_since = None
        self._memo.taken.remove(device)
        self._returning.came(device)
        line = await self._ask(device, ON)
        if line.asked_at_all and line.outcome not in OBEYED:
            self._lost.add(device)
        await self._clock.sleep(self._memo.spacing)
        if self._is_weak():
            self._well = min(LONGEST, self._well * 2)

    async def _wait_for_room(self, waiting: Sequence[str], now: float) -> None:
        """Let those wait for whom the line has no room; after an hour of it say why they stay off, and leave them."""
        if self._full_since is None:
            self._full_since = now
            self._report.notes += [f"line {self._memo.line}: {device} waits: {self._returning.why_not(device)}" for device in waiting]
            await self._keep(self._report)
        if now - self._full_since < LONGEST:
            return
        for device in waiting:
            why = self._returning.why_not(device)
            line = Line(device=device, asked=ON, lines=(self._memo.line,), deadline=EACH, on_fail=OnFail.CONTINUE)
            line.end(Outcome.NOT_TRIED, why)
            self._report.lines.append(line)
            told = {"device": device, "at": round(self._clock.now() - self._report.began, 1), "leftOut": why}
            self._report.power.setdefault("order", []).append(told)
            self._memo.taken.remove(device)
        await self._keep(self._report)

    async def _ask(self, device: str, what: Mapping[str, Any]) -> Line:
        """Ask a device, with the line on disk before it is asked."""
        line = Line(device=device, asked=what, lines=(self._memo.line,), deadline=EACH, on_fail=OnFail.CONTINUE)
        self._report.lines.append(line)
        self._report.power["shed"] = self._memo.document()
        self._tell(device, what)
        await self._keep(self._report)
        await self._asking.ask(line)
        await self._keep(self._report)
        return line

    def _leave_to_others(self) -> None:
        """Forget whom somebody has switched on since, and who is no more: they are nobody's to give back, or to take again."""
        for device in tuple(self._memo.taken):
            gone = device not in self._house.devices()
            if gone or (heard(self._house.twin(device)) and shows(self._house.twin(device), ON)):
                self._memo.taken.remove(device)
                self._lost.add(device)

    def _may_take(self, device: str) -> bool:
        if device not in self._house.devices() or device in self._memo.taken:
            return False
        twin = self._house.twin(device)
        fed = (each for each in self._house.devices() if self._house.links.feeder(each) == device)
        kept = any(self._order.keeps(self._house.twin(each)) for each in (device, *fed))
        return not kept and heard(twin) and shows(twin, ON)

    def _sorted(self, devices: Iterable[str]) -> list[str]:
        here = [device for device in devices if device in self._house.devices()]
        return sorted(here, key=lambda device: self._order.rank(self._house.twin(device)))

    def _tell(self, device: str, what: Mapping[str, Any]) -> None:
        volts = volts_of(self._house)
        told = {"device": device, "at": round(self._clock.now() - self._report.began, 1), "what": "on" if what[SWITCH] else "off"}
        self._report.power.setdefault("order", []).append(told | ({} if volts is None else {"volts": round(volts, 1)}))
