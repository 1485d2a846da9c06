"""The session the home holds: the same object over all reconnects, and a wall against what the driver does.

With no session open a command ends with Offline at once. A driver that does not answer is left after a while, one that
throws is logged and answered for, and when the session dies in the middle of a command the command ends at that moment.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from gateway.drivers.spi import Believer, Remote
from gateway.drivers.supervisor.limits import Limits
from gateway.drivers.supervisor.status import reason_of
from gateway.errors import CommandError, DeviceFailure, LinkDown, Offline, TimedOut, WireError
from gateway.thing.command import Command
from gateway.thing.concealed import CONCEALED
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session
from gateway.thing.value import Value

_log = Log()


class Carried:
    """A Session whose inner session comes and goes."""

    def __init__(self, driver: str, key: str, limits: Limits) -> None:
        self._limits = limits
        self._driver, self._key = driver, key
        self._session: Session | None = None
        self._descriptions: tuple[Description, ...] = ()
        self._reason = "not opened yet"
        self._waiting: tuple[asyncio.Timeout, ...] = ()

    def opened(self, session: Session, descriptions: tuple[Description, ...]) -> None:
        """Carry `session` from now on."""
        self._session, self._descriptions = session, descriptions

    def closed(self, reason: str) -> None:
        """Carry nothing; commands that wait for an answer end now."""
        self._session, self._reason = None, reason
        now = asyncio.get_running_loop().time()
        for scope in self._waiting:
            if not scope.expired():  # it is ending already, and takes no other time
                scope.reschedule(now)

    def describe(self) -> tuple[Description, ...]:
        """Return the devices of the last session."""
        return self._descriptions

    async def reports(self) -> AsyncIterator[Report]:
        """Yield nothing: the supervisor reads the driver's reports and hands them to the sink."""
        return
        yield

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Let the open session do it; raise Offline when there is none, TimedOut when it says nothing."""
        session = self._present()
        async with self._isolated(session, "execute", self._limits.answer):
            stages = session.execute(command)
        try:
            patience = self._limits.answer
            while True:
                async with self._isolated(session, "execute", patience):
                    progress = await anext(stages, None)
                if progress is None:
                    raise DeviceFailure("the driver ended without a result")
                yield progress
                if progress.state.terminal:
                    return
                patience = max(self._limits.long, 2.0 * (progress.remaining or 0.0))
        finally:
            await self._end(stages)

    async def cancel(self, command_id: str) -> None:
        """Ask the open session to stop a running action."""
        session = self._present()
        async with self._isolated(session, "cancel", self._limits.answer):
            await session.cancel(command_id)

    def believe(self, device: str, values: Mapping[str, Value]) -> bool:
        """Let the open session take a true reading of a device that it only assumes things of; return whether it took it."""
        session = self._session
        if not isinstance(session, Believer):
            return False
        try:
            return session.believe(device, values)
        except Exception:  # noqa: BLE001 - the supervisor is where a driver's mistakes end
            _log.exception("driver.failed", driver=self._driver, key=self._key, doing="believe")
            return False

    def remote(self) -> Remote | None:
        """Return the open session where its transmitter speaks for others; None for any other, and while none is open."""
        return self._session if isinstance(self._session, Remote) else None

    def _present(self) -> Session:
        if self._session is None:
            raise Offline(self._reason)
        return self._session

    @asynccontextmanager
    async def _isolated(self, session: Session, doing: str, patience: float) -> AsyncIterator[None]:
        """Turn whatever the driver raises, and its silence, into one of our CommandErrors."""
        try:
            async with self._interruptible(patience):
                yield
        except CommandError as error:
            error.detail = CONCEALED.hide(error.detail)
            raise
        except TimeoutError as error:
            if self._session is not session:
                raise Offline(self._reason) from error
            raise TimedOut(f"the driver did not answer within {patience:g} s") from error
        except (OSError, LinkDown, WireError) as error:
            raise Offline(reason_of(error)) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise DeviceFailure("the driver gave up") from error
        except Exception as error:
            _log.exception("driver.failed", driver=self._driver, key=self._key, doing=doing)
            raise DeviceFailure(reason_of(error)) from error

    @asynccontextmanager
    async def _interruptible(self, patience: float) -> AsyncIterator[None]:
        async with asyncio.timeout(patience) as scope:
            self._waiting = (*self._waiting, scope)
            try:
                yield
            finally:
                self._waiting = tuple(other for other in self._waiting if other is not scope)

    async def _end(self, stages: AsyncIterator[Progress]) -> None:
        close = getattr(stages, "aclose", None)
        if close is None:
            return
        try:
            async with asyncio.timeout(self._limits.close):
                await close()
        except Exception:  # noqa: BLE001 - the supervisor is where a driver's mistakes end
            _log.exception("driver.failed", driver=self._driver, key=self._key, doing="end of execute")
