"""Whether the link to a broker is down for longer than a restart takes: for wires whose devices live on the broker.

By the loop's own time, as the link itself: a watch belongs to the link and not to one of the sessions, whose clocks may be others, and a
look takes no task that somebody would have to own.
"""

import asyncio
from collections.abc import Callable

from gateway.protocol.mqtt import MqttClient

LOOK = 1.0
"""Seconds between two looks at the link."""
GRACE = 3
"""Looks in a row that must find it down before anybody is told: a broker that restarts does not make all devices flap."""


class LinkWatch:
    """`up`: as it was last told. `changed` is called with it when it turns over, between `begin` and `end`."""

    def __init__(self, client: MqttClient, changed: Callable[[bool], None]) -> None:
        self.up = True
        self._client = client
        self._changed = changed
        self._down = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look from now on; a second time does nothing."""
        if self._timer is None:
            self._look()

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)
        self._down = 0 if self._client.connected else self._down + 1
        up = self._down < GRACE
        if up != self.up:
            self.up = up
            self._changed(up)
