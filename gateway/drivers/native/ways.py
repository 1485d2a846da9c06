"""Which way leads to an appliance now, and what its availability is because of that.

MQTT is used while the link is up and the appliance (or its will) has not said offline. Otherwise CoAP is tried where an
address is known, again and again, until the broker shows the appliance once more. Nobody is told "offline" while the
other way is still being tried.
"""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.drivers.native.coap_line import CoapLine
from gateway.drivers.native.links import Line
from gateway.drivers.native.mqtt_line import MqttLine
from gateway.drivers.parts.waiting import Flag
from gateway.drivers.spi import Context
from gateway.errors import CommandError, Offline, WireError
from gateway.thing.availability import Availability, AvailabilityState

Talk = Callable[[Callable[[CoapLine], None]], Awaitable[None]]
"""Talks CoAP until that fails: calls its argument once the appliance has answered, ends by raising."""

_RETRY = 20.0
_UNHEARD = "it has not said yet that it is there"
_LINK_DOWN = "the link to the broker is down"


class Ways:
    """Chooses between the two. `mqtt` and `talk` are None where there is no such way; `on_change` hears every decision."""

    def __init__(
        self,
        context: Context,
        *,
        mqtt: MqttLine | None,
        talk: Talk | None,
        on_change: Callable[[Availability], None],
        on_end: Callable[[Exception], None],
    ) -> None:
        self._context = context
        self._mqtt = mqtt
        self._talk = talk
        self._on_change = on_change
        self._on_end = on_end
        self._group: asyncio.TaskGroup | None = None
        self._task: asyncio.Task[None] | None = None
        self._coap: CoapLine | None = None
        self._trying = False
        self._tried = Flag()
        self._coap_trouble = ""
        self._link = True
        self._said: Availability | None = None
        self._shown: tuple[AvailabilityState, str] | None = None

    @property
    def line(self) -> Line | None:
        """Return the way that works now, None when there is none."""
        return self._mqtt if self._mqtt is not None and self._mqtt_works else self._coap

    async def found(self) -> Line | None:
        """Return the way that works; while one is being tried, once it has answered or has not."""
        while self.line is None and self._trying:
            await self._tried.wait()
        return self.line

    @property
    def trouble(self) -> str:
        """Return why no way works."""
        if self._mqtt is None:
            return self._coap_trouble or _UNHEARD
        if not self._link:
            return _LINK_DOWN
        return self._coap_trouble or _UNHEARD if self._said is None else self._said.reason or "it said goodbye"

    @property
    def _mqtt_works(self) -> bool:
        return self._link and self._said is not None and self._said.state is not AvailabilityState.OFFLINE

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Start choosing; CoAP runs as a task of `group`."""
        self._group = group
        self._choose()

    def end(self) -> None:
        """Stop trying."""
        self._group = None
        self._stop_coap()

    def said(self, availability: Availability) -> None:
        """Take what the broker shows."""
        self._said = availability
        self._choose()

    def link(self, up: bool) -> None:
        """Take notice that the link to the broker went up or down; once it is down, availability must be heard again."""
        self._link = up
        if not up:
            self._said = None
        self._choose()

    def _choose(self) -> None:
        if self._group is None:
            return
        if self._mqtt is not None and self._mqtt_works:
            self._stop_coap()
        elif self._talk is not None and self._task is None:
            self._trying = True
            self._tried.clear()
            self._task = self._group.create_task(self._keep_talking(self._talk), name="native coap")
        self._show()

    def _show(self) -> None:
        if self.line is None and self._trying and (self._shown is not None or self._mqtt is None):
            return
        if self._mqtt_works and self._said is not None:
            now = self._said
        elif self._coap is not None:
            now = Availability(AvailabilityState.ONLINE, self._context.clock.now())
        else:
            now = Availability(AvailabilityState.OFFLINE, self._context.clock.now(), self.trouble)
        if (now.state, now.reason) != self._shown:
            self._shown = (now.state, now.reason)
            self._on_change(now)

    def _stop_coap(self) -> None:
        self._decided(None)
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _keep_talking(self, talk: Talk) -> None:
        while True:
            try:
                await talk(self._answered)
            except (CommandError, WireError, OSError) as error:
                self._lost(error)
            if self._mqtt is None:
                return
            await self._context.clock.sleep(_RETRY * self._context.random.uniform(0.5, 1.5))

    def _answered(self, line: CoapLine) -> None:
        self._decided(line)
        self._show()

    def _lost(self, error: Exception) -> None:
        self._coap_trouble = str(error)
        self._decided(None)
        self._show()
        if self._mqtt is None:
            self._on_end(error if isinstance(error, CommandError) else Offline(str(error)))

    def _decided(self, line: CoapLine | None) -> None:
        self._coap, self._trying = line, False
        self._tried.set()
