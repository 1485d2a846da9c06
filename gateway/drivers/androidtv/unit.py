"""One box: which keys make what is asked, and how it is seen that they did.

This wire sets nothing to a value but by keys: power and mute turn over, the volume goes a step up or down. So a key is pressed, and the
next only once the box has shown what came of it; what it does not show within a while is not made up, and not pressed twice.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from gateway.drivers.androidtv.description import describe
from gateway.drivers.androidtv.line import Line
from gateway.drivers.androidtv.mapping import Kind
from gateway.drivers.parts.named import step_of
from gateway.drivers.parts.reading import numeric
from gateway.drivers.parts.session import Heard
from gateway.errors import DeviceFailure, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.clock import Clock
from gateway.thing.description import Description
from gateway.thing.value import Value

TURNING: Final = 10.0
"""Seconds in which a box shows that it was switched on or off, or muted."""
STEP: Final = 3.0
"""Seconds in which it shows a step of the volume."""
SETTLING: Final = 13.0
"""Seconds in which a volume has to be reached: who waits for the command waits no longer."""
GRACE: Final = 30.0
"""Seconds after which a key that showed nothing is forgotten."""
A_MOMENT: Final = 0.4
"""Seconds for what a box says of its volume after it has said that it is ready."""
_NUMBER = "number"


class BoxUnit:
    """The box on a line."""

    def __init__(self, line: Line, kind: Kind, key: str, clock: Clock) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = line.closed
        self._line = line
        self._kind = kind
        self._key = key
        self._clock = clock
        self._owed: dict[str, float] = {}
        line.news = self._news

    def describe(self, readings: Collection[str]) -> Description:
        """Return the device as far as it is known; `readings`: the names of what it has told."""
        return describe(self._kind, self._key, self._line.shown, readings)

    def words(self, asked: Mapping[str, Value]) -> object:
        """Return what has to be asked for; ReadOnly for what this box has no key for."""
        return self._kind.words(asked, self._line.shown)

    async def begin(self) -> None:
        """Wait a moment for what the box says after its first word."""
        if "most" not in self._line.shown:
            try:
                await self._line.until(lambda: "most" in self._line.shown, A_MOMENT, "the volume")
            except TimedOut:  # a box with a soundbar never tells
                self._line.check()
        await self.ask()

    async def ask(self) -> bool:
        """Tell how it is: a box says each change by itself, so what it said last holds as long as it is heard at all."""
        self._line.check()
        self.heard(self._kind.read(self._line.shown))
        return True

    async def probe(self) -> None:
        """Likewise."""
        await self.ask()

    async def set(self, asked: Mapping[str, Value]) -> bool:
        """Press what makes it so; raise TimedOut when the box does not show it, DeviceFailure when its steps pass over it."""
        order = self._kind.words(asked, self._line.shown)
        level = step_of(order["volume"], int(numeric(self._line.shown["most"]) or 1)) if "volume" in order else None
        if order.get("on") is True:
            await self._turn("on", True, "power")
        if "muted" in order:
            await self._turn("muted", order["muted"], "mute")
        if level is not None:
            await self._loud(level)
        if order.get("on") is False:
            await self._turn("on", False, "power")
        return True

    async def invoke(self, name: str, argument: Value) -> Value:
        """Press a key, choose a channel by its number, open an app or a link; Unknown for anything else."""
        actions: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "sendKey": lambda said: self._press(str(said["key"])),
            "setChannel": self._channel,
            "launchApp": lambda said: self._launch(str(said["app"])),
            "x-androidtv-openLink": lambda said: self._line.open(str(said["link"])),
        }
        if name not in actions or not isinstance(argument, dict):
            raise Unknown(f"this box has no {name}")
        try:
            actions[name](argument)
        except KeyError as missing:
            raise SchemaViolation(f"{name} wants {missing}", property=str(missing.args[0])) from missing
        return None

    def _press(self, key: str) -> None:
        if key not in self._kind.keys:
            raise SchemaViolation(f"the remote service has no key {key!r}", property="key")
        self._line.press(self._kind.keys[key])

    def _channel(self, said: Mapping[str, Any]) -> None:
        if _NUMBER not in said:
            raise SchemaViolation("this box is tuned by the digits of a channel's number; it takes no names", property="name")
        for digit in str(int(said[_NUMBER])):
            self._press(digit)

    def _launch(self, app: str) -> None:
        if app not in self._kind.apps:
            raise SchemaViolation(f"nothing is known that opens {app!r}: `x-androidtv-openLink` takes any link", property="app")
        self._line.open(self._kind.apps[app])

    async def _turn(self, word: str, wanted: Value, key: str) -> None:
        """Press a key that turns over, once, where that is what makes it so."""
        if self._line.shown.get(word) is wanted:
            return
        if self._owed.get(word, 0.0) > self._clock.monotonic():
            raise StateConflict(f"the box has not shown yet what came of the last {key} key: wait until it does", property=key)
        self._owed[word] = self._clock.monotonic() + GRACE
        self._press(key)
        await self._line.until(lambda: self._line.shown.get(word) is wanted, TURNING, f"the {key} key was pressed, and the box showed")

    async def _loud(self, level: int) -> None:
        """Go there step by step, each seen before the next."""
        until = self._clock.monotonic() + SETTLING
        last = self._line.shown["level"]
        up = int(numeric(last) or 0) < level
        while (now := int(numeric(self._line.shown["level"]) or 0)) != level:
            if (now < level) is not up:
                raise DeviceFailure(f"a key changes the volume of this box by more than a step: it is at {now} now, and passed {level}")
            if self._clock.monotonic() > until:
                raise TimedOut(f"the volume came to step {now} of {level} only: the box is slow; ask again")
            self._press("volume-up" if up else "volume-down")
            await self._line.until(lambda now=now: self._line.shown["level"] != now, STEP, "a step of the volume")  # type: ignore[misc]

    def _news(self, words: Mapping[str, Value]) -> None:
        for word in words:
            self._owed.pop(word, None)
        self.heard(self._kind.says(self._line.shown, words))
