"""Bodies larger than a datagram (RFC 7959), on the server's side: uploads put together, responses cut.

Both tables are bounded in number, in bytes and in time. A response that was cut is kept until its last block has had
time to be fetched, so that one transfer sees one representation whatever happens to the resource meanwhile.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from gateway.errors import BadSyntax, TooLarge
from gateway.protocol.coap.message import CONTENT, MAX_BODY, VALID, Method, Response
from gateway.protocol.coap.translate import Incomplete, message_of

LARGEST = 6
"""The size exponent of the largest block: 2 ** (6 + 4) = 1,024 bytes."""
LIFETIME = 93.0
"""Seconds an unfinished transfer is kept (MAX_TRANSMIT_WAIT)."""
UPLOADS, UPLOADS_OF_ONE_HOST, CUT = 32, 8, 64
"""How many transfers are kept at once."""

Entry = TypeVar("Entry")


class Recent(Generic[Entry]):
    """At most `most` entries, each for LIFETIME seconds since it was put; `now` gives monotonic seconds."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._entries: OrderedDict[Hashable, tuple[float, Entry]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Entry | None:
        """Return what is kept under `key`."""
        until, entry = self._entries.get(key, (float("-inf"), None))
        return entry if until > self._now() else None

    def put(self, key: Hashable, entry: Entry) -> None:
        """Keep `entry`; what is out of date is forgotten, and when full the oldest."""
        self._entries.pop(key, None)
        while self._entries:
            oldest, (until, _) = next(iter(self._entries.items()))
            if until > self._now() and len(self._entries) < self._most:
                break
            del self._entries[oldest]
        self._entries[key] = (self._now() + LIFETIME, entry)

    def pop(self, key: Hashable) -> Entry | None:
        """Return what is kept under `key` and forget it."""
        entry = self.get(key)
        self._entries.pop(key, None)
        return entry

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """Return the keys, oldest first."""
        return tuple(self._entries)


class Uploads:
    """Puts the blocks of request bodies together, at most MAX_BODY bytes each."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._parts: Recent[bytes] = Recent(UPLOADS, now)

    def take(self, message: Any) -> bytes | None:
        """Return the whole body, or None when more blocks must follow; raise TooLarge, Incomplete or BadSyntax."""
        block = message.opt.block1
        if block is None:
            return bytes(message.payload)
        if block.size_exponent > LARGEST or (block.more and len(message.payload) != block.size):
            raise BadSyntax("the payload is not as long as its Block1 option says")
        if (message.opt.size1 or 0) > MAX_BODY:
            raise TooLarge(f"at most {MAX_BODY} bytes")
        key = (message.remote.address[0], message.remote, message.code, *_resource(message), message.opt.request_tag)
        body = self._join(key, block, bytes(message.payload))
        if not block.more:
            return body
        self._make_room(key[0])
        self._parts.put(key, body)
        return None

    def _join(self, key: Hashable, block: Any, payload: bytes) -> bytes:
        before = self._parts.pop(key) if block.block_number else b""
        if before is None or block.start != len(before):
            raise Incomplete("send the body again from its first block")
        if len(before) + len(payload) > MAX_BODY:
            raise TooLarge(f"at most {MAX_BODY} bytes")
        return before + payload

    def _make_room(self, host: str) -> None:
        of_host = [key for key in self._parts.keys if isinstance(key, tuple) and key[0] == host]
        for key in of_host[: 1 - UPLOADS_OF_ONE_HOST] if len(of_host) >= UPLOADS_OF_ONE_HOST else ():
            self._parts.pop(key)


class Slices:
    """Cuts responses into the blocks a peer asks for."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._cut: Recent[Response] = Recent(CUT, now)

    def kept(self, message: Any) -> Response | None:
        """Return the response a request for a later block continues; raise Incomplete when only repeating an act would give it."""
        block = message.opt.block2
        if block is None or block.block_number == 0:
            return None
        response = self._cut.get(_key(message))
        if response is None and message.code not in (Method.GET, Method.FETCH):
            raise Incomplete("the answer is no longer kept")
        return response

    def cut(self, message: Any, response: Response) -> Any:
        """Return the library's message with the block of `response` that the request `message` asks for."""
        if response.code == CONTENT and response.etag is not None and response.etag in message.opt.etags:
            return message_of(Response(code=VALID, etag=response.etag, max_age=response.max_age))
        asked = message.opt.block2
        number, exponent = (asked.block_number, asked.size_exponent) if asked is not None else (0, LARGEST)
        if exponent > LARGEST:
            raise BadSyntax("blocks have at most 1024 bytes")
        size = 2 ** (exponent + 4)
        if len(response.payload) <= size and number == 0:
            return message_of(response)
        if number and number * size >= len(response.payload):
            raise BadSyntax("the body has no such block")
        return self._block(message, response, number, exponent)

    def _block(self, message: Any, response: Response, number: int, exponent: int) -> Any:
        if response.etag is None:
            response = replace(response, etag=hashlib.sha256(response.payload).digest()[:8])
        self._cut.put(_key(message), response)
        size = 2 ** (exponent + 4)
        block = message_of(replace(response, payload=response.payload[number * size : (number + 1) * size]))
        block.opt.block2 = (number, (number + 1) * size < len(response.payload), exponent)
        if number == 0:
            block.opt.size2 = len(response.payload)
        return block


def _resource(message: Any) -> tuple[Hashable, ...]:
    return (message.opt.uri_path, message.opt.uri_query, message.opt.content_format, message.opt.if_match)


def _key(message: Any) -> Hashable:
    return (message.remote, message.code, message.opt.uri_path, message.opt.uri_query, message.opt.accept)
