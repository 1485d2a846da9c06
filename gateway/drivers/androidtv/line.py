"""One connection with a box: it says by itself how it is and what changes, pings, and is told keys and links.

The library's protocol reads and writes the messages. Around it stand our own TLS, a limit to what it gathers, and an ear for how long the
box has been silent: it pings every five seconds, and gives up a client after three pings without an answer, so do we. A tap
(`parts/tap`) hears what is told and said, and may stand in for the box.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateway.drivers.androidtv.frames import Frames
from gateway.drivers.androidtv.pairing import MISSING, Pairing
from gateway.drivers.androidtv.secure import OTHER, SPEECHLESS, UNKNOWN, print_of, refuses, tls_of
from gateway.drivers.parts.tap import Tap, tap
from gateway.drivers.parts.text import shown as printable
from gateway.drivers.parts.waiting import within
from gateway.errors import ExtraMissing, Offline, Unauthenticated, WireError
from gateway.thing.clock import Clock
from gateway.thing.value import Value

if TYPE_CHECKING:
    from androidtvremote2.remote import RemoteProtocol

PATIENCE: Final = 12.0
"""Seconds for a connection, and for the box to say that it is ready."""
SILENCE: Final = 16.0
"""Seconds without a word, not even a ping, after which nobody is there."""
_OVER: Final = "the conversation is over"


@dataclass(frozen=True, slots=True)
class Told:
    """What a box said of itself, by what it is about."""

    words: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key of Android's list that was pressed."""

    code: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was sent to be opened."""

    link: str


class Line:
    """The conversation; use `line_to`. `shown`: the latest of each word the box has said; `news` is called when there are others."""

    def __init__(self, clock: Clock) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shown: dict[str, Value] = {}
        self.news: Callable[[Mapping[str, Value]], None] = lambda _: None
        self.box = ""
        self._clock = clock
        self._tap: Tap | None = tap()
        self._turn = asyncio.Event()
        self._heard = clock.monotonic()
        self._spoken = False
        self._protocol: RemoteProtocol | None = None

    async def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Return when the box has shown it; raise TimedOut when it does not within `seconds`, Offline when the conversation ends."""
        await within(self._clock, seconds, self._until(condition), what)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.check()
            self._turn.clear()
            await self._turn.wait()

    def check(self) -> None:
        """Raise Offline, or Unauthenticated, when the conversation is over, or the box has been silent for so long that it is."""
        if self._live and not self.closed.done() and self._clock.monotonic() - self._heard > SILENCE:
            self.end(Offline("the box has stopped saying anything"))
        if self.closed.done():
            reason = self.closed.exception()
            raise Unauthenticated(str(reason)) if isinstance(reason, Unauthenticated) else Offline(str(reason))

    def press(self, code: int) -> None:
        """Press a key; raise Offline when the conversation is over."""
        self.check()
        if self._tap is not None:
            self._tap.said(Pressed(code))
        if self._protocol is not None:
            self._protocol.send_key_command(code)

    def open(self, link: str) -> None:
        """Have a link opened; raise Offline likewise."""
        self.check()
        if self._tap is not None:
            self._tap.said(Opened(link))
        if self._protocol is not None:
            self._protocol.send_launch_app_command(link)

    def end(self, reason: Exception) -> Exception:
        """End the conversation; return the reason."""
        if not self.closed.done():
            self.closed.set_exception(reason)
            self.closed.exception()  # whether anybody asks or not
            self._turn.set()
            if self._tap is not None:
                self._tap.ended(str(reason))
        return reason

    @property
    def _live(self) -> bool:
        return self._tap is None or self._tap.live

    # What the library, or a recording, tells

    def alive(self) -> None:
        """Something was heard, whatever it is."""
        self._heard, self._spoken = self._clock.monotonic(), True

    def told(self, **words: Value) -> None:
        """Take what the box said of itself."""
        if self._tap is not None and self._tap.live:
            self._tap.heard(Told(words))
        self.take(Told(words))

    def take(self, told: Told) -> None:
        """Take it, from a recording too."""
        self.shown |= told.words
        self._turn.set()
        self.news(told.words)

    def broken(self, reason: str) -> None:
        """End as it ended when a recording was made."""
        self.end(Offline(reason))

    async def begin(self, host: str, port: int, pairing: Pairing) -> None:
        """Connect, and wait until the box has said that it is ready; raise Unauthenticated, Offline, TimedOut or OSError."""
        if self._live:
            kind = await asyncio.to_thread(_protocol)
            tls = await asyncio.to_thread(tls_of, pairing)
            await within(self._clock, PATIENCE, self._connect(kind, host, port, tls, pairing), "the box, when called")
        await self.until(lambda: "on" in self.shown, PATIENCE, "the box said hello, and not how it is")

    async def _connect(self, kind: Any, host: str, port: int, tls: ssl.SSLContext, pairing: Pairing) -> None:
        loop = asyncio.get_running_loop()
        lost: asyncio.Future[Exception | None] = loop.create_future()
        lost.add_done_callback(self._lost)
        try:
            transport, self._protocol = await loop.create_connection(lambda: kind(self, lost, loop), host, port, ssl=tls)
        except ssl.SSLError as error:
            raise Unauthenticated(UNKNOWN) if refuses(error) else Offline(f"no agreement with the box: {error}") from error
        self._heard = self._clock.monotonic()
        self.box = print_of(transport.get_extra_info("ssl_object").getpeercert(binary_form=True))
        if pairing.box not in {"", self.box}:
            raise self.end(Offline(OTHER))

    def _lost(self, lost: "asyncio.Future[Exception | None]") -> None:
        error = None if lost.cancelled() else lost.result()
        why = f"the box closed the connection{f': {error}' if error else ''}" if self._spoken else SPEECHLESS
        self.end(Unauthenticated(UNKNOWN) if refuses(error) else Offline(why))

    async def close(self) -> None:
        """Leave the box."""
        self.end(Offline(_OVER))
        if (protocol := self._protocol) is not None:
            protocol.close()
            if protocol.transport is not None:
                protocol.transport.abort()
            await asyncio.wait({protocol.on_con_lost}, timeout=1.0)


@cache
def _protocol() -> Any:
    """Return the library's protocol with our ears; importing it takes a while. Raise ExtraMissing when it is not installed."""
    try:
        from androidtvremote2.remote import RemoteProtocol  # noqa: PLC0415 - only with the extra
    except ModuleNotFoundError as error:
        raise ExtraMissing(MISSING) from error

    class Remote(RemoteProtocol):
        """Hands on what the box says of itself."""

        def __init__(self, line: Line, lost: "asyncio.Future[Exception | None]", loop: asyncio.AbstractEventLoop) -> None:
            started: asyncio.Future[bool] = loop.create_future()
            super().__init__(lost, started, self._power, self._app, self._volume, loop, enable_ime=True, enable_voice=False)
            self._line = line
            self._frames = Frames()

        def data_received(self, data: bytes) -> None:
            self._line.alive()
            try:
                for message in self._frames.take(data):
                    super().data_received(message)
            except WireError as error:
                self._line.end(Offline(f"the box speaks another language: {error}"))
                self.close()

        def _power(self, on: bool) -> None:
            who = {name: printable(text) for name, text in (self.device_info or {}).items()}
            self._line.told(**who, on=on)

        def _app(self, package: str) -> None:
            self._line.told(app=printable(package))

        def _volume(self, volume: Any) -> None:
            if volume["max"] > 0:
                self._line.told(level=volume["level"], most=volume["max"], muted=volume["muted"])

    return Remote


@asynccontextmanager
async def line_to(host: str, port: int, pairing: Pairing, clock: Clock) -> AsyncIterator[Line]:
    """Hold a conversation for the length of the block; raise Unauthenticated, Offline, TimedOut, OSError or ExtraMissing."""
    line = Line(clock)
    if (beside := tap()) is not None and not beside.live:
        beside.listen(line.take, line.broken)
    try:
        await line.begin(host, port, pairing)
        yield line
    finally:
        await line.close()
