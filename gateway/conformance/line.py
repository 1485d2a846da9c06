"""One transport to one device, as the judge uses it: what can be read, asked for and heard, in the words of the standard."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, Protocol

from gateway.conformance.failure import Failure, Silence
from gateway.protocol.mqtt import Properties

TERMINAL: Final = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
OPEN: Final = frozenset({"accepted", "delayed", "running"})
PATIENCE: Final = 10.0
"""Seconds to wait for an answer where nothing else is said."""
State = dict[str, Any]
"""The public state with its `$`."""


class Transport(StrEnum):
    """How a device is reached."""

    MQTT = "mqtt"
    COAP = "coap"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a device as it named it itself: `etag` is what it says on CoAP, whose bytes mean nothing to anybody else."""

    boot: int
    seq: int
    etag: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a device. `operation`: W3C's word; `expected`: goes into `if` or If-Match; `expires`: ISO; `ttl`: seconds.

    `bare`: over MQTT the value alone on its own topic, without an envelope; its acks are heard on `ack`.
    """

    operation: str
    name: str = ""
    input: Any = None
    id: str = ""
    expires: str | None = None
    ttl: int | None = None
    expected: Version | None = None
    confirm: str | None = None
    why: str | None = None
    bare: bool = False


@dataclass(slots=True)
class Answer:
    """What came of a request. `stages`: the acks in the order they came; `code`: CoAP's; `seconds` until the last of them."""

    request: Request
    stages: list[Mapping[str, Any]] = field(default_factory=list)
    code: tuple[int, int] | None = None
    max_age: int | None = None
    seconds: float = 0.0

    @property
    def last(self) -> Mapping[str, Any]:
        """Return the last ack, {} where none came."""
        return self.stages[-1] if self.stages else {}

    @property
    def state(self) -> str:
        """Return the state of the last ack, "" where none came."""
        return str(self.last.get("state", ""))

    @property
    def error(self) -> Mapping[str, Any]:
        """Return the error object, {} where there is none."""
        error = self.last.get("error")
        return error if isinstance(error, Mapping) else {}

    @property
    def refused(self) -> str:
        """Return the code of the error object, "" where there is none."""
        return str(self.error.get("code", ""))


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a device said by itself. `what`: td, avail, s, p, e, ack, run; `value`: decoded, None for what is no JSON."""

    at: float
    what: str
    name: str
    value: Any
    payload: bytes
    retained: bool = False
    properties: Properties = field(default_factory=Properties)


class Hearing:
    """What was heard since it began; `items` grows. `lost`: what is heard no more, because the device ended the observation."""

    def __init__(self) -> None:
        self.items: list[Heard] = []
        self.lost: list[str] = []
        self._news = asyncio.Event()

    def take(self, heard: Heard) -> None:
        """Take one thing more."""
        self.items.append(heard)
        self._news.set()

    def of(self, what: str, name: str | None = None) -> list[Heard]:
        """Return what was heard of one sort, of one name where that is said."""
        return [heard for heard in self.items if heard.what == what and name in (None, heard.name)]

    def values(self, what: str, name: str | None = None) -> list[Any]:
        """Return only the values of what was heard."""
        return [heard.value for heard in self.of(what, name)]

    def place(self, heard: Heard) -> int:
        """Return at which place something was heard; the same words may be heard twice."""
        return next(at for at, each in enumerate(self.items) if each is heard)

    async def until(self, wanted: Callable[[Heard], bool], patience: float, what: str, *, since: int = 0) -> Heard:
        """Return the first thing from `since` on that is wanted; raise Silence, which names `what`, after `patience` seconds."""
        looked = since
        try:
            async with asyncio.timeout(patience):
                while True:
                    for heard in self.items[looked:]:
                        looked += 1
                        if wanted(heard):
                            return heard
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Silence(f"{what} within {patience:g} s", came=[f"{each.what}/{each.name}" for each in self.items[since:]][-8:]) from None


class Line(Protocol):
    """One device over one transport; all methods raise Gone where it does not answer at all, Failure for what cannot be read."""

    transport: Transport

    async def td(self) -> bytes:
        """Return the Thing Description's bytes."""
        ...

    async def state(self) -> State:
        """Return the whole public state with `$`."""
        ...

    async def version(self) -> Version:
        """Return which state it is in."""
        ...

    async def read(self, name: str) -> Any:
        """Return one property; raise Refused where the device says why not."""
        ...

    async def ask(self, request: Request, *, patience: float = PATIENCE, answer: "Answer | None" = None) -> Answer:
        """Send it and follow it to its terminal ack; raise Silence where none comes in time. An id is made up where it has none.

        `answer`: filled as the acks come, for whoever looks meanwhile.
        """
        ...

    async def begin(self, request: Request) -> Answer:
        """Send it and return the first word about it: for what takes long."""
        ...

    def hearing(self, *what: str) -> AbstractAsyncContextManager[Hearing]:
        """Hear what the device says: any of `s p e ack avail td run p/{name}`, all but `p` where none is named. Entered: it is heard."""
        ...

    def another(self, version: Literal["3.1.1", "5", "auto"] = "auto") -> "AbstractAsyncContextManager[Line]":
        """Return a second client's line to the same device, for the length of a block; `version` of MQTT where that is meant."""
        ...

    async def throw(self, where: str, payload: bytes) -> None:
        """Send bytes that mean nothing to `where`, relative to the device (`p/power`, `a/x`, `s`, `rpc`), and wait for nothing."""
        ...


class Refused(Failure):
    """A reading that the device refused: the error object, and CoAP's code. A failure only where nobody expects it."""

    def __init__(self, error: Mapping[str, Any], code: tuple[int, int] | None = None) -> None:
        super().__init__("the reading is answered", came={"error": dict(error), "code": code})
        self.error = error
        self.code = code
