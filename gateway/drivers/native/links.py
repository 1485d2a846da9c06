"""What a session needs from either transport, and the acks that may come by both."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from gateway.drivers.native.envelope import progress_of
from gateway.errors import Offline
from gateway.thing.command import Command
from gateway.thing.session import Progress
from gateway.thing.value import Value

COAP_PORT = 5683


def base_url(host: str, port: int) -> str:
    """Return `coap://host:port`."""
    return f"coap://[{host}]:{port}" if ":" in host else f"coap://{host}:{port}"


class Line(Protocol):
    """A way to one appliance."""

    def perform(self, command: Command, id: str, confirm: str | None) -> AsyncGenerator[Progress, None]:
        """Ask for it under the id `id`; yield stages up to the terminal one."""
        ...

    async def stop(self, id: str) -> None:
        """Ask the run `id` to stop; raise the appliance's refusal."""
        ...

    async def read(self, name: str) -> Value:
        """Return a property that is not in the public state; raise its refusal, TimedOut or Offline."""
        ...


class Acks:
    """Hands acks to whoever waits for their id, whichever way they come."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Queue[Progress | Offline]] = {}

    def take(self, ack: Mapping[str, Any]) -> None:
        """Give an ack to who waits for it; raise WireError when it makes no sense."""
        waiting = self._waiting.get(str(ack.get("id")))
        if waiting is not None:
            _put(waiting, progress_of(ack))

    def fail(self, reason: str) -> None:
        """End every wait: there is no way to the appliance any more."""
        for waiting in self._waiting.values():
            _put(waiting, Offline(reason))

    @contextmanager
    def expect(self, id: str) -> Iterator["Stages"]:
        """Collect the acks of `id` from now on."""
        stages = self._waiting[id] = asyncio.Queue(maxsize=64)
        try:
            yield Stages(stages)
        finally:
            if self._waiting.get(id) is stages:
                del self._waiting[id]


class Stages:
    """The acks of one id, in the order they came."""

    def __init__(self, queue: "asyncio.Queue[Progress | Offline]") -> None:
        self._queue = queue

    async def next(self) -> Progress:
        """Return the next stage; raise Offline when none can come any more."""
        stage = await self._queue.get()
        if isinstance(stage, Offline):
            raise stage
        return stage


def _put(queue: "asyncio.Queue[Progress | Offline]", stage: Progress | Offline) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(stage)
