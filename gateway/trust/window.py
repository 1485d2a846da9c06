"""The pairing window: the only time anybody new can come in. Somebody opens it, for one role and a few minutes.

It closes by itself: after its time, after one success, after TRIES_LIMIT tries, or when the one who opened it goes away. A try is
counted on disk before anything is compared, so that switching the hub off gives nobody another one; after each, the next must wait
longer. The PIN and the one-time code live in the vault as long as the window does, and with it they go.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from secrets import token_hex
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self

import orjson

from gateway.errors import BadSyntax, Forbidden, RateExceeded, StateConflict, StorageFailed
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.edhoc import is_available
from gateway.trust.invitation import new_code
from gateway.trust.journal import Journal
from gateway.trust.pin import new_pin
from gateway.trust.roles import Permission, may, require

_log = Log()
COMPARTMENT: Final = "pairing"
"""Of the vault: the window that is open, and the hub's key for EDHOC."""
MINUTES, MOST_MINUTES = 5.0, 15.0
TRIES_LIMIT: Final = 10
LONGEST_DELAY: Final = 30.0
HUB: Final = Principal("hub", Role.OWNER)
"""Who opens the window of a hub without an owner, at its start; gives way to a person."""

Means = Literal["pin", "qr"]
MEANS: Final[tuple[Means, ...]] = ("pin", "qr")
End = Literal["paired", "time", "tries", "stopped", "replaced", "failed"]
_WINDOW, _EXHAUSTED = "window", "exhausted"


class Secrets(Protocol):
    """A compartment of the vault; what a method has returned from is on disk."""

    def get(self, name: str) -> bytes | None:
        """Return one, None when there is none."""
        ...

    async def put(self, name: str, secret: bytes) -> None:
        """Store or replace one."""
        ...

    async def remove(self, name: str) -> None:
        """Remove one, if it is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One opening, told from every other by its `id`.

    `opened`, `until`: seconds since the epoch; `tries`: how many were looked at; `pin`, `code`: its secrets.
    """

    id: str
    role: Role
    by: str
    opened: float
    until: float
    means: tuple[Means, ...]
    pin: str = field(repr=False)
    code: bytes = field(repr=False)
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a window ended, and who came in through it (a client's id)."""

    why: End
    client: str = ""


def delay_after(tries: int) -> float:
    """Return the seconds the next try must wait after so many."""
    return min(2.0 ** (tries - 1), LONGEST_DELAY) if tries else 0.0


class PairingWindow:
    """The window; `async with` is its life. A window that was open when the hub went down is open again, its tries counted."""

    def __init__(self, secrets: Secrets, access: Access, journal: Journal, clock: Clock) -> None:
        self._secrets = secrets
        self._access = access
        self._journal = journal
        self._clock = clock
        self._open: Window | None = None
        self._next_try = self._deadline = 0.0
        self._timer: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._settling = False
        self.ended: Ended | None = None
        """How the last window ended."""
        access.clients.on_change(self._changed_client)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop_timer)
            await self._resume()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    @property
    def now_open(self) -> Window | None:
        """Return the window that is open."""
        return self._open

    @property
    def exhausted(self) -> bool:
        """Return whether the last window ended by too many tries and no person has opened one since."""
        return self._secrets.get(_EXHAUSTED) is not None

    def required(self, means: Means | None = None) -> Window:
        """Return the open window; raise Forbidden when it is closed, or not open for this means."""
        if self._open is None or self._clock.monotonic() >= self._deadline:
            raise Forbidden("pairing is closed: an owner opens it with `hulian pair`")
        if means is not None and means not in self._open.means:
            raise Forbidden(f"this time pairing is by {' or '.join(self._open.means)} only")
        return self._open

    async def open(
        self, role: Role, by: Principal, *, minutes: float = MINUTES, means: tuple[Means, ...] = MEANS, source: str = ""
    ) -> Window:
        """Open it; raise Forbidden for who may not, StateConflict when it is open already, BadSyntax for an impossible time or means."""
        require(by, Permission.ADMINISTER)
        if "qr" in means and not is_available():
            means = tuple(each for each in means if each != "qr")
            if not means:
                raise BadSyntax(
                    "pairing by QR needs the lakers library here (pip install 'hulian[edhoc]', on x86-64 and aarch64): use the PIN"
                )
        if not 0 < minutes <= MOST_MINUTES or not means or not set(means) <= set(MEANS):
            raise BadSyntax(f"a window is open for at most {MOST_MINUTES:.0f} minutes, by {' or '.join(MEANS)}")
        async with self._lock:
            await self._make_way(by)
            now = self._clock.now()
            window = Window(
                id=token_hex(8), role=role, by=by.name, opened=now, until=now + minutes * 60, means=means, pin=new_pin(), code=new_code()
            )
            await self._keep(window)
            if by != HUB:
                await self._secrets.remove(_EXHAUSTED)
            self._next_try = 0.0
            self._begin(window, minutes * 60)
        await self._journal.record("pairing opened", actor=by.name, target=role.value, source=source, minutes=minutes)
        return window

    async def close(self, why: End, *, client: str = "") -> None:
        """Close it; nothing happens when it is closed already. Closed for `paired`, it has ended only when `settle` says so."""
        if (window := self._open) is None:
            return
        self._open, self._settling = None, why == "paired"
        self.ended = None if self._settling else Ended(why)
        self._access.pairing = False
        self._stop_timer()
        if why == "tries":
            await self._secrets.put(_EXHAUSTED, b"\x01")
        await self._secrets.remove(_WINDOW)
        self._notify()
        await self._journal.record("pairing closed", actor=window.by, target=client or window.role.value, why=why, tries=window.tries)

    def settle(self, ended: Ended) -> None:
        """Say how it went with the client for which the window was closed."""
        self._settling, self.ended = False, ended
        self._notify()

    async def count(self, means: Means) -> Window:
        """Count one try, on disk when this returns; raise Forbidden when it is closed, RateExceeded when it comes too soon."""
        async with self._lock:
            window = self.required(means)
            if window.tries >= TRIES_LIMIT:
                raise Forbidden("all tries of this time are used: an owner opens pairing again")
            if (wait := self._next_try - self._clock.monotonic()) > 0:
                raise RateExceeded(f"wait {math.ceil(wait)} s after the last try", wait=math.ceil(wait))
            counted = replace(window, tries=window.tries + 1)
            await self._keep(counted)
            self._next_try = self._clock.monotonic() + delay_after(counted.tries)
            if self._open is not window:  # it was closed while this was written
                await self._secrets.remove(_WINDOW)
                return self.required(means)
            self._open = counted
            self._notify()
            return counted

    async def missed(self, source: str) -> None:
        """Note that the try that was counted last was wrong; the last one closes the window."""
        tries = self._open.tries if self._open is not None else TRIES_LIMIT
        await self._journal.record("pairing", source=source, result="refused", tries=tries)
        if tries >= TRIES_LIMIT:
            await self.close("tries")

    async def changes(self) -> AsyncIterator[Window | Ended]:
        """Yield the open window now and at every try, and how it ended, last."""
        while True:
            changed = self._changed
            if self._open is not None:
                yield self._open
            elif not self._settling:
                if self.ended is not None:
                    yield self.ended
                return
            await changed.wait()

    async def _changed_client(self, client: Client) -> None:
        """Close what somebody opened who is out now, or no owner any more, and may still see its PIN."""
        able = client.valid(self._clock.now()) and may(client.role, Permission.ADMINISTER)
        if self._open is not None and self._open.by == client.id and not able:
            await self.close("stopped")

    async def _make_way(self, by: Principal) -> None:
        if (window := self._open) is None:
            return
        if window.by != HUB.name or by == HUB:
            left = math.ceil(window.until - self._clock.now())
            who = "somebody on this machine" if window.by == LOCAL.name else window.by
            raise StateConflict(
                f"pairing is open already: {who} opened it for the role {window.role.value}; it closes in {left} s, "
                "or at once with Ctrl-C where it was opened"
            )
        await self.close("replaced")

    async def _resume(self) -> None:
        text = self._secrets.get(_WINDOW)
        if text is None:
            return
        window = _window_of(orjson.loads(text))
        left = window.until - self._clock.now()
        if not 0 < left <= MOST_MINUTES * 60 or window.tries >= TRIES_LIMIT:
            self._open = window
            await self.close("time" if window.tries < TRIES_LIMIT else "tries")
            return
        self._next_try = self._clock.monotonic() + delay_after(window.tries)
        self._begin(window, left)

    def _begin(self, window: Window, seconds: float) -> None:
        self._open, self.ended = window, None
        self._access.pairing = True
        self._deadline = self._clock.monotonic() + seconds
        self._timer = self._tasks.create_task(self._expire(), name="pairing window")
        self._notify()

    async def _expire(self) -> None:
        await self._clock.sleep(self._deadline - self._clock.monotonic())
        self._timer = None
        try:
            await self.close("time")
        except StorageFailed as error:  # it is closed all the same, and after a restart it is found to be over
            _log.error("the end of pairing is not stored", reason=str(error))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _keep(self, window: Window) -> None:
        await self._secrets.put(_WINDOW, orjson.dumps(asdict(window) | {"code": window.code.hex()}))


def _window_of(document: dict[str, Any]) -> Window:
    facts = {"role": Role(document["role"]), "means": tuple(document["means"]), "code": bytes.fromhex(document["code"])}
    return Window(**document | facts)
