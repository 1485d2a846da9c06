"""One errand inside the session: what the session says on the way, and whatever goes wrong there."""

from collections.abc import AsyncIterator
from typing import Protocol

from gateway.errors import CommandError, DeviceFailure
from gateway.home.errand import Errand
from gateway.thing.log import Log
from gateway.thing.session import Progress, Session

_log = Log()


class Listener(Protocol):
    """Whoever decides about errands."""

    def progress(self, errand: Errand, progress: Progress) -> None:
        """Take one stage."""
        ...

    def fail(self, errand: Errand, error: CommandError) -> None:
        """Decide that it failed, unless it is decided already."""
        ...


async def execute(errand: Errand, session: Session, listener: Listener) -> None:
    """Let the session do it; a driver's mistake ends as a failed command and never goes further."""
    try:
        await _listen(errand, session, listener)
    except CommandError as error:
        listener.fail(errand, error)
    except Exception as error:  # noqa: BLE001 - a driver's code: the supervisor answers for the session, here no command stays open
        _log.warning("session failed in a command", device=errand.twin.id, command=errand.command.id, reason=repr(error))
        listener.fail(errand, DeviceFailure(f"the session failed: {type(error).__name__}"))


async def cancel(errand: Errand, target: Errand, session: Session, listener: Listener) -> None:
    """Ask the session to stop `target`; its refusal fails the errand that asked."""
    try:
        await session.cancel(target.session_id)
    except CommandError as error:
        listener.fail(errand, error)
    except Exception as error:  # noqa: BLE001 - as above
        _log.warning("session failed in a cancel", device=errand.twin.id, command=target.command.id, reason=repr(error))
        listener.fail(errand, DeviceFailure(f"the session failed: {type(error).__name__}"))


async def _listen(errand: Errand, session: Session, listener: Listener) -> None:
    stages = session.execute(errand.session_command())
    try:
        async for progress in stages:
            listener.progress(errand, progress)
            if progress.state.terminal or errand.decision is not None:
                break
        else:
            _ended_early(errand, listener)
    finally:
        await _close(stages)


def _ended_early(errand: Errand, listener: Listener) -> None:
    """Fail an action that has no result; a write may still be seen."""
    if not errand.plan.awaited:
        listener.fail(errand, DeviceFailure("the session ended without a result"))


async def _close(stages: AsyncIterator[Progress]) -> None:
    close = getattr(stages, "aclose", None)
    if close is not None:
        await close()
