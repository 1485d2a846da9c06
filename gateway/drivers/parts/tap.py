"""A tap on a conversation, above its cipher: how a session is recorded, and how a recording is played to a driver that asks no unit.

Whoever owns a conversation (`Exchange`; a driver's own connection) looks once, when it opens, whether there is a tap on this task, and
tells it every message in clear that is said and heard: after deciphering, before reading what it means. Mostly there is none, and
nothing is done. A tap that is not `live` stands in for the unit: nothing is opened or sent then, and what the unit says comes through
`listen`.

The tap comes with the task and not with the driver's arguments, so that no driver has to hand it on, and none can forget to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from gateway.errors import WireError


class Tap(Protocol):
    """Told what is said and heard: records of bytes, numbers and texts, whatever the wire calls a message."""

    live: bool

    def said(self, message: Any) -> None:
        """Take what the hub said to the unit."""
        ...

    def heard(self, message: Any) -> None:
        """Take what the unit said."""
        ...

    def ended(self, reason: str) -> None:
        """Take that the unit, or the way to it, broke the conversation off."""
        ...

    def listen(self, take: Callable[[Any], None], end: Callable[[str], None]) -> None:
        """Hand on what the unit says to `take`, and that it broke off to `end`: only asked of a tap that is not live."""
        ...


_TAP: ContextVar[Tap | None] = ContextVar("tap", default=None)


def tap() -> Tap | None:
    """Return the tap on this task's conversation; None: nobody records or plays."""
    return _TAP.get()


@contextmanager
def tapped(by: Tap | None) -> Iterator[None]:
    """Have conversations that are opened within the block, and by tasks begun in it, tapped."""
    before = _TAP.set(by)
    try:
        yield
    finally:
        _TAP.reset(before)


def in_clear(data: bytes, read: Callable[[bytes], Any]) -> Any:
    """Return what a datagram of ours says in clear; where nobody can read it back, its text or its length."""
    try:
        return read(data)
    except WireError:
        text = data.decode(errors="replace")
        return text if text.isprintable() and "\ufffd" not in text else {"bytes": len(data)}
