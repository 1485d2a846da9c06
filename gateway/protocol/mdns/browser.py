"""Hears who is here.

The library tells which instances a service type has; what an instance says of itself is read from the library's cache,
and asked for when it is not there: at once, then after 1, 2, 4 and 8 seconds and a bit. What is still incomplete then is
passed on as far as it is known. The questions themselves are repeated too, since one lost answer is lost for good.
"""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

from zeroconf import Error, RecordUpdate, RecordUpdateListener, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from gateway.protocol.mdns.answer import Answer, Note, read_txt
from gateway.protocol.mdns.cache import Known, known
from gateway.protocol.mdns.node import open_node
from gateway.thing.clock import Clock, SystemClock

MOST = 2000
"""Instances remembered."""
MOST_ADDRESSES = 8
NOTES = 256
ASKING = 32
"""Instances asked at the same time."""
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds from one question to the next."""
WAIT = 1.0
"""Seconds of these an instance has to answer."""
SETTLE = 1.5
"""Seconds after which a replaced address has left the cache."""
AGAIN = (20.0, 60.0, 300.0)
"""Seconds between asking everybody again, the last for ever."""


@dataclass(slots=True)
class Seen:
    """One instance: what was last passed on, and the task that asks for what is missing."""

    answer: Answer | None = None
    asking: asyncio.Task[None] | None = field(default=None, repr=False)


class Browser:
    """Listens for `services` (full names, subtypes too) on `interfaces` (local IPv4 addresses) and passes each change on.

    `async with` is its life. `counts` says how many packets and instances met which fate; `notes` holds the newest lines.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        services: Sequence[str],
        on_sighting: Callable[[Answer], None],
        *,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.notes: deque[Note] = deque(maxlen=NOTES)
        self._interfaces = tuple(interfaces)
        self._services = tuple(dict.fromkeys(services))
        self._on_sighting = on_sighting
        self._clock = clock or SystemClock()
        self._random = random or SystemRandom()
        self._seen: dict[tuple[str, str], Seen] = {}
        self._slots = asyncio.Semaphore(ASKING)
        self._life = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as life:
            self._node: AsyncZeroconf = await open_node(self._interfaces, self.counts, self._clock, self._note_drop)
            life.push_async_callback(self._node.async_close)
            self._tasks = await life.enter_async_context(asyncio.TaskGroup())
            changes = Changes(self._changed)
            self._node.zeroconf.async_add_listener(changes, None)
            life.callback(self._node.zeroconf.async_remove_listener, changes)
            asking = self._tasks.create_task(self._keep_asking(), name="mdns asking")
            life.callback(self._stop, asking)
            self._life = life.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._life.aclose()

    @property
    def known(self) -> tuple[Answer, ...]:
        """Return what is here now."""
        return tuple(seen.answer for seen in self._seen.values() if seen.answer is not None)

    async def _keep_asking(self) -> None:
        """Ask for the service types, now and again."""
        rounds = iter(AGAIN)
        while True:
            browser = AsyncServiceBrowser(self._node.zeroconf, list(self._services), handlers=[self._on_state])
            for service in self._services:
                self._note("asked", service)
            try:
                await self._clock.sleep(next(rounds, AGAIN[-1]) + self._random.uniform(0, 1))
            finally:
                await browser.async_cancel()

    def _on_state(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:  # noqa: ARG002
        key = (service_type, name)
        if state_change is ServiceStateChange.Removed:
            self._gone(key)
        elif key in self._seen or self._remember(key):
            self._look(key)

    def _remember(self, key: tuple[str, str]) -> bool:
        """Make room for a new instance; False when it cannot be taken."""
        service, name = key
        if not usable(service, name):
            self._drop(name, "its name is not one of the service type")
        elif len(self._seen) >= MOST:
            self._drop(name, "too many instances")
        else:
            self._seen[key] = Seen()
            return True
        return False

    def _look(self, key: tuple[str, str]) -> None:
        """Pass on what the cache has, and ask for what it has not."""
        seen, found = self._seen[key], known(self._node.zeroconf, key[1])
        if found.complete:
            self._tell(key, found)
        elif seen.asking is None:
            seen.asking = self._tasks.create_task(self._ask(key), name=f"mdns asking {key[1]}")

    async def _ask(self, key: tuple[str, str]) -> None:
        seen = self._seen[key]
        try:
            for pause in (*PAUSES, 0.0):
                await self._ask_once(key)
                found = known(self._node.zeroconf, key[1])
                if found.complete:
                    self._tell(key, found)
                    return
                await self._clock.sleep(max(0.0, pause - WAIT) * (1 + self._random.uniform(0, 0.25)))
            self.counts["incomplete"] += 1
            self._note("incomplete: asked and got no full answer", key[1])
            if found.server:
                self._tell(key, found)
        finally:
            seen.asking = None

    async def _ask_once(self, key: tuple[str, str]) -> None:
        async with self._slots:
            self.counts["asked"] += 1
            try:
                await AsyncServiceInfo(*key).async_request(self._node.zeroconf, WAIT * 1000)
            except Error as error:
                self._drop(key[1], f"its records cannot be used ({error})")

    def _tell(self, key: tuple[str, str], found: Known) -> None:
        """Pass the answer on if it is news."""
        seen = self._seen.get(key)
        if seen is None:
            return
        answer = Answer(
            service=key[0],
            instance=instance_of(*key),
            server=found.server,
            addresses=found.addresses[:MOST_ADDRESSES],
            port=found.port,
            txt=read_txt(found.txt or b""),
            interface=self._interface_to(found.addresses),
        )
        if seen.answer is None or not same(answer, seen.answer):
            seen.answer = answer
            self.counts["answers"] += 1
            self._note("answered", f"{key[1]} at {', '.join(answer.addresses) or 'no address'}")
            self._on_sighting(answer)

    def _gone(self, key: tuple[str, str]) -> None:
        seen = self._seen.pop(key, None)
        if seen is None:
            return
        if seen.asking is not None:
            seen.asking.cancel()
        self.counts["gone"] += 1
        self._note("gone", key[1])
        if seen.answer is not None:
            self._on_sighting(Answer(service=key[0], instance=seen.answer.instance, interface=seen.answer.interface, gone=True))

    def _changed(self, names: Iterable[str]) -> None:
        """Look again at the instances some records of which changed, now and when replaced records are out."""
        changed = set(names)
        keys = [
            key
            for key, seen in self._seen.items()
            if key[1].lower() in changed or (seen.answer is not None and seen.answer.server.lower() in changed)
        ]
        if keys:
            self._look_at(keys)
            asyncio.get_running_loop().call_later(SETTLE, self._look_at, keys)

    def _look_at(self, keys: Iterable[tuple[str, str]]) -> None:
        if self._node.zeroconf.done:
            return
        for key in keys:
            if key in self._seen:
                self._look(key)

    def _stop(self, asking: asyncio.Task[None]) -> None:
        asking.cancel()
        for seen in self._seen.values():
            if seen.asking is not None:
                seen.asking.cancel()

    def _interface_to(self, addresses: tuple[str, ...]) -> str:
        """Return the local address that leads to the instance."""
        if len(self._interfaces) == 1 or not addresses:
            return self._interfaces[0]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((addresses[0], 9))
            except OSError:
                return ""
            return str(probe.getsockname()[0])

    def _drop(self, subject: str, reason: str) -> None:
        self.counts["dropped instances"] += 1
        self._note(f"dropped: {reason}", subject)

    def _note_drop(self, sender: str, reason: str) -> None:
        self._note(f"dropped a packet: {reason}", sender)

    def _note(self, what: str, subject: str) -> None:
        self.notes.append(Note(self._clock.now(), ", ".join(self._interfaces), what, subject[:200]))


class Changes(RecordUpdateListener):
    """Tells which names had records changed, once the library's cache has them."""

    def __init__(self, changed: Callable[[Iterable[str]], None]) -> None:
        super().__init__()
        self._changed = changed
        self._names: set[str] = set()

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:  # noqa: ARG002
        """Collect (the library calls this before its cache changes)."""
        self._names.update(update.new.key for update in records if update.old is None)

    def async_update_records_complete(self) -> None:
        """Pass on (the library calls this after)."""
        names, self._names = self._names, set()
        if names:
            self._changed(names)


def same(one: Answer, other: Answer) -> bool:
    """Return whether two answers say the same; the order in which addresses were learned is no news."""
    return replace(one, addresses=()) == replace(other, addresses=()) and set(one.addresses) == set(other.addresses)


def usable(service: str, name: str) -> bool:
    """Return whether `name` is one an instance of `service` can have, and the library can ask for."""
    try:
        AsyncServiceInfo(service, name)
    except Error:
        return False
    return name.lower().endswith("." + base_type(service).lower())


def base_type(service: str) -> str:
    """Return the service type of a subtype, or the type itself."""
    return service.partition("._sub.")[2] or service


def instance_of(service: str, name: str) -> str:
    """Return an instance's own name, without its type."""
    return name[: -len(base_type(service)) - 1]
