"""The open errands, and every way one of them is decided.

Everything here is synchronous: a report, a stage of the session, a tick of the clock, a device that goes or comes, a later
write. The first to decide wins; the errand's own task then stores and publishes the end.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.errors import (
    BY_CODE,
    CommandError,
    DeviceFailure,
    Expired,
    Offline,
    RateExceeded,
    Superseded,
    TimedOut,
)
from gateway.home.admission import EVIDENCE_SECONDS
from gateway.home.errand import Errand
from gateway.home.herald import Herald
from gateway.home.merge import shows
from gateway.home.run import Run
from gateway.home.twin import Twin
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Operation
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.timestamp import from_iso, iso
from gateway.thing.value import Quality, Value

OPEN_PER_DEVICE = 32
OPEN_IN_ALL = 1024

RECOVERY_SECONDS = 30.0
"""How long after a restart, or after the device came back, a command that had been handed over may still be seen."""

LONGEST_HOLD = 3600.0
"""How long a device may hold a write back before it counts as failed."""

STAGE_LIMIT = 1000
STAGE_SECONDS = 0.2
"""Running acks of one command: at most so many, and within one phase not more often than this."""


class Docket:
    """Open errands by device. `changed(twin, names)`: the pending of these properties changed."""

    def __init__(self, herald: Herald, clock: Clock, changed: Callable[[Twin, Iterable[str]], None]) -> None:
        self._herald = herald
        self._clock = clock
        self._changed = changed
        self._open: dict[str, dict[Run, Errand]] = {}
        self._count = 0
        self._awaiting: dict[tuple[str, str], Errand] = {}

    def __len__(self) -> int:
        return self._count

    def check_room(self, device: str) -> None:
        """Raise RateExceeded when too many commands are open."""
        if self._count >= OPEN_IN_ALL or len(self._open.get(device, ())) >= OPEN_PER_DEVICE:
            raise RateExceeded("too many commands are open; wait for some to end")

    def add(self, errand: Errand) -> None:
        """Take an admitted errand in."""
        self._open.setdefault(errand.twin.id, {})[errand.run] = errand
        self._count += 1

    def close(self, errand: Errand) -> None:
        """Let go of an errand whose end has been given."""
        of_device = self._open.get(errand.twin.id, {})
        if of_device.pop(errand.run, None) is not None:
            self._count -= 1
        if not of_device:
            self._open.pop(errand.twin.id, None)

    def of(self, device: str) -> tuple[Errand, ...]:
        """Return the open errands of a device, in the order they came."""
        return tuple(self._open.get(device, {}).values())

    def errand(self, run: Run) -> Errand | None:
        """Return the open errand of a run."""
        return self._open.get(run.device, {}).get(run)

    def waiting(self, principal: str) -> tuple[Errand, ...]:
        """Return a principal's errands that no session has got yet."""
        errands = (errand for of_device in self._open.values() for errand in of_device.values())
        return tuple(errand for errand in errands if errand.run.principal.name == principal and errand.handed_at is None)

    # -- waiting for evidence

    def take_over(self, errand: Errand, until: float | None) -> None:
        """Let an accepted errand await its properties (`until`: epoch seconds); what awaited them before is superseded."""
        twin, awaited = errand.twin, errand.plan.awaited
        older = {found: None for name in awaited if (found := self._awaiting.get((twin.id, name))) is not None}
        for name in awaited:
            self._awaiting[twin.id, name] = errand
        errand.behind = tuple(older)
        self.announce(errand, until)
        for earlier in older:
            self.decide(earlier, AckState.SUPERSEDED, error=Superseded(f"{errand.command.id} came later").document())

    def announce(self, errand: Errand, until: float | None) -> None:
        """Show in `$.pending` until when the errand's properties are awaited."""
        text = None if until is None else iso(until)
        mine = [name for name in errand.plan.awaited if self._awaiting.get((errand.twin.id, name)) is errand]
        news = [name for name in mine if errand.twin.awaited.get(name, "") != text]
        errand.twin.awaited.update(dict.fromkeys(news, text))
        if news:
            self._changed(errand.twin, news)

    def evidence(self, twin: Twin, report: Report) -> tuple[list[Errand], set[str]]:
        """Return the errands a merged report completes, and the names that nothing awaits any more.

        The caller publishes the state first and decides them then, so that the ack names the version that shows it.
        """
        finished: list[Errand] = []
        freed: set[str] = set()
        for name in report.values:
            errand = self._awaiting.get((twin.id, name)) if name in twin.awaited else None
            if errand is not None and errand.handed_at is not None and self._seen(errand, name, report.values[name]):
                finished.append(errand)
                freed |= self._free(errand)
        return finished, freed

    def completed(self, errand: Errand) -> None:
        """Decide that its effect is there."""
        self.decide(errand, AckState.COMPLETED, output=errand.output)

    def _seen(self, errand: Errand, name: str, value: Value) -> bool:
        """Note what a report showed of one awaited property; return whether that was the last thing missing."""
        if shows(errand.twin, name, errand.plan.awaited[name]):
            errand.seen.add(name)
            errand.shown.pop(name, None)
        elif errand.twin.quality.get(name) is not Quality.STALE:
            errand.seen.discard(name)
            errand.shown[name] = value
        all_seen = len(errand.seen) == len(errand.plan.awaited)
        return all_seen and (errand.plan.action is None or errand.session_done)

    def _free(self, errand: Errand) -> set[str]:
        device = errand.twin.id
        mine = {name for name in errand.plan.awaited if self._awaiting.get((device, name)) is errand}
        for name in mine:
            del self._awaiting[device, name]
            errand.twin.awaited.pop(name, None)
        return mine

    # -- deciding

    def decide(self, errand: Errand, state: AckState, *, error: Mapping[str, Any] | None = None, output: Value = None) -> None:
        """Decide the end of an errand, unless it is decided already."""
        if errand.decision is not None:
            return
        freed = self._free(errand)
        if freed:
            self._changed(errand.twin, freed)
        version = errand.twin.version if state is AckState.COMPLETED else None
        errand.decision = self._herald.ack(errand.command, state, error=error, output=output, version=version)
        errand.decided_at = self._clock.monotonic()
        errand.decided.set()
        errand.poke()

    def fail(self, errand: Errand, error: CommandError) -> None:
        """Decide that it failed."""
        self.decide(errand, AckState.FAILED, error=error.document())

    def progress(self, errand: Errand, progress: Progress) -> None:
        """Take one stage the session reported."""
        if errand.decision is not None or progress.state is AckState.ACCEPTED:
            return
        errand.session_done = progress.state.terminal
        if progress.state is AckState.COMPLETED:
            self._session_done(errand, progress)
        elif progress.state.terminal:
            self.decide(errand, progress.state, error=_error_of(progress), output=progress.output)
        else:
            self._stage(errand, progress)

    def _session_done(self, errand: Errand, progress: Progress) -> None:
        errand.output = _fitting(errand, progress.output)
        errand.deadline = max(errand.deadline, self._clock.monotonic() + EVIDENCE_SECONDS) if errand.plan.awaited else errand.deadline
        if all(shows(errand.twin, name, wanted) for name, wanted in errand.plan.awaited.items()):
            self.completed(errand)

    def _stage(self, errand: Errand, progress: Progress) -> None:
        now = self._clock.monotonic()
        if progress.state is AckState.DELAYED:
            hold = LONGEST_HOLD if progress.remaining is None else min(progress.remaining, LONGEST_HOLD)
            errand.deadline = max(errand.deadline, now + hold + errand.plan.seconds)
        if progress.percent is not None:
            errand.percent = max(errand.percent or 0.0, progress.percent)
        stage = (progress.state, progress.phase)
        if errand.stages >= STAGE_LIMIT or (errand.stage == stage and now - errand.stage_at < STAGE_SECONDS):
            return
        errand.stage, errand.stage_at = stage, now
        errand.stages += 1
        ack = self._herald.ack(errand.command, progress.state, phase=progress.phase, percent=errand.percent, remaining=progress.remaining)
        self._herald.say(errand.run, ack)

    # -- time and reachability

    def sweep(self) -> None:
        """Decide what has run out of time."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        for errands in tuple(self._open.values()):
            for errand in tuple(errands.values()):
                if errand.decision is None:
                    self._tick(errand, now, monotonic)

    def _tick(self, errand: Errand, now: float, monotonic: float) -> None:
        expires = errand.command.expires
        if errand.handed_at is not None:
            if monotonic >= errand.deadline:
                self._overdue(errand, now, monotonic)
        elif expires is not None and now >= expires:
            self.expire(errand)
        elif errand.give_up_at is not None and monotonic >= errand.give_up_at:
            late = TimedOut("the device was busy with earlier commands") if errand.twin.online else Offline(errand.twin.availability.reason)
            self.fail(errand, late)
        elif errand.behind or errand.waited:
            errand.poke()

    def expire(self, errand: Errand) -> None:
        """Decide that its time has passed."""
        self.decide(errand, AckState.EXPIRED, error=Expired("its time passed before it could be sent").document())

    def _overdue(self, errand: Errand, now: float, monotonic: float) -> None:
        held = self._held_until(errand, now)
        if held is not None and errand.handed_at is not None and monotonic - errand.handed_at < LONGEST_HOLD:
            errand.deadline = monotonic + min(held - now, LONGEST_HOLD) + EVIDENCE_SECONDS
        elif not errand.twin.online:
            self.fail(errand, Offline(errand.twin.availability.reason))
        elif errand.recovered and not errand.plan.awaited:
            self.fail(errand, DeviceFailure("the gateway was restarted meanwhile; what became of it is not known"))
        elif errand.shown:
            name, value = next(iter(errand.shown.items()))
            wanted = errand.plan.awaited[name]
            self.fail(errand, DeviceFailure(f"{name} shows {value!r} where {wanted!r} was asked", property=name))
        else:
            self.fail(errand, TimedOut("the device never showed it" if errand.plan.awaited else "the device never said how it ended"))

    def _held_until(self, errand: Errand, now: float) -> float | None:
        """Return until when (epoch seconds) the device itself holds back what is awaited; None when it holds nothing."""
        held = errand.twin.held
        times = [held[name] for name in errand.plan.awaited if name in held]
        known = [moment for text in times if text is not None and (moment := _moment(text)) > now]
        return max(known) if known else (now if None in times else None)

    def attached(self, twin: Twin) -> None:
        """Let what waited go on; what was handed over before a restart has 30 s from now to show."""
        for errand in self.of(twin.id):
            if errand.recovered and errand.handed_at is not None:
                errand.deadline = self._clock.monotonic() + RECOVERY_SECONDS
            errand.poke()

    def unreachable(self, twin: Twin) -> None:
        """Fail what cannot wait for the device to come back, nor be seen then."""
        for errand in self.of(twin.id):
            if errand.handed_at is not None:
                if not errand.plan.awaited and not errand.recovered:
                    self.fail(errand, Offline(f"the device was lost while doing it: {twin.availability.reason}"))
            elif errand.command.expires is None and not errand.recovered:
                self.fail(errand, Offline(twin.availability.reason))
            else:
                errand.waited = True

    def poke(self, device: str) -> None:
        """Let every errand of a device look whether it is its turn."""
        for errand in self.of(device):
            errand.poke()


def _moment(text: str) -> float:
    try:
        return from_iso(text)
    except CommandError:
        return 0.0


def _error_of(progress: Progress) -> Mapping[str, Any] | None:
    if progress.error is not None:
        return {name: value for name, value in progress.error.items() if name != "confirm"}  # an appliance's token is the driver's
    if progress.state is AckState.CANCELLED:
        return None
    return BY_CODE.get(progress.state.value, DeviceFailure)().document()


def _fitting(errand: Errand, output: Value) -> Value:
    """Return an action's output, or None when it breaks the profile."""
    if output is None or errand.command.operation is not Operation.INVOKE_ACTION:
        return None
    try:
        errand.twin.instance.check_output(errand.command.name, output)
    except CommandError:
        return None
    return output
