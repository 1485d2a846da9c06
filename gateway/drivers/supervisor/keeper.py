"""The life of one registration: open, attach, listen, lose, pause, open again.

Everything a driver may do wrong ends here: this module and `carried` are the only places that catch any exception at
all, and each is logged with the driver's name and the unit's key.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace

from gateway.drivers.parts.waiting import Flag, within
from gateway.drivers.spi import Context, Driver, Polled, Pushed, Registration, Remote, Sink
from gateway.drivers.supervisor.carried import Carried
from gateway.drivers.supervisor.leaving import explained
from gateway.drivers.supervisor.limits import Limits
from gateway.drivers.supervisor.status import SessionState, SessionStatus, expected, leaf, reason_of
from gateway.drivers.supervisor.valve import Valve
from gateway.errors import CommandError, DeviceFailure, Offline, TimedOut, Unauthenticated, WireError
from gateway.thing.description import Description
from gateway.thing.internet import Internet
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Session

_NUMERIC = re.compile(r"[0-9.]+\Z|[0-9a-fA-F:.%]*:").match
_BATCH = 16
"""Reports taken from one session before others get their turn."""


class Keeper:
    """Keeps one registration's session alive; `run` is its task.

    `claim(device, self)` answers whether this registration may carry the device (another one may carry it already); `internet` tells,
    where it can, whether a unit may have left because that is gone. `carried(device, driver, key)` is told of what it carries.
    """

    def __init__(
        self,
        registration: Registration,
        *,
        driver: Callable[[str], Driver],
        sink: Sink,
        context: Context,
        limits: Limits,
        claim: Callable[[str, "Keeper"], bool],
        internet: Internet,
        carried: Callable[[str, str, str], Awaitable[None]],
    ) -> None:
        self.registration = registration
        self.devices: tuple[str, ...] = ()
        self._last: tuple[str, ...] = ()
        self.state = SessionState.QUEUED
        self._driver = driver
        self._sink = sink
        self._context = context
        self._limits = limits
        self._claim = claim
        self._tell_carried = carried
        self._internet = internet
        self._carried = Carried(registration.driver, registration.key, limits)
        self._valve: Valve | None = None
        self._described: tuple[Description, ...] = ()
        self._scope: asyncio.Timeout | None = None
        self._moved = False
        self._told = False
        self._strangers: tuple[str, ...] = ()
        self._polled = False
        self._claimed: Registration | None = None
        self._hurry = Flag()
        self._hurried = float("-inf")
        self.since = context.clock.now()
        self._left = context.clock.monotonic()
        self._tried = self._opened = float("-inf")
        self._attempts = 0
        self._reason = ""

    def status(self) -> SessionStatus:
        """Return what a person is told about this registration."""
        return SessionStatus(
            driver=self.registration.driver,
            key=self.registration.key,
            devices=self.devices or self._last,
            state=self.state,
            since=self.since,
            reason=self._reason,
            attempts=self._attempts,
            address=self.registration.address,
            port=self.registration.port,
            flooding=self._valve is not None and self._valve.slowing,
            secret=bool(self.registration.credentials),
        )

    def nudged(self) -> None:
        """Cut a pause short: what a unit was away for may be over."""
        if self.state is SessionState.WAITING:
            self._attempts = 0
            self._interrupt()

    def reached(self) -> tuple[str, int] | None:
        """Return where an open session asks the unit and is answered; None where nothing proves that it is there."""
        known = self.registration
        proven = self._polled and self.state is SessionState.OPEN and known.port and _NUMERIC(known.address)
        return (known.address, known.port) if proven else None

    def remote(self) -> Remote | None:
        """Return the open session where its transmitter speaks for others."""
        return self._carried.remote()

    def away(self) -> float | None:
        """Return for how many seconds it has had no session, whatever was made of the clock meanwhile; None while it has one."""
        return None if self.state is SessionState.OPEN else self._context.clock.monotonic() - self._left

    def moved(self, address: str, port: int, facts: Mapping[str, str]) -> None:
        """Open again at once where anything changed; a mere sighting only cuts a pause short.

        Anybody may say that the unit is elsewhere now. Where it answers at its place, it is asked there first: only its silence tells.
        """
        new = replace(self.registration, address=address, port=port, facts=facts)
        if self.reached() in {None, (address, port)}:
            self.take(new)
            return
        self._claimed = new
        if self._context.clock.monotonic() - self._hurried >= self._limits.least_gap:
            self._hurried = self._context.clock.monotonic()
            self._hurry.set()

    def take(self, new: Registration) -> None:
        """Likewise with a registration that may have other credentials too; its devices stay its own until the unit says otherwise."""
        changed = new != self.registration
        if changed:  # else the one that discovery holds as well stays the only one
            self.registration = new
        waited = self._context.clock.monotonic() - self._tried
        if changed:
            self._attempts = 0
        if changed or (self.state is SessionState.WAITING and waited >= self._limits.least_gap):
            self._moved = changed and self.state in {SessionState.OPEN, SessionState.OPENING}
            self._interrupt()

    def again(self) -> None:
        """Open a session anew at once; one that is open gives way without its devices being said to be away."""
        self._moved = self.state in {SessionState.OPEN, SessionState.OPENING}
        self._interrupt()

    async def run(self, pause: float) -> None:
        """Keep the session alive until cancelled."""
        try:
            while True:
                await self._pause(pause)
                pause = await self._life()
        finally:
            self._become(SessionState.CLOSED)
            self._lose("the gateway let go of it")

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(None) as self._scope:
                await self._context.clock.sleep(seconds)
        except TimeoutError:
            return
        finally:
            self._scope = None

    async def _life(self) -> float:
        """Live through one session; return the pause before the next."""
        self._become(SessionState.OPENING)
        self._tried = self._context.clock.monotonic()
        try:
            async with asyncio.timeout(None) as self._scope:
                await self._session()
        except asyncio.CancelledError:
            if _being_cancelled():
                raise
            return self._failed(DeviceFailure("the driver gave up"))
        except Exception as error:  # the supervisor is where a driver's mistakes end
            if _being_cancelled():  # closing hid it behind a mistake of its own
                raise asyncio.CancelledError from error
            return self._failed(error)
        finally:
            self._scope = None
        return 0.0

    async def _session(self) -> None:
        driver = self._driver(self.registration.driver)
        manager = driver.open(self.registration, self._context)
        async with asyncio.timeout(self._limits.open):
            session = await manager.__aenter__()
        try:
            await self._attach(session)
            self._opened = self._context.clock.monotonic()
            self._become(SessionState.OPEN)
            await self._listen(session)
        except BaseException as error:
            self._carried.closed("the session is closed")
            await self._close(manager, error)
            raise
        self._carried.closed("the session is closed")
        await self._close(manager, None)
        raise Offline("the unit ended the conversation")

    async def _close(self, manager: AbstractAsyncContextManager[Session], error: BaseException | None) -> None:
        """Leave a driver's context manager within the limit, and never lose a cancellation over what that raises."""
        try:
            async with asyncio.timeout(self._limits.close):
                await manager.__aexit__(
                    type(error) if error is not None else None, error, error.__traceback__ if error is not None else None
                )
        except TimeoutError:
            self._log().warning("driver.closed_badly", why=f"not closed within {self._limits.close:g} s")
        except Exception as failure:
            if failure is error or not _being_cancelled():
                raise
            self._log().warning("driver.closed_badly", why=reason_of(failure))

    async def _attach(self, session: Session) -> None:
        """Hand every device of the session to the home; raise the refusal when not one of them is taken."""
        before, self._described = self.devices, session.describe()
        self._carried.opened(session, self._described)
        taken: list[str] = []
        refusal: CommandError | None = None
        for description in self._described:
            try:
                await self._attach_one(description)
                taken.append(description.id)
            except CommandError as error:
                refusal = error
                self._log().warning("driver.device_refused", device=description.id, why=error.detail, code=error.code)
        self.devices = self._last = tuple(taken)
        for device in set(before) - set(taken):
            self._sink.detach(device, "the unit does not carry it any more")
        if refusal is not None and not taken:
            raise refusal

    async def _attach_one(self, description: Description) -> None:
        if not self._claim(description.id, self):
            raise DeviceFailure(f"{description.id} is carried by another registration")
        await self._sink.attach(description, self._carried)
        await self._tell_carried(description.id, self.registration.driver, self.registration.key)

    async def _listen(self, session: Session) -> None:
        self._valve = valve = Valve(self._deliver, self._flooding, self._limits, self._context.clock)
        self._polled, self._claimed = isinstance(session, Polled), None
        try:
            if isinstance(session, Polled):
                async with asyncio.TaskGroup() as group:
                    poll = group.create_task(self._poll(session), name=f"{self.registration.driver}:{self.registration.key}:poll")
                    await self._hear(session, valve)
                    poll.cancel()
            else:
                await self._hear(session, valve)
        finally:
            self._polled = False
            valve.close()

    async def _hear(self, session: Session, valve: Valve) -> None:
        if not isinstance(session, Pushed):
            await self._pump(session, valve)
            return
        session.push(valve.push)
        while True:
            await session.changed()
            await self._attach(session)

    async def _pump(self, session: Session, valve: Valve) -> None:
        reports = session.reports()
        try:
            taken = 0
            async for report in reports:
                valve.push(report)
                taken += 1
                if taken % _BATCH == 0:
                    await asyncio.sleep(self._limits.flush if valve.slowing else 0)
                if (now := session.describe()) is not self._described and now != self._described:
                    await self._attach(session)
        finally:
            await _end(reports)

    async def _poll(self, session: Polled) -> None:
        misses = 0
        while True:
            try:
                async with asyncio.timeout(self._limits.refresh):
                    await session.refresh()
                misses, self._claimed = 0, None
            except (TimedOut, Offline, WireError, OSError) as error:
                self._follow_claim(error)
                misses += 1
                if misses >= self._limits.misses:
                    raise Offline(f"no answer to {misses} questions in a row: {reason_of(error)}") from error
            pace = min(self._limits.retry, session.interval) if misses else max(session.interval, 0.1)
            self._hurry.clear()
            with suppress(TimedOut):
                await within(
                    self._context.clock, pace * self._context.random.uniform(0.9, 1.1), self._hurry.wait(), "a claim to have moved"
                )

    def _follow_claim(self, error: Exception) -> None:
        """Go where the unit is said to be, now that it does not answer where it was; raise Offline then."""
        if self._claimed is not None:
            self.registration, self._moved, self._attempts = self._claimed, True, 0
            raise Offline("the unit has moved") from error

    def _deliver(self, report: Report) -> None:
        if report.device not in self.devices:
            self._stranger(report.device)
            return
        try:
            self._sink.report(report)
        except Exception:  # noqa: BLE001 - a pushed report must not throw into the wire it came from
            self._log().exception("driver.report_failed", device=report.device)

    def _stranger(self, device: str) -> None:
        if device not in self._strangers and len(self._strangers) < _BATCH:
            self._strangers = (*self._strangers, device)
            self._log().warning("driver.report_of_a_device_it_does_not_carry", device=device)

    def _flooding(self, slowing: bool) -> None:
        if slowing:
            self._log().warning("driver.flood", limit_per_second=self._limits.rate, devices=self.devices)

    def _failed(self, error: Exception) -> float:
        if self._moved:
            self._moved = False
            return 0.0
        if self._context.clock.monotonic() - self._opened >= self._limits.steady and self.state is SessionState.OPEN:
            self._attempts = 0
        self._attempts += 1
        reason = self._explained(error)
        if not expected(error):
            self._log().error("driver.failed", exc_info=error, attempts=self._attempts)
        elif reason != self._reason:
            self._log().info("driver.session_lost", why=reason, attempts=self._attempts)
            self._tell_refusal(error, reason)
        self._lose(reason)
        self._become(SessionState.WAITING, reason)
        return self._limits.pause(self._attempts, self._context.random)

    def _tell_refusal(self, error: Exception, reason: str) -> None:
        """Tell of devices that are away already why they stay so: that a unit refuses this hub is more than that it was gone."""
        if not self.devices and isinstance(leaf(error), Unauthenticated | DeviceFailure):
            for device in filter(lambda device: self._claim(device, self), self._last):
                self._sink.detach(device, reason)

    def _lose(self, reason: str) -> None:
        self._carried.closed(reason)
        for device in self.devices:
            self._sink.detach(device, reason)
        self.devices = ()

    def _explained(self, error: Exception) -> str:
        """Return why it is away; once more is known than when it went, tell that too."""
        plain = reason_of(error)
        left = self._context.clock.now() if self.state is SessionState.OPEN else self.since
        reason = explained(plain, leaf(error), self._described, self._internet.look(), left)
        if reason != plain and not self.devices and not self._told:
            for device in filter(lambda device: self._claim(device, self), self._last):
                self._sink.detach(device, reason)
        self._told = reason != plain
        return reason

    def _become(self, state: SessionState, reason: str = "") -> None:
        if SessionState.OPEN in {state, self.state} or state is SessionState.CLOSED:
            self.since = self._context.clock.now()
            self._left = self._context.clock.monotonic()
        self.state = state
        if state is not SessionState.OPENING:
            self._reason = reason

    def _log(self) -> Log:
        return Log(driver=self.registration.driver, key=self.registration.key)

    def _interrupt(self) -> None:
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(reports: AsyncIterator[Report]) -> None:
    close = getattr(reports, "aclose", None)
    if close is not None:
        await close()
