"""Requests in, responses out: the part of CoAP that is the same for every resource.

Here an aiocoap message becomes a Request and a Response becomes one or several messages: critical options checked, blocks joined and cut,
`2.03` for a representation the client already has, and observation (RFC 7641). A notification is confirmable when it is the tenth, when it
carries an event or an ack, and when a quiet moment follows unconfirmed ones: so a lost one is never the last word.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any, Protocol

from aiocoap import Message
from aiocoap.numbers import Code, OptionNumber
from aiocoap.numbers.constants import Reliable, Unreliable
from aiocoap.pipe import Pipe

from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_blocks import Block, Downloads, Uploads
from firmware_sim.wires.coap_message import CONTENT, VALID, Request, Response, refused

_METHODS = {1: "GET", 2: "POST", 3: "PUT", 4: "DELETE", 5: "FETCH", 6: "PATCH", 7: "iPATCH"}
_UNDERSTOOD = frozenset({1, 3, 5, 7, 11, 15, 17, 23, 27})
_PROXY = frozenset({35, 39})
_QUIET = 5.0
_DEFAULT_AGE = 60
_WAITING = 64
_BLOCKS = (OptionNumber.BLOCK1, OptionNumber.BLOCK2, OptionNumber.OBSERVE)


class Feed:
    """What an observer still has to be told: None stands for "ask again", a Response for itself (an event, an ack)."""

    def __init__(self) -> None:
        self._items: deque[Response | None] = deque(maxlen=_WAITING)
        self._filled = asyncio.Event()

    def push(self, item: Response | None = None) -> None:
        """Add one; several requests to ask again are one."""
        if item is not None or not self._items or self._items[-1] is not None:
            self._items.append(item)
        self._filled.set()

    async def take(self) -> Response | None:
        """Return the next, when there is one."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()


class Resources(Protocol):
    """Everything behind the paths."""

    async def handle(self, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        ...

    def watch(self, request: Request, feed: Feed) -> Callable[[], None] | None:
        """Let `feed` know of changes from now on; return what ends it, None when this cannot be observed."""
        ...


class CoapSite:
    """The site of one appliance."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._uploads = Uploads()
        self._downloads = Downloads()
        self._numbers = itertools.count(2)

    async def render_to_pipe(self, pipe: Pipe) -> None:
        """Answer one request message, and go on answering while it observes."""
        message: Message = pipe.request
        try:
            _check_options(message)
            body = self._gather(message)
        except Refusal as refusal:
            pipe.add_response(_message(refused(refusal)), is_last=True)
            return
        if body is None:
            pipe.add_response(Message(code=Code.CONTINUE, block1=message.opt.block1), is_last=True)
            return
        request = _request(message, body)
        if request.observe and _block(message.opt.block2, 0).number == 0:
            await self._observe(pipe, request)
        else:
            pipe.add_response(await self._answer(message, request), is_last=True)

    def _gather(self, message: Message) -> bytes | None:
        if message.opt.block1 is None:
            return bytes(message.payload)
        return self._uploads.feed(_key(message), _block(message.opt.block1), bytes(message.payload))

    async def _answer(self, message: Message, request: Request) -> Message:
        wanted = _block(message.opt.block2) if message.opt.block2 is not None else None
        kept = self._downloads.kept(_key(message)) if wanted is not None and wanted.number > 0 else None
        return self._cut(message, kept or await self._whole(request))

    async def _whole(self, request: Request) -> Response:
        try:
            response = await self._resources.handle(request)
        except Refusal as refusal:
            return refused(refusal)
        if response.code == CONTENT and response.etag is not None and response.etag in request.etags:
            return replace(response, code=VALID, payload=b"", content_format=None)
        return response

    def _cut(self, message: Message, whole: Response, **options: Any) -> Message:
        wanted = _block(message.opt.block2) if message.opt.block2 is not None else None
        try:
            part, block = self._downloads.cut(_key(message), whole, wanted)
        except Refusal as refusal:
            part, block = refused(refusal), None
        block2 = (block.number, block.more, block.exponent) if block is not None else None
        return _message(part, block1=message.opt.block1, block2=block2, **options)

    async def _observe(self, pipe: Pipe, request: Request) -> None:
        feed = Feed()
        stop = self._watch(request, feed)
        try:
            first = await self._whole(request)
            if stop is None or not first.successful:
                pipe.add_response(self._cut(pipe.request, first), is_last=True)
                return
            pipe.add_response(self._cut(pipe.request, first, observe=self._number()), is_last=False)
            await self._notify(pipe, request, feed, first)
        finally:
            if stop is not None:
                stop()

    def _watch(self, request: Request, feed: Feed) -> Callable[[], None] | None:
        try:
            return self._resources.watch(request, feed)
        except Refusal:
            return None

    async def _notify(self, pipe: Pipe, request: Request, feed: Feed, latest: Response) -> None:
        """Send notifications until the peer loses interest or the resource is gone."""
        renewed = replace(request, etags=())
        unconfirmed = 0
        while True:
            patience = _QUIET if unconfirmed else _patience(latest)
            item, waited = await _within(feed.take, patience)
            latest = item or await self._whole(renewed)
            confirm = waited or item is not None or unconfirmed >= 9  # noqa: PLR2004 - every tenth is confirmed
            unconfirmed = 0 if confirm else unconfirmed + 1
            if not latest.successful:
                pipe.add_response(_message(latest), is_last=True)
                return
            tuning = Reliable() if confirm else Unreliable()
            pipe.add_response(self._cut(pipe.request, latest, observe=self._number(), transport_tuning=tuning), is_last=False)

    def _number(self) -> int:
        return next(self._numbers) & 0xFFFFFF


def _patience(latest: Response) -> float | None:
    """Return after how many seconds to say the same again; an event or an ack (Max-Age 0) never, it would count twice."""
    age = _DEFAULT_AGE if latest.max_age is None else latest.max_age
    return age or None


async def _within(take: Callable[[], Awaitable[Response | None]], patience: float | None) -> tuple[Response | None, bool]:
    """Return the next item and whether the wait for it was in vain."""
    try:
        async with asyncio.timeout(patience):
            return await take(), False
    except TimeoutError:
        return None, True


def _check_options(message: Message) -> None:
    """Refuse an option that must be understood and is not."""
    for option in message.opt.option_list():
        number = int(option.number)
        if number & 1 and number not in _UNDERSTOOD:
            raise Refusal("no-proxy" if number in _PROXY else "bad-option", f"option {number} is not understood")


def _request(message: Message, body: bytes) -> Request:
    options = message.opt
    return Request(
        method=_METHODS.get(int(message.code), str(int(message.code))),
        path=tuple(options.uri_path),
        query=tuple(options.uri_query),
        payload=body,
        content_format=None if options.content_format is None else int(options.content_format),
        accept=None if options.accept is None else int(options.accept),
        etags=tuple(options.etags),
        if_match=tuple(options.if_match),
        if_none_match=bool(options.if_none_match),
        observe=options.observe == 0 and int(message.code) == Code.GET,
        peer=message.remote.address[0],
    )


def _message(response: Response, **options: Any) -> Message:
    message = Message(code=Code((response.code[0] << 5) + response.code[1]), payload=response.payload, **options)
    message.opt.content_format = response.content_format
    message.opt.max_age = response.max_age
    message.opt.size2 = response.size
    message.opt.location_path = response.location
    if response.etag is not None:
        message.opt.etag = response.etag
    return message


def _block(option: Any, default: int | None = None) -> Block:
    if option is None and default is not None:
        return Block(default, more=False, exponent=6)
    return Block(option.block_number, bool(option.more), option.size_exponent)


def _key(message: Message) -> Hashable:
    return (message.remote.blockwise_key, message.get_cache_key(_BLOCKS))
