"""What a laboratory does to the plug's own link: some is lost, all is late, some comes twice (`network` of the control interface).

A datagram that is lost never comes. TCP sends what is lost again, and throws away what comes twice: over MQTT both are lateness.
"""

import asyncio
import random
from collections.abc import Callable

from plug.refusal import Refusal

MOST = {"loss": 1.0, "delay": 60.0, "twice": 1.0}
_AGAIN = 0.2
"""Seconds until TCP sends a lost piece again the first time; twice as long each further time (RFC 6298)."""
_HOPE = 0.9
"""The greatest share that a stream loses, for it comes through in the end."""


class Network:
    """`loss` and `twice` are shares of what passes, `delay` seconds each way."""

    def __init__(self) -> None:
        self.loss = self.delay = self.twice = 0.0
        self._link = 0
        self._random = random.Random()  # noqa: S311 - a lost packet is no secret

    def set(self, name: str, value: object) -> None:
        """Set one of the three; Refusal for what is none of them, or out of range."""
        if name not in MOST:
            raise Refusal("unknown", f"a network has silent, {', '.join(MOST)}", property=name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST[name]:
            raise Refusal("schema", f"{name} is a number from 0 to {MOST[name]:g}", property=name)
        setattr(self, name, float(value))

    def carry(self, take: Callable[[], None]) -> None:
        """Let a datagram pass: call `take` for each copy that arrives, when it does."""
        if self._random.random() < self.loss:
            return
        for _ in range(2 if self._random.random() < self.twice else 1):
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self._late, self._link, take)
            else:
                take()

    def cut(self) -> None:
        """End the link: what is still on its way never arrives."""
        self._link += 1

    def _late(self, link: int, take: Callable[[], None]) -> None:
        if link == self._link:
            take()

    async def travel(self) -> None:
        """Wait until a message of a stream has arrived."""
        if wait := self.lateness():
            await asyncio.sleep(wait)

    def lateness(self) -> float:
        """Return after how many seconds the next message of a stream arrives: it always does."""
        wait, again = self.delay, _AGAIN
        while self._random.random() < min(self.loss, _HOPE):
            wait, again = wait + again, again * 2
        return wait
