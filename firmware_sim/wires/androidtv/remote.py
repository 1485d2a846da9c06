"""How a paired client drives a box: it is told whether the box is on, how loud, and what is in front; it presses keys and opens links.

The box says first what it can, hears what the client can, and then starts. Every few seconds it pings, and a client that does not answer
three times is left. What changes is told as it is at that moment: ten presses of a key may come to one word about the volume.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.androidtv.box import Box
from firmware_sim.wires.androidtv.channel import Channel, Gone
from firmware_sim.wires.androidtv.keys import END_LONG, KEYS, LAUNCHER, PACKAGES, POWER, SLEEP, WAKEUP, package_in
from firmware_sim.wires.androidtv.messages import REMOTE, Frames, framed
from firmware_sim.wires.press import press

KEY, IME, VOICE, POWER_TOLD, VOLUME_TOLD, LINKS = 2, 4, 8, 32, 64, 512
ABLE: Final = KEY | IME | VOICE | POWER_TOLD | VOLUME_TOLD | LINKS
UNANSWERED: Final = 3
"""Pings without an answer before a client is left."""
_PERCENT = 100


class Player:
    """The appliance as a remote sees it: its volume in steps, and the package in front. `steps`: the loudest; `moved` is called then."""

    def __init__(self, appliance: Appliance, steps: int, *, silent: bool, moved: Callable[[], None]) -> None:
        self.appliance = appliance
        self._steps = steps
        self._silent = silent
        self._moved = moved
        self._front = LAUNCHER

    @property
    def on(self) -> bool:
        """Whether it is not in standby."""
        return bool(self.appliance.values()["power"])

    def volume(self) -> dict[str, Any]:
        """Return how loud it is; nothing where the sound is somebody else's."""
        values = self.appliance.values()
        if self._silent:
            return {"player": "", "most": 0, "level": 0, "muted": False}
        level = round(values["volume"] * self._steps / _PERCENT)
        return {
            "unknown1": 1,
            "unknown2": 1,
            "player": "box",
            "most": self._steps,
            "level": level,
            "muted": bool(values.get("mute", False)),
        }

    def front(self) -> str:
        """Return the package in front."""
        app = self.appliance.values().get("app")
        if app is None:  # a box whose profile has no apps
            return self._front if self.on else LAUNCHER
        return PACKAGES.get(app, f"org.hulian.{app}") if app else LAUNCHER

    def press(self, code: int) -> None:
        """Press a key; what the appliance refuses, or has not, does nothing."""
        if code in {SLEEP, WAKEUP, POWER}:
            press(self.appliance, {"power": code == WAKEUP if code != POWER else not self.on})
            return
        if KEYS.get(code) == "home":
            self._front = LAUNCHER
        if code in KEYS:
            self._invoke("sendKey", {"key": KEYS[code]})
        self._moved()

    def open(self, link: str) -> None:
        """Bring what a link names to the front, where it is installed."""
        package = package_in(link)
        if package and self.on:
            self._front = package
            word = next((word for word, each in PACKAGES.items() if each == package), "")
            if word:
                self._invoke("launchApp", {"app": word})
        self._moved()

    def _invoke(self, action: str, argument: Mapping[str, Any]) -> None:
        try:
            self.appliance.invoke(action, argument)
        except Refusal:
            return


class Remote:
    """One client; `run` until it is gone. `words` are what it has not been told yet."""

    def __init__(self, box: Box, player: Player, channel: Channel, *, ping: float, version: str, told_apps: bool) -> None:
        self._box = box
        self._player = player
        self._channel = channel
        self._ping = ping
        self._version = version
        self._able = ABLE if told_apps else ABLE & ~IME
        self._news = asyncio.Event()
        self._untold: set[str] = set()
        self._told: dict[str, Any] = {}
        self._unanswered = 0
        self._asked = 0

    async def run(self) -> None:
        """Agree, then tell and obey; raise Gone, or protobuf.Garbled for what is none."""
        await self._channel.open()
        await self._say({"configure": {"features": self._able, "device": self._device()}})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(), name="androidtv hears")
            tasks.create_task(self._tell(), name="androidtv tells")
            tasks.create_task(self._beat(), name="androidtv pings")

    def changed(self) -> None:
        """Something about the appliance did."""
        self._news.set()

    def _device(self) -> dict[str, Any]:
        package = "com.google.android.tv.remote.service"
        shown = {"model": self._box.model, "vendor": self._box.vendor, "unknown1": 1, "android": "11"}
        return shown | {"package": package, "version": self._version}

    async def _hear(self) -> None:
        frames = Frames(REMOTE)
        while True:
            for said in frames.take(await self._channel.read()):
                await self._obey(said)

    async def _obey(self, said: Mapping[str, Any]) -> None:
        if "configure" in said:
            self._able &= said["configure"]["features"]
            await self._say({"active": {"features": self._able}})
        elif "active" in said:
            self._untold = {"start", "volume", *(("app",) if self._able & IME else ())}
            self._news.set()
        elif "key" in said and said["key"]["direction"] != END_LONG:
            self._player.press(said["key"]["code"])
        elif "link" in said:
            self._player.open(said["link"]["link"])
        elif "pong" in said:
            self._unanswered = 0

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._untold:
                for name, what in self._now().items():
                    if self._told.get(name) != what:
                        await self._say({name: what})
                        self._told[name] = what

    def _now(self) -> dict[str, Any]:
        now = {
            "app": {"app": {"counter": 1, "label": "", "package": self._player.front()}},
            "volume": self._player.volume(),
            "start": {"started": self._player.on},
        }
        return {name: what for name, what in now.items() if name in self._untold}

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._ping)
            if self._unanswered >= UNANSWERED:
                raise Gone("it does not answer")
            self._asked += 1
            self._unanswered += 1
            await self._say({"ping": {"number": self._asked}})

    async def _say(self, what: Mapping[str, Any]) -> None:
        await self._channel.send(framed(REMOTE, what))
