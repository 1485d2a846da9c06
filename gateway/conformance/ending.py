"""What the end of a check means: it passed, found something, could not be tried, or is itself at fault."""

import asyncio
import traceback
from dataclasses import dataclass

from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.selection import Selected
from gateway.conformance.verdict import Outcome


@dataclass(frozen=True, slots=True)
class End:
    """How a check ended, and why."""

    outcome: Outcome
    because: str
    failure: Failure | None = None
    asked: bool = True


def judged(task: asyncio.Task[None], chosen: Selected) -> End:
    """Return what the end of a check means."""
    error = None if task.cancelled() else task.exception()
    match found := _within(error):
        case None if not task.cancelled():
            return End(Outcome.PASSED, chosen.because)
        case Untried():
            return End(Outcome.SKIPPED, str(found), asked=not isinstance(found, NotAsked))
        case Failure():
            return End(Outcome.FAILED, chosen.because, found)
    told = "it was cancelled" if error is None else "".join(traceback.format_exception(error)[-3:])
    return End(Outcome.ERRORED, chosen.because, Failure("a verdict: this is a defect of the suite, please report it", came=told))


def _within(error: BaseException | None) -> BaseException | None:
    """Return what a task group holds that is meant: a Failure before anything else, then that something cannot be tried."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner = [_within(each) for each in error.exceptions]
    for kind in (Failure, Untried):
        if found := next((each for each in inner if isinstance(each, kind)), None):
            return found
    return error
