"""One device behind a bridge, as a wire of self-described devices: its topics, questions, and what it is told.

It is told and asked by its address on the radio, which both every version of Zigbee2MQTT takes and no renaming changes; it is heard under
its friendly name, whatever that is at the moment. An optimistic bridge shows what it was told as soon as the device has taken the message.
What can be asked for is therefore asked for after that, and shown only as the answer says.
"""

import asyncio
import math
from collections.abc import Collection, Mapping

import orjson

from gateway.drivers.parts.selfdescribed.wire import Heard, Reached
from gateway.drivers.parts.waiting import within
from gateway.drivers.zigbee2mqtt.bridge import Bridge, read_state
from gateway.drivers.zigbee2mqtt.exposes import Exposed
from gateway.drivers.zigbee2mqtt.line import Line
from gateway.drivers.zigbee2mqtt.listing import Listed
from gateway.drivers.zigbee2mqtt.state import States
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.value import Value

MOST_ASKED = 24
"""Properties that are asked for in one message: each is a question over the air."""
KEPT = 0.2
"""Seconds for what the broker keeps of a device to arrive."""
ANSWER = 2.5
"""Seconds a device may take for an answer; then it is told or asked again, for what is set to a value may be said twice."""
SLEEPER = 8.0
"""Seconds one may take that looks into its letter box only now and then."""
TRIES = 3
FRESH = 60.0
"""Seconds for which a state is as good as an answer."""
UNREACHED = "Zigbee2MQTT cannot reach the device"
SILENT = "it did not answer when it was asked how it is; it may be without power"
_log = Log(driver="zigbee2mqtt")


class Zigbee2mqttUnit:
    """One device (`SelfDescribedWire`); `line` is its way to the bridge."""

    def __init__(self, line: Line, exposed: Exposed, device: Listed, clock: Clock) -> None:
        self.heard: Heard = lambda _: None
        self.reached: Reached = lambda _state, _reason: None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.optimistic: Collection[str] = ()
        self._line = line
        self._states = States(exposed)
        self._definition = device.definition
        self._sleeps = device.sleeps
        self._gettable = tuple(feature.key for feature in exposed.claim.features if feature.key in exposed.asked)
        self._clock = clock
        self._turn = asyncio.Lock()
        self._said = asyncio.Event()
        self._withheld: frozenset[str] = frozenset()
        self._wanted: Mapping[str, Value] = {}
        self._last: dict[str, Value] = {}
        self._trouble = ""
        self._available: bool | None = None
        self._silent = False
        self._told_at = -math.inf
        self._away: str | None = None
        self._garbage = 0

    async def begin(self) -> None:
        """Hear what the broker keeps, and ask for the rest; a device that is away for the moment is taken as it is."""
        await self._line.listen(self)
        await self._answered(KEPT)
        self._tell_reached()
        if not self._away and not await self.ask() and self._gettable and not self._sleeps:
            self._silent = True
            self._tell_reached()

    async def ask(self) -> bool:
        """Ask for what can be asked for; return whether the device answered.

        One that sleeps, or tells by itself only, is not asked, nor one that has just told its state.
        """
        if self._trouble:
            raise Offline(self._trouble)
        if not self._gettable or self._sleeps or self._clock.monotonic() - self._told_at < FRESH:
            return bool(self._last)
        async with self._turn:
            return await self._question(self._gettable[:MOST_ASKED])

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Tell the device; raise TimedOut when it shows nothing, Offline when there is no way to it."""
        if self._away:
            raise Offline(self._away)
        shown = {key: value for key, value in asked.items() if key in self._states.shown}
        async with self._turn:
            try:
                await self._told(asked, shown)
            finally:
                self._withheld, self._wanted = frozenset(), {}

    async def _told(self, asked: Mapping[str, Value], shown: Mapping[str, Value]) -> None:
        """Say it until something shows that it arrived; nothing is said again before it was looked for."""
        sure = () if self._sleeps else tuple(key for key in shown if key in self._gettable)
        heard = False
        for _ in range(1 if self._sleeps else TRIES):
            self._withheld, self._wanted = frozenset(sure), shown
            self._said.clear()
            await self._line.send("set", orjson.dumps(self._states.write(asked)))
            if not shown:
                return  # nothing will ever show that it was done
            taken = await self._answered(SLEEPER if self._sleeps else ANSWER)
            if sure:
                self._wanted = {}
                answered = await self._question(sure)
                heard = heard or answered
                taken = answered and (taken or all(matches(self._last.get(key), shown[key]) for key in sure))
            if taken:
                return
        if not heard:
            raise TimedOut("Zigbee2MQTT shows nothing of it: the device is out of reach, or sleeps")

    async def _question(self, keys: Collection[str]) -> bool:
        """Ask the device itself; return whether a state came. What is withheld may be shown from now on."""
        self._withheld = frozenset()
        self._said.clear()
        await self._line.send("get", orjson.dumps(self._states.question(keys)))
        return await self._answered(ANSWER)

    async def _answered(self, seconds: float) -> bool:
        """Return whether a state arrives in time; of one that was told something, a state that has it."""
        try:
            await within(self._clock, seconds, self._said.wait(), "a state")
        except TimedOut:
            return False
        return True

    # What the line hands on

    def state(self, payload: bytes, *, retained: bool) -> None:
        """Take a state."""
        if not payload:
            return  # the broker was told to forget it
        try:
            values = self._states.read(payload, retained=retained)
        except WireError as error:
            self._drop(str(error))
            return
        self._last |= values
        if not retained:
            self._told_at = self._clock.monotonic()
            self._silent = False
            self._tell_reached()
        shown = {key: value for key, value in values.items() if key not in self._withheld}
        if shown:
            self.heard(shown)
        if all(matches(values.get(key), value) for key, value in self._wanted.items()):
            self._said.set()

    def availability(self, payload: bytes) -> None:
        """Take what the bridge says about the device; nothing: it no longer says."""
        said = read_state(payload) if payload else None
        if payload and said is None:
            self._drop("an availability that is neither online nor offline")
            return
        self._available = said
        self._silent = self._silent and said is not True
        self._tell_reached()

    def placed(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> None:
        """Take notice of where the device is listed."""
        if device is not None and device.definition != self._definition and not self.closed.done():
            self.closed.set_exception(ConnectionResetError("the device describes itself otherwise now: opened again with that"))
            self.closed.exception()
        self._trouble = _trouble(bridge, device, up=up)
        self._tell_reached()

    def _tell_reached(self) -> None:
        away = self._trouble or (UNREACHED if self._available is False else SILENT if self._silent else "")
        if away != self._away:
            before, self._away = self._away, away
            if away or before is not None:
                self.reached(AvailabilityState.OFFLINE if away else AvailabilityState.ONLINE, away)

    def _drop(self, why: str) -> None:
        self._garbage += 1
        if self._garbage == 1:
            _log.warning("zigbee2mqtt.dropped", key=self._line.ieee, why=why)


def _trouble(bridge: Bridge | None, device: Listed | None, *, up: bool) -> str:
    """Return why a device cannot be had, whatever itself says; "" where nothing speaks against it."""
    if not up:
        return "the link to the broker is down"
    if bridge is None or device is None:
        return "no Zigbee2MQTT on this broker lists it: it was removed, or its bridge is another"
    if not bridge.runs:
        return f"Zigbee2MQTT ({bridge.base}) is offline"
    return "it is disabled in Zigbee2MQTT" if device.disabled else ""


def matches(told: Value, wanted: Value) -> bool:
    """Return whether a state has what was asked for; numbers may have been rounded on the way."""
    if isinstance(wanted, Mapping):
        return isinstance(told, Mapping) and all(matches(told.get(name), each) for name, each in wanted.items())
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (told, wanted))
    if numbers:
        return bool(abs(told - wanted) <= max(1.0, abs(wanted) / 100))
    return type(told) is type(wanted) and told == wanted
