"""What systemd is told of a gateway it has started: that it is ready, what it does, and at every beat that its loop still turns.

One datagram a message, lines of NAME=VALUE, to the unix socket that NOTIFY_SOCKET names (sd_notify(3)). The beat is a task on the loop
itself: a loop that hangs sends none, and systemd starts the gateway anew. Where nobody listens, nothing is said and nothing fails.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from gateway.thing.clock import Clock

CALM_SECONDS = 10.0
"""Between two words about ourselves where systemd waits for no beat."""
BEATS = 3
"""In the time after which systemd takes us for dead; two may be lost."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """Who listens (a path, or @ and an abstract name), and after how many seconds at the latest they want to hear of us."""

    address: str
    beat: float

    def tell(self, **words: str | int) -> None:
        """Send one message; one that cannot be sent is lost, for a gateway must not fail where nobody listens."""
        text = "\n".join(f"{name}={str(value).replace(chr(10), ' ')}" for name, value in words.items())
        target = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            link.sendto(text.encode(), target)


def supervision(environment: MutableMapping[str, str]) -> Supervision | None:
    """Take from the environment who supervises us, so that no child of ours speaks for us; None: nobody does."""
    address = environment.pop("NOTIFY_SOCKET", "")
    limit, watched = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):
        return None
    meant = limit.isdecimal() and int(limit) > 0 and watched in {"", str(os.getpid())}
    return Supervision(address, int(limit) / 1e6 / BEATS if meant else CALM_SECONDS)


@asynccontextmanager
async def supervised(by: Supervision | None, clock: Clock, status: Callable[[], str]) -> AsyncIterator[None]:
    """Say READY now, `status()` at every beat, and STOPPING at the end."""
    if by is None:
        yield
        return
    async with asyncio.TaskGroup() as tasks:
        by.tell(READY=1, STATUS=status())
        beating = tasks.create_task(_beat(by, clock, status), name="systemd: beat")
        try:
            yield
        finally:
            by.tell(STOPPING=1, STATUS="stopping")
            beating.cancel()


async def _beat(by: Supervision, clock: Clock, status: Callable[[], str]) -> None:
    while True:
        by.tell(WATCHDOG=1, STATUS=status())
        await clock.sleep(by.beat)
