"""One request on its way from us: what was sent, what came back, and bodies larger than a datagram (RFC 7959)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiocoap import error as library
from aiocoap.numbers.codes import CONTINUE, UNAUTHORIZED
from aiocoap.pipe import Pipe

from gateway.errors import DeviceFailure, StorageFailed
from gateway.protocol.coap.endpoint import Endpoint
from gateway.protocol.coap.message import MAX_BODY
from gateway.protocol.coap.sealing import KeyRefused, Seal

LARGEST = 6
BLOCK = 2 ** (LARGEST + 4)
FRESH = 128.0
"""Seconds after which the Observe number says nothing any more."""
RESTARTS = 3
"""How often a body is fetched again because it changed while it was fetched."""


class Asking:
    """A request sent; `next` waits for its answer, or for the newest notification since the last call.

    A home keeps hundreds open for months, so it holds little: an asyncio.Event alone would weigh as much as the rest.
    """

    __slots__ = ("_ended", "_endpoint", "_error", "_last", "_newest", "_pipe", "_seal", "_stop", "_waiting", "message")

    def __init__(self, endpoint: Endpoint, message: Any) -> None:
        self._endpoint = endpoint
        self.message = message
        self._newest: Any = None
        self._last: tuple[int, float] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._waiting: asyncio.Future[None] | None = None
        context = message.remote.context
        self._seal = None if context is None else Seal(context, message)
        self._pipe = Pipe(message if self._seal is None else self._seal.outer, endpoint.log)
        self._stop: Callable[[], None] = self._pipe.on_event(self._on_event)
        endpoint.tokens.request(self._pipe)

    async def next(self, patience: float | None = None) -> Any:
        """Return the newest message not returned yet, None when none comes for `patience` seconds; raise what the library says went wrong.

        Without `patience` it waits for ever after the last.
        """
        if self._newest is None and self._error is None:
            self._waiting = self._endpoint.loop.create_future()
            timer = None if patience is None else self._endpoint.loop.call_later(patience, self._wake)
            try:
                await self._waiting
            finally:
                if timer is not None:
                    timer.cancel()
        newest, self._newest = self._newest, None
        if newest is None and self._error is not None:
            raise self._error
        return newest

    def close(self) -> None:
        """Lose interest: what is not sent yet will not be, and what comes is not wanted."""
        if not self._ended:
            self._ended = True
            self._stop()
            if self._last is not None:
                farewell = self.message.copy(observe=1)
                with suppress(StorageFailed):  # then nothing more is said under the key
                    sealed = farewell if self._seal is None else Seal(self.message.remote.context, farewell).outer
                    self._endpoint.deregister(self._pipe.request.token, sealed)

    def _on_event(self, event: Any) -> bool:
        self._ended = self._ended or event.is_last
        if event.exception is not None:
            self._error = event.exception
        elif event.message is None or not self._heard(event.message):
            return not event.is_last
        self._wake()
        return not event.is_last

    def _heard(self, message: Any) -> bool:
        """Keep an answer, or what is wrong with it; return False for a notification older than one that was heard."""
        try:
            opened = message if self._seal is None else self._seal.open(message)
            if self._seal is None and message.opt.oscore is not None:
                raise KeyRefused("it answered under a key nobody asked under")
        except library.Error as error:
            self._error = error
            return True
        if not self._in_order(opened.opt.observe):
            return False
        self._newest = opened
        return True

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _in_order(self, number: int | None) -> bool:
        """Return whether a notification is newer than the last one (RFC 7641 section 3.4); one without a number is the last."""
        if number is None:
            return True
        now = self._endpoint.loop.time()
        if self._seal is not None:
            newer = self._last is None or number > self._last[0]  # numbers of OSCORE only grow: an old one is a replay
            self._last = (number, now) if newer else self._last
            return newer
        if self._last is not None and not 0 < (number - self._last[0]) % (1 << 24) < 1 << 23 and now < self._last[1] + FRESH:
            return False
        self._last = (number, now)
        return True


async def ask(endpoint: Endpoint, message: Any) -> tuple[Any, bytes]:
    """Send a request, in blocks when its body is large, and return the answer's first message and its whole body."""
    for _ in range(RESTARTS):
        first = await _upload(endpoint, message)
        body = await whole_body(endpoint, message, first)
        if body is not None:
            return first, body
    raise DeviceFailure("the answer kept changing while it was read")


async def ask_once(endpoint: Endpoint, message: Any) -> Any:
    """Send one datagram and return its answer; a peer that wants a fresh word first (RFC 9175) is given it."""
    answer = await _answer(endpoint, message)
    if not wants_fresh_word(message, answer):
        return answer
    again = message.copy(echo=answer.opt.echo)
    again.mtype = again.mid = None
    return await _answer(endpoint, again)


def wants_fresh_word(message: Any, answer: Any) -> bool:
    """Return whether the peer asks to repeat a request of ours under a key, with what it said."""
    return message.remote.context is not None and answer.code == UNAUTHORIZED and answer.opt.echo is not None


async def _answer(endpoint: Endpoint, message: Any) -> Any:
    asking = Asking(endpoint, message)
    try:
        return await asking.next()
    finally:
        asking.close()


async def _upload(endpoint: Endpoint, message: Any) -> Any:
    """Send the whole body and return the answer to its last block."""
    body: bytes = message.payload
    if len(body) <= BLOCK:
        return await ask_once(endpoint, message.copy())
    at, exponent = 0, LARGEST
    while True:
        size = 2 ** (exponent + 4)
        more = at + size < len(body)
        part = message.copy(payload=body[at : at + size], block1=(at // size, more, exponent))
        part.opt.size1 = len(body) if at == 0 else None
        answer = await ask_once(endpoint, part)
        if not more or answer.code != CONTINUE or answer.opt.block1 is None:
            return answer
        at += size
        exponent = min(exponent, answer.opt.block1.size_exponent)


async def whole_body(endpoint: Endpoint, message: Any, first: Any) -> bytes | None:
    """Return the body that `first` begins, fetching the rest; None when it changed meanwhile."""
    body, block = bytes(first.payload), first.opt.block2
    while block is not None and block.more:
        if block.size_exponent > LARGEST or len(body) % block.size or not body:
            raise DeviceFailure("the answer's blocks do not fit together")
        if len(body) > MAX_BODY:
            raise DeviceFailure(f"the answer is longer than {MAX_BODY} bytes")
        rest = message.copy(payload=b"", block1=None, observe=None, block2=(len(body) // block.size, False, block.size_exponent))
        rest.mtype = rest.mid = None  # an exchange of its own, although `message` may have been sent
        part = await ask_once(endpoint, rest)
        block = part.opt.block2
        if part.code != first.code or part.opt.etag != first.opt.etag or block is None or block.start != len(body):
            return None
        body += part.payload
    return body
