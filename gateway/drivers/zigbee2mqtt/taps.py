"""A tap on a device behind a bridge: where it is listed, what its topics say, and what it is told and asked.

What it exposes is one text, so that the names of its features are not taken for the names of its owner's things; the friendly name is one,
and is made another wherever a recording is given away.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.drivers.parts.body import read, written
from gateway.drivers.parts.tap import Tap
from gateway.drivers.zigbee2mqtt.bridge import Bridge
from gateway.drivers.zigbee2mqtt.line import Inlet, Line
from gateway.drivers.zigbee2mqtt.listing import Listed


@dataclass(frozen=True, slots=True)
class Said:
    """What the device was told (`set`) or asked (`get`)."""

    verb: str
    body: Any


@dataclass(frozen=True, slots=True)
class Told:
    """What a topic of the device said: `what` is state or availability."""

    what: str
    body: Any
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the device was listed: `base` is "" for nowhere. `exposes`: its definition as JSON, "" where that is no news."""

    base: str
    runs: bool = True
    up: bool = True
    name: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    disabled: bool = False
    sleeps: bool = False
    exposes: str = ""


class TappedLine:
    """A line that tells what passes; also the inlet of the line below."""

    def __init__(self, line: Line, tap: Tap) -> None:
        self.ieee = line.ieee
        self._line = line
        self._tap = tap
        self._inlet: Inlet | None = None
        self._definition = b""

    async def listed(self) -> Listed:
        """Return the device's row once there is one."""
        return await self._line.listed()

    def definition(self, device: Listed) -> Mapping[str, Any]:
        """Return what is known about its model."""
        return self._line.definition(device)

    async def listen(self, inlet: Inlet) -> None:
        """Hand on what is heard from now on."""
        self._inlet = inlet
        await self._line.listen(self)

    async def send(self, verb: str, payload: bytes) -> None:
        """Tell or ask the device; raise Offline."""
        self._tap.said(Said(verb, read(payload)))
        await self._line.send(verb, payload)

    def state(self, payload: bytes, *, retained: bool) -> None:
        """Take a state."""
        self._tap.heard(Told("state", read(payload), retained))
        if self._inlet is not None:
            self._inlet.state(payload, retained=retained)

    def availability(self, payload: bytes) -> None:
        """Take whether the bridge reaches the device."""
        self._tap.heard(Told("availability", read(payload)))
        if self._inlet is not None:
            self._inlet.availability(payload)

    def placed(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> None:
        """Take notice of where the device is listed."""
        self._tap.heard(self._words(bridge, device, up=up))
        if self._inlet is not None:
            self._inlet.placed(bridge, device, up=up)

    def _words(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> Placed:
        if bridge is None or device is None:
            return Placed("", up=up)
        news, self._definition = device.definition != self._definition, device.definition
        return Placed(
            bridge.base,
            runs=bridge.runs,
            up=up,
            name=device.name,
            maker=device.maker,
            model=device.model,
            firmware=device.firmware,
            disabled=device.disabled,
            sleeps=device.sleeps,
            exposes=orjson.dumps(self._line.definition(device)).decode() if news else "",
        )


class PlayedLine:
    """Stands in for the line: it says what a recording has."""

    def __init__(self, ieee: str, tap: Tap) -> None:
        self.ieee = ieee
        self._tap = tap
        self._inlet: Inlet | None = None
        self._waiting: list[Told] = []
        self._place: tuple[Bridge | None, Listed | None, bool] = (None, None, True)
        self._exposes = ""
        self._found = asyncio.Event()
        tap.listen(self._take, lambda _: None)

    async def listed(self) -> Listed:
        """Return the device's row as the recording has it."""
        while (device := self._place[1]) is None:
            self._found.clear()
            await self._found.wait()
        return device

    def definition(self, device: Listed) -> Mapping[str, Any]:  # noqa: ARG002 - there is one
        """Return what is known about its model."""
        found: dict[str, Any] = orjson.loads(self._exposes)
        return found

    async def listen(self, inlet: Inlet) -> None:
        """Hand on what the recording has from now on."""
        self._inlet = inlet
        self._hand_on()
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            self._tell(told)

    async def send(self, verb: str, payload: bytes) -> None:
        """Compare what is said with what was."""
        self._tap.said(Said(verb, read(payload)))

    def _take(self, message: Any) -> None:
        if isinstance(message, Placed):
            self._move(message)
        elif self._inlet is None:
            self._waiting.append(message)
        else:
            self._tell(message)

    def _move(self, told: Placed) -> None:
        self._exposes = told.exposes or self._exposes
        bridge = Bridge(told.base, online=told.runs) if told.base else None
        digest = self._exposes.encode()
        device = Listed(self.ieee, told.name, told.maker, told.model, "", told.firmware, digest, told.disabled, told.sleeps)
        self._place = (bridge, device if bridge is not None else None, told.up)
        self._found.set()
        self._hand_on()

    def _hand_on(self) -> None:
        if self._inlet is not None:
            bridge, device, up = self._place
            self._inlet.placed(bridge, device, up=up)

    def _tell(self, told: Told) -> None:
        if self._inlet is None:
            return
        if told.what == "state":
            self._inlet.state(written(told.body), retained=told.retained)
        else:
            self._inlet.availability(written(told.body))
