"""A CoAP server on one IPv4 address."""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

from gateway.protocol.coap.guard import Guard, Limits
from gateway.protocol.coap.message import Request, Response
from gateway.thing.clock import Clock

Handle: TypeAlias = Callable[[Request], Awaitable[Response]]
Watch: TypeAlias = Callable[[Request], AsyncIterator[Response] | None]


class CoapServer:
    """`async with` is its life; `port` is the bound port (ask for 0 to get any free one)."""

    def __init__(
        self, host: str, port: int, handle: Handle, watch: Watch | None = None, *, limits: Limits | None = None, clock: Clock | None = None
    ) -> None:
        self.host = host
        self.port = port
        self.guard = Guard(limits, clock)
        self._handle = handle
        self._watch = watch

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError
