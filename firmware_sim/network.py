"""The bad network between an appliance and its home, as set on the control socket.

A wire asks before it answers or sends: `drops()` once per message, or `await travels()` which also waits the delay. While the
network is `mute` (made silent, or the mains is off) nothing goes out and what comes in is not read; a wire that holds a connection to a
broker drops it without a goodbye. When the address changes or power returns, the unit closes the wire and opens a new one: a wire never
rebinds itself.
"""

import asyncio
from collections.abc import Callable
from random import Random

from firmware_sim.refusal import Refusal


class Network:
    """Loss 0..1, delay in seconds, silence and the IPv4 address of one appliance."""

    def __init__(self, address: str = "127.0.0.1", *, random: Random | None = None) -> None:
        self.address = address
        self.loss = 0.0
        self.delay = 0.0
        self.silent = False
        self.powered = True
        self.leaving = False
        self._random = random or Random(0)  # noqa: S311 - a lost packet is no secret
        self._listeners: list[Callable[[], None]] = []

    @property
    def mute(self) -> bool:
        """Whether nothing at all gets through in either direction."""
        return self.silent or not self.powered

    @property
    def goodbye(self) -> bool:
        """Whether a closing wire may take its leave (MQTT DISCONNECT, mDNS goodbye); not after a power cut or an address change."""
        return not self.mute and not self.leaving

    def drops(self) -> bool:
        """Decide the fate of one message: True when it is lost."""
        return self.mute or (self.loss > 0 and self._random.random() < self.loss)

    async def travels(self) -> bool:
        """Wait the delay; return whether the message arrives."""
        if self.drops():
            return False
        if self.delay > 0:
            await asyncio.sleep(self.delay)
        return not self.mute

    def set(self, *, loss: float | None = None, silent: bool | None = None, delay: float | None = None, address: str | None = None) -> None:
        """Change what is given, then tell the listeners once; Refusal when a number is out of range."""
        if loss is not None and not 0 <= loss <= 1:
            raise Refusal("schema", "loss is a share from 0 to 1", property="loss")
        if delay is not None and not 0 <= delay <= 60:  # noqa: PLR2004 - a minute is beyond any client's patience
            raise Refusal("schema", "delay is 0 to 60 seconds", property="delay")
        self.loss = self.loss if loss is None else float(loss)
        self.delay = self.delay if delay is None else float(delay)
        self.silent = self.silent if silent is None else silent
        self.address = self.address if address is None else address
        self._tell()

    def supply(self, on: bool) -> None:
        """Follow the mains."""
        self.powered = on
        self._tell()

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()
