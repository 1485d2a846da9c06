"""The plug on CoAP, over aiocoap: requests, observation (RFC 7641), blocks (RFC 7959), and the lock where there is a key."""

import asyncio
from collections import deque
from typing import Any

from aiocoap import Context, Message
from aiocoap.blockwise import Block1Spool, Block2Cache
from aiocoap.error import RenderableError
from aiocoap.numbers.codes import Code
from aiocoap.numbers.constants import Reliable
from aiocoap.pipe import Pipe
from aiocoap.resource import Resource

from plug.keys import Lock
from plug.network import Network
from plug.rate import Rate
from plug.refusal import Refusal
from plug.resources import Answer, Request, Resources, refused

_CRITICAL = frozenset({1, 3, 5, 9, 11, 15, 17, 23, 27})
_METHODS = {Code.GET: "GET", Code.POST: "POST", Code.PUT: "PUT", Code.DELETE: "DELETE", Code.iPATCH: "iPATCH"}
_WAITING = 64
_AGAIN = 60.0
"""Seconds after which an observer is told again what it knows, so that it sees that we live."""


class Site(Resource):  # type: ignore[misc] # aiocoap is untyped
    """What aiocoap hands every request to."""

    def __init__(self, resources: Resources, lock: Lock | None) -> None:
        super().__init__()
        self._resources = resources
        self._lock = lock
        self._rate = Rate()
        self._uploads, self._downloads = Block1Spool(), Block2Cache()

    async def render_to_pipe(self, pipe: Pipe) -> None:
        """Answer one request; go on answering while it observes (the library cancels us when the client loses interest)."""
        try:
            if self._lock is not None:
                pipe = self._lock.opened(pipe)
            await self._served(pipe, pipe.request)
        except Refusal as refusal:
            pipe.add_response(_message(refused(refusal)), is_last=True)
        except RenderableError as error:
            pipe.add_response(error.to_message(), is_last=True)

    async def _served(self, pipe: Pipe, message: Message) -> None:
        if not self._rate.allows(str(message.remote.hostinfo)):
            raise Refusal("rate", "try again in a second")
        if odd := [option.number for option in message.opt.option_list() if option.number & 1 and option.number not in _CRITICAL]:
            raise Refusal("bad-option", f"option {int(odd[0])} is not understood")
        message = self._uploads.feed_and_take(message)
        request = _request(message)
        later = message.opt.block2 is not None and message.opt.block2.block_number > 0
        if message.opt.observe == 0 and request.method == "GET" and not later:
            await self._observe(pipe, message, request)
        else:
            pipe.add_response(await self._cut(message, request), is_last=True)

    async def _cut(self, message: Message, request: Request, ready: Answer | None = None) -> Message:
        """Return the answer, or the block of it that was asked for."""

        async def whole() -> Message:
            try:
                answer = ready or await self._resources.answer(request)
            except Refusal as refusal:
                answer = refused(refusal)
            if answer.etag is not None and answer.etag in message.opt.etags and message.opt.observe is None:
                return _message(Answer(code=(2, 3), etag=answer.etag, age=answer.age))
            return _message(answer)

        answer: Message = await self._downloads.extract_or_insert(message, whole)
        answer.opt.block1 = message.opt.block1
        return answer

    async def _observe(self, pipe: Pipe, message: Message, request: Request) -> None:
        feed = _Feed()
        end = self._resources.observed(request.path, request, feed.push)
        try:
            first = await self._cut(message, request)
            if end is None or not first.code.is_successful():
                pipe.add_response(first, is_last=True)
                return
            number = 2
            first.opt.observe = number
            pipe.add_response(first, is_last=False)
            while True:
                ready = await feed.take()
                number = (number + 1) & 0xFFFFFF
                told = await self._cut(message, request, ready)
                if not told.code.is_successful():
                    pipe.add_response(told, is_last=True)
                    return
                told.opt.observe = number
                told.transport_tuning = Reliable()
                pipe.add_response(told, is_last=False)
        finally:
            if end is not None:
                end()

    # aiocoap's interface also names these; a site with `render_to_pipe` of its own needs none of them

    async def render(self, request: Message) -> Message:
        """Not used."""
        raise NotImplementedError

    async def needs_blockwise_assembly(self, request: Message) -> bool:  # noqa: ARG002 - the interface's
        """Not used."""
        return False


class _Feed:
    """What an observer is still to be told; None is "ask again", and two of these are one."""

    def __init__(self) -> None:
        self._items: deque[Answer | None] = deque(maxlen=_WAITING)
        self._filled = asyncio.Event()

    def push(self, item: Answer | None) -> None:
        if item is not None or not self._items or self._items[-1] is not None:
            self._items.append(item)
        self._filled.set()

    async def take(self) -> Answer | None:
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()


async def serving(site: Site, host: str, port: int, network: Network) -> Context:
    """Open the socket; the caller shuts the context down."""
    context = await Context.create_server_context(site, bind=(host, port), transports=["udp6"])
    for interface in context.request_interfaces:
        _guard(interface.token_interface.message_interface, network)
    return context


def _guard(interface: Any, network: Network) -> None:
    """Let what a client sends far above its rate fall before the library takes it apart: a refusal costs as much as an answer.

    Here datagrams come in and go out, so here a laboratory's bad network is, too.
    """
    rate, take, send = Rate(burst=600.0, steady=300.0), interface.datagram_msg_received, interface.send

    def guarded(data: bytes, ancdata: Any, flags: int, address: Any) -> None:
        if rate.allows(f"{address[0]}:{address[1]}"):
            network.carry(lambda: take(data, ancdata, flags, address))

    interface.datagram_msg_received = guarded
    interface.send = lambda message: network.carry(lambda: send(message))


def _request(message: Message) -> Request:
    options = message.opt
    pairs = [text.partition("=") for text in reversed(options.uri_query)]
    return Request(
        method=_METHODS.get(message.code, str(message.code)),
        path=tuple(options.uri_path),
        query={name: value for name, _, value in pairs},
        filters=tuple(options.uri_query),
        payload=bytes(message.payload),
        form=_number(options.content_format),
        accept=_number(options.accept),
        if_match=tuple(options.if_match),
        if_none_match=bool(options.if_none_match),
    )


def _number(option: Any) -> int | None:
    return None if option is None else int(option)


def _message(answer: Answer) -> Message:
    message = Message(code=Code((answer.code[0] << 5) + answer.code[1]), payload=answer.payload)
    message.opt.content_format = answer.form
    message.opt.max_age = answer.age
    message.opt.location_path = answer.location
    if answer.etag is not None:
        message.opt.etag = answer.etag
    return message
