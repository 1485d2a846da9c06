"""A CoAP client with one socket for all the appliances of a home."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import AddressValueError, IPv4Address
from sys import intern
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import orjson
from aiocoap import error as library
from aiocoap.message import Message
from aiocoap.numbers.codes import Code

from gateway.errors import BY_CODE, WIRE_CODES, BadSyntax, CommandError, DeviceFailure, Offline, StorageFailed, TimedOut
from gateway.protocol.coap.asking import Asking, ask, wants_fresh_word, whole_body
from gateway.protocol.coap.endpoint import BAD_OPTION, Endpoint
from gateway.protocol.coap.guard import Guard, Limits
from gateway.protocol.coap.message import Method, Response
from gateway.protocol.coap.sealing import KeyRefused, PeerKeys
from gateway.protocol.coap.translate import response_of
from gateway.protocol.coap.udp import Address
from gateway.protocol.coap.wire import Frame
from gateway.thing.clock import Clock

PORT = 5683
PAUSE = 0.5
"""Seconds before a peer that refused is asked again while observing: it may be starting."""
LONGEST_DETAIL = 500


def refusal(response: Response) -> CommandError | None:
    """Return what a 4.xx or 5.xx response means as an error of ours, or None for a successful one."""
    if response.successful:
        return None
    try:
        body = orjson.loads(response.payload)
    except ValueError:
        body = None
    facts = dict(body) if isinstance(body, dict) else {}
    facts.pop("title", None)
    kind = BY_CODE.get(str(facts.pop("code", ""))) or _kind_of(response.code)
    detail = str(facts.pop("detail", "") or f"answered {response.code[0]}.{response.code[1]:02d}")[:LONGEST_DETAIL]
    constraint, name = facts.pop("constraint", None), facts.pop("property", None)
    error = kind(detail, constraint=str(constraint) if constraint else None, property=str(name) if name else None)
    error.extra = facts
    return error


class CoapClient:
    """`async with` is its life. URLs look like `coap://127.0.0.7/d/self/s?since=4`.

    `host` is the local address requests leave from; `limits` bound what is taken from one appliance; `keys`: those under which
    appliances are asked that have one, with OSCORE: whoever asks names the `peer` that is meant. One that has, or had, a key is never
    asked in clear, nor believed, wherever it seems to be.
    """

    def __init__(
        self,
        *,
        host: str = "0.0.0.0",  # noqa: S104 - our own end
        limits: Limits | None = None,
        clock: Clock | None = None,
        keys: PeerKeys | None = None,
    ) -> None:
        self.guard = Guard(limits, clock)
        self._keys = keys
        self._host = host

    async def __aenter__(self) -> Self:
        self._endpoint = Endpoint(self, self.guard, answers=False)
        self._endpoint.open(self._host, 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._endpoint.close()

    def render_to_pipe(self, pipe: Any) -> None:
        """Do nothing: the endpoint lets no request through to a client."""

    def refuses(self, frame: Frame) -> tuple[int, int] | None:  # noqa: ARG002 - whatever it is
        """Refuse what is protected, unless something may have been asked under a key."""
        return BAD_OPTION if self._keys is None else None

    async def request(
        self,
        method: Method,
        url: str,
        *,
        payload: bytes = b"",
        content_format: int | None = None,
        accept: int | None = None,
        if_match: Sequence[bytes] = (),
        peer: str = "",
        timeout: float = 8.0,  # noqa: ASYNC109 - how long to wait is the caller's word
    ) -> Response:
        """Do one exchange, 4.xx and 5.xx responses included; raise Offline or TimedOut when there is no answer in `timeout` seconds."""
        with _translated(url):
            async with asyncio.timeout(timeout):
                message = await self._message(method, url, accept, peer)
                message.payload = payload
                message.opt.content_format = content_format
                message.opt.if_match = if_match
                return response_of(*await ask(self._endpoint, message))

    async def observe(
        self,
        url: str,
        accept: int | None = None,
        *,
        peer: str = "",
        silence: float = 60.0,
        timeout: float = 8.0,  # noqa: ASYNC109 - likewise
    ) -> AsyncGenerator[Response, None]:
        """Yield the present representation and every newer one; asks again when nothing was heard for `silence` seconds.

        Ends after a response that is not successful (it is yielded); raises Offline or TimedOut when asking brings
        nothing, the first time at once, later for `timeout` seconds: an appliance that restarts is observed again.
        An appliance that does not let itself be observed is asked every `silence` seconds.
        """
        patience = 0.0
        while True:
            asking, newest = await self._register(url, accept, peer, timeout, patience)
            patience = timeout
            try:
                while newest is not None:
                    response = await self._whole(asking.message, newest, url, timeout)
                    if response is not None:
                        yield response
                        if not response.successful:
                            return
                    newest = response = None  # a quiet appliance may be waited for long
                    with suppress(library.Error):  # then it is time to ask again
                        newest = await asking.next(silence)
            finally:
                asking.close()

    async def _register(
        self,
        url: str,
        accept: int | None,
        peer: str,
        timeout: float,  # noqa: ASYNC109 - likewise
        patience: float,
    ) -> tuple[Asking, Any]:
        """Ask to observe; a peer that refuses is asked again for `patience` seconds."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with _translated(url):
            while True:
                try:
                    async with asyncio.timeout_at(begun + timeout):
                        message = await self._message(Method.GET, url, accept, peer)
                        message.opt.observe = 0
                        return await self._ask_to_observe(message)
                except library.NetworkError:
                    if loop.time() + PAUSE > begun + patience:
                        raise
                await asyncio.sleep(PAUSE)

    async def _ask_to_observe(self, message: Any) -> tuple[Asking, Any]:
        for _ in range(2):  # the second time with the fresh word it was asked for
            with ExitStack() as undo:
                asking = Asking(self._endpoint, message)
                undo.callback(asking.close)
                first = await asking.next()
                if not wants_fresh_word(message, first):
                    undo.pop_all()
                    return asking, first
            message = message.copy(echo=first.opt.echo)
            message.mtype = message.mid = None
        raise KeyRefused("it keeps asking for a fresh word")

    async def _whole(self, message: Any, first: Any, url: str, timeout: float) -> Response | None:  # noqa: ASYNC109 - likewise
        """Return the notification that `first` begins; None when it was overtaken by a newer one."""
        with _translated(url):
            async with asyncio.timeout(timeout):
                body = await whole_body(self._endpoint, message, first)
        return None if body is None else response_of(first, body)

    async def _message(self, method: Method, url: str, accept: int | None, peer: str) -> Any:
        """Return a request of the library's for `url`; raise BadSyntax for a URL that is no coap:// one."""
        try:
            parts = urlsplit(url)
            path = [intern(unquote(segment, errors="strict")) for segment in parts.path.split("/")[1:]]  # a home has few words
            query = [unquote(item, errors="strict") for item in parts.query.split("&") if item]
            host, port = parts.hostname or "", parts.port or PORT
        except ValueError as error:
            raise BadSyntax(f"{url!r} is no CoAP address") from error
        if parts.scheme != "coap" or not host:
            raise BadSyntax(f"{url!r} is no CoAP address: it looks like coap://192.0.2.7/d")
        message = Message(code=Code(method), uri_path=path if path != [""] else (), uri_query=query, accept=accept)
        address = await _resolved(host, port)
        message.remote = self._endpoint.remote(address)
        if peer and self._keys is not None:
            message.remote.context = await self._keys.context(peer)
        return message


async def _resolved(host: str, port: int) -> Address:
    try:
        return str(IPv4Address(host)), port
    except AddressValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        return str(found[0][4][0]), port


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn what the library and the network raise into errors of ours; people are told the place, not what was asked of it."""
    url = url.partition("?")[0]
    try:
        yield
    except (TimeoutError, library.TimeoutError) as error:
        raise TimedOut(f"{url} did not answer in time") from error
    except (library.NetworkError, OSError) as error:
        raise Offline(f"{url} cannot be reached") from error
    except StorageFailed as error:
        raise Offline(f"{url} cannot be asked under its key: {error}") from error
    except KeyRefused as error:
        raise DeviceFailure(f"{url} was not taken at its word: {error}; pair the appliance again if this goes on") from error
    except library.Error as error:
        raise DeviceFailure(f"{url} answered something that is not CoAP ({error})") from error


def _kind_of(code: tuple[int, int]) -> type[CommandError]:
    return next((kind for kind, wire in WIRE_CODES.items() if wire.coap == code), DeviceFailure)
