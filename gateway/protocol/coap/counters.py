"""How far each OSCORE key has counted: what must never happen twice, kept so that it never does.

*Sending.* A sequence number used twice gives the key away, so numbers are reserved on disk in steps before the first of a
step is used; what was reserved and not used is lost, and there are enough. New numbers also begin past the milliseconds of
2026 and later, so that a state folder copied back from yesterday does not count over yesterday's numbers again.

*Receiving.* Which numbers of the peer were seen (the replay window) is only written down at an orderly end. While the key is
in use the disk says "unknown", and after a crash the peer is asked for a fresh word (Echo) before anything it says is done.
"""

import asyncio
import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from gateway.errors import StorageFailed
from gateway.protocol.coap.keys import CounterStore, KeyMaterial
from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock
from gateway.thing.log import Log

STEP = 4096
"""Sequence numbers reserved at a time."""
LARGEST = (1 << 40) - 2
EPOCH = 1_767_225_600.0
"""The beginning of 2026, seconds since the Unix epoch."""
PAUSE = 1.0
"""Seconds before a disk that failed is tried again."""

Window = dict[str, int]
_log = Log()


class Counter:
    """One key's counting. `window`: what had been seen of the peer, None when that is unknown, empty when nothing was seen yet.

    `seen`: the window in use, as soon as there is one.
    """

    __slots__ = ("_low", "_next", "_reserved", "_waiting", "client", "name", "seen", "window")

    def __init__(self, name: str, client: str, begin: int, window: Window | None, low: Callable[["Counter"], None]) -> None:
        self.name = name
        self.client = client
        self.window = window
        self.seen: Any = None
        self._next = self._reserved = begin
        self._low = low
        self._waiting: list[Callable[[], None]] = []

    @property
    def ready(self) -> bool:
        """Return whether a number can be taken now."""
        return self._next < self._reserved

    @property
    def exhausted(self) -> bool:
        """Return whether the key has no numbers left: its client must pair anew."""
        return self._next > LARGEST

    def take(self) -> int:
        """Return a number no message was sent with; ask `ready` first."""
        if not self.ready:
            raise StorageFailed("no sequence number is reserved")
        number = self._next
        self._next += 1
        if self._reserved - self._next == STEP // 2:
            self._low(self)
        return number

    def when_ready(self, act: Callable[[], None]) -> None:
        """Call `act` once, as soon as there are numbers again; never, when the key has none left."""
        if self.exhausted:
            return
        self._waiting.append(act)
        self._low(self)

    def next_step(self) -> int:
        """Return up to which number the next step goes."""
        return min(self._next + STEP, LARGEST + 1)

    def grant(self, reserved: int) -> None:
        """Use numbers up to `reserved`: they are on disk."""
        self._reserved = max(self._reserved, reserved)
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    def document(self, reserved: int, window: Window | None) -> dict[str, Any]:
        """Return what is written down."""
        return {"client": self.client, "next": reserved, "window": window}

    def last_word(self) -> dict[str, Any]:
        """Return what is written down at an orderly end."""
        window = self.window if self.seen is None else self.seen.persist() if self.seen.is_initialized() else None
        return self.document(self._next, window)


class Counters:
    """All counters; `async with` is their life. Only those used in this run are open."""

    def __init__(self, store: CounterStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stored: dict[str, dict[str, Any]] = {}
        self._open: dict[str, Counter] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._low: dict[str, Counter] = {}
        self._wake = asyncio.Event()
        self._sparsely = Sparsely(_log, clock)

    async def __aenter__(self) -> Self:
        self._stored = dict(await self._store.all())
        self._writer = asyncio.get_running_loop().create_task(self._top_up(), name="coap counters")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.cancel()
        await asyncio.wait([self._writer])
        words = [self._store.put(counter.name, counter.last_word()) for counter in self._open.values()]
        for result in await asyncio.gather(*words, return_exceptions=True):
            if isinstance(result, BaseException):
                self._sparsely.warning("coap counters could not be written; clients will be asked for a fresh word", error=str(result))

    def get(self, name: str) -> Counter | None:
        """Return a counter that is open."""
        return self._open.get(name)

    async def open(self, name: str, client: str) -> Counter:
        """Return the counter of a key; the first time in a run it is written down that its window is not known any more."""
        async with self._opening.setdefault(name, asyncio.Lock()):
            counter = self._open.get(name)
            if counter is None:
                counter = await self._opened(name, client)
                self._open[name] = counter
        self._opening.pop(name, None)
        return counter

    async def forget(self, client: str) -> None:
        """Forget the counters of a client that was put out for good: its keys are dead."""
        names = {name for name, counter in self._open.items() if counter.client == client}
        names |= {name for name, document in self._stored.items() if document.get("client") == client}
        for name in names:
            for table in (self._open, self._low, self._stored):
                table.pop(name, None)
            await self._store.remove(name)

    async def _opened(self, name: str, client: str) -> Counter:
        stored = self._stored.get(name)
        begin = max(int(stored["next"]) if stored else 0, _milliseconds(self._clock.now()))
        window: Window | None = stored["window"] if stored else {}
        counter = Counter(name, client, begin, window, self._ask)
        if not counter.exhausted:
            await self._reserve(counter)
        return counter

    def _ask(self, counter: Counter) -> None:
        self._low[counter.name] = counter
        self._wake.set()

    async def _top_up(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for name in list(self._low):
                counter = self._low.pop(name, None)
                if counter is None or self._open.get(name) is not counter:
                    continue
                try:
                    await self._reserve(counter)
                except StorageFailed as error:
                    self._sparsely.warning("coap counters cannot be written: nothing new is said under the key", error=str(error))
                    self._ask(counter)
                    await asyncio.sleep(PAUSE)

    async def _reserve(self, counter: Counter) -> None:
        reserved = counter.next_step()
        document = counter.document(reserved, None)
        await self._store.put(counter.name, document)
        self._stored[counter.name] = document
        counter.grant(reserved)


def name_of(key: KeyMaterial) -> str:
    """Return the name a key's counter is kept under: it tells the key apart from every other and gives nothing of it away."""
    parts = (key.master_secret, key.master_salt, key.sender_id, key.recipient_id, key.id_context or b"")
    return hashlib.sha256(b"".join(len(part).to_bytes(2, "big") + part for part in parts)).hexdigest()[:32]


def _milliseconds(now: float) -> int:
    """Return the milliseconds since 2026 as a number to begin at; 0 when the clock is far off."""
    passed = int((now - EPOCH) * 1000)
    return passed if 0 < passed < LARGEST // 2 else 0
