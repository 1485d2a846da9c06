"""The bad network between an appliance and its home, as set on the control socket.

A wire asks before it answers or sends: `drops()` once per message; a wire of streams awaits `travels()`, which waits the delay and until
what was lost was sent again; a wire of datagrams asks for `copies()`, and sends what `worn(data)` left of the message at each of those
times. While the network is `mute` (made silent, the mains is off, or back and nothing is opened anew yet) nothing goes out and what comes
in is not read; a wire that holds a connection to a broker drops it without a goodbye.

Some makes' units also leave the network hours after the internet went (`leaves_after`, which a home file
sets with `facts: {leaves: 9000}` and a wire may set too) and are back as soon as it is: that is muteness like any other. When the address
changes or power returns, the unit closes the wire and opens a new one: a wire never rebinds itself.
"""

import asyncio
from collections.abc import Callable
from random import Random

from firmware_sim.refusal import Refusal

MOST = {"loss": 1, "delay": 60, "twice": 1, "late": 60, "garbled": 1, "pieces": 1500}
"""What can be set to a number from 0, and to how much: a minute is beyond any client's patience."""
AGAIN = 0.2
"""Seconds until a stream sends a lost piece again the first time; twice as long each further time (Linux's least timeout, RFC 6298)."""


class Network:
    """Loss 0..1, delay in seconds, silence and the IPv4 address of one appliance.

    `twice`: share of the messages that arrive a second time, up to `late` seconds after the first. `garbled`: share that is damaged.
    `pieces`: streams arrive in pieces of this many bytes, 0 for whole. `booting`: it has power again, and nothing is opened anew yet.
    `leaves_after`: how many seconds of its own time the unit stays without the internet; None: for ever, as it should.
    """

    def __init__(self, address: str = "127.0.0.1", *, random: Random | None = None) -> None:
        self.address = address
        self.loss = 0.0
        self.delay = 0.0
        self.twice = 0.0
        self.late = 0.0
        self.garbled = 0.0
        self.pieces = 0
        self.silent = False
        self.powered = True
        self.booting = False
        self.leaving = False
        self.internet = True
        self.without_internet = 0.0
        self.leaves_after: float | None = None
        self._random = random or Random(0)  # noqa: S311 - a lost packet is no secret
        self._listeners: list[Callable[[], None]] = []

    @property
    def mute(self) -> bool:
        """Whether nothing at all gets through in either direction."""
        return self.silent or not self.powered or self.booting or self.left

    @property
    def left(self) -> bool:
        """Whether the unit has given up the network because there is no internet behind it."""
        return not self.internet and self.leaves_after is not None and self.without_internet >= self.leaves_after

    @property
    def goodbye(self) -> bool:
        """Whether a closing wire may take its leave (MQTT DISCONNECT, mDNS goodbye); not after a power cut or an address change."""
        return not self.mute and not self.leaving

    def drops(self) -> bool:
        """Decide the fate of one message: True when it is lost."""
        return self.mute or (self.loss > 0 and self._random.random() < self.loss)

    async def travels(self) -> bool:
        """Wait until a message of a stream has arrived; return False where it never does. What is lost comes later: TCP sends it again."""
        wait = AGAIN
        while self.drops():
            if self.mute:
                return False
            await asyncio.sleep(wait)
            wait *= 2
        if self.delay > 0:
            await asyncio.sleep(self.delay)
        return not self.mute

    def copies(self) -> tuple[float, ...]:
        """Decide the fate of one datagram: after how many seconds each of its copies arrives; none when it is lost."""
        if self.drops():
            return ()
        second = self.twice > 0 and self._random.random() < self.twice
        return (self.delay, self.delay + self.late * self._random.random()) if second else (self.delay,)

    def worn(self, data: bytes) -> bytes:
        """Return a message as it arrives: mostly as it is, sometimes cut short or with a bit turned over."""
        if not data or self.garbled == 0 or self._random.random() >= self.garbled:
            return data
        at = self._random.randrange(len(data))
        if self._random.random() < 0.5:  # noqa: PLR2004 - half of them
            return data[:at]
        return data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1 :]

    def set(
        self,
        *,
        loss: float | None = None,
        silent: bool | None = None,
        delay: float | None = None,
        address: str | None = None,
        twice: float | None = None,
        late: float | None = None,
        garbled: float | None = None,
        pieces: float | None = None,
    ) -> None:
        """Change what is given, then tell the listeners once; Refusal when a number is out of range."""
        asked = {"loss": loss, "delay": delay, "twice": twice, "late": late, "garbled": garbled, "pieces": pieces}
        given = {name: value for name, value in asked.items() if value is not None}
        for name, value in given.items():
            if not 0 <= value <= MOST[name]:
                raise Refusal("schema", f"{name} is a number from 0 to {MOST[name]}", property=name)
        for name, value in given.items():
            setattr(self, name, int(value) if name == "pieces" else float(value))
        self.silent = self.silent if silent is None else silent
        self.address = self.address if address is None else address
        self._tell()

    def supply(self, on: bool) -> None:
        """Follow the mains; who starts anew waits for the internet anew."""
        self.powered, self.without_internet = on, 0.0
        self._tell()

    def reach(self, internet: bool) -> None:
        """Have the internet behind the network from now on, or lose it."""
        if internet != self.internet:
            self.internet, self.without_internet = internet, 0.0
            self._tell()

    def elapse(self, seconds: float) -> None:
        """Let the unit's own time pass; without the internet it may be the last it stays for."""
        if self.internet:
            return
        before, self.without_internet = self.left, self.without_internet + seconds
        if self.left and not before:
            self._tell()

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()
