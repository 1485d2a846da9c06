"""What `hulian devices` and the doctor are told about each registration."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import CommandError, HulianError
from gateway.thing.concealed import CONCEALED


class SessionState(StrEnum):
    """QUEUED: never tried yet; OPENING; OPEN; WAITING: failed, to be tried again; CLOSED: removed."""

    QUEUED = "queued"
    OPENING = "opening"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """`since` is seconds since the epoch; `attempts` failures in a row; `flooding`: it is being slowed.

    `secret`: it is spoken to with a secret of its own.
    """

    driver: str
    key: str
    devices: tuple[str, ...]
    state: SessionState
    since: float
    reason: str
    attempts: int
    address: str = ""
    port: int = 0
    flooding: bool = False
    secret: bool = False


def leaf(error: BaseException) -> BaseException:
    """Return the first error inside a group, or `error` itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def expected(error: BaseException) -> bool:
    """Return whether a unit or the network may cause this; anything else is a mistake in the driver."""
    return isinstance(leaf(error), HulianError | OSError)


def reason_of(error: BaseException) -> str:
    """Return one sentence a person understands, with no secret in it: it is shown on every face."""
    return CONCEALED.hide(_reason(leaf(error)))


def _reason(error: BaseException) -> str:
    if isinstance(error, CommandError):
        return error.detail or error.title
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    if isinstance(error, HulianError | OSError):
        return str(error) or type(error).__name__
    return f"mistake in the driver: {type(error).__name__}"
