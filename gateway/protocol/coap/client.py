"""A CoAP client with one socket for all the appliances of a home."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from gateway.errors import CommandError
from gateway.protocol.coap.message import Method, Response
from gateway.thing.clock import Clock


def refusal(response: Response) -> CommandError | None:
    """Return what a 4.xx or 5.xx response means as an error of ours, or None for a successful one."""
    raise NotImplementedError


class CoapClient:
    """`async with` is its life. URLs look like `coap://127.0.0.7/d/self/s?since=4`."""

    def __init__(self, *, host: str = "0.0.0.0", clock: Clock | None = None) -> None:  # noqa: S104 - a client's own end
        self._host = host
        self._clock = clock

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    async def request(
        self,
        method: Method,
        url: str,
        *,
        payload: bytes = b"",
        content_format: int | None = None,
        accept: int | None = None,
        if_match: Sequence[bytes] = (),
        timeout: float = 8.0,  # noqa: ASYNC109 - the caller's words
    ) -> Response:
        """Do one exchange, 4.xx and 5.xx responses included; raise Offline or TimedOut when there is no answer in `timeout` seconds."""
        raise NotImplementedError

    def observe(self, url: str, accept: int | None = None, *, silence: float = 60.0, timeout: float = 8.0) -> AsyncIterator[Response]:
        """Yield the present representation and every newer one; asks again when nothing was heard for `silence` seconds.

        Ends after a response that is not successful (it is yielded); raises Offline or TimedOut when asking again fails
        for `timeout` seconds.
        """
        raise NotImplementedError
