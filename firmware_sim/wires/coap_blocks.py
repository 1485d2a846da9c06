"""Block-wise transfer (RFC 7959) as a server: request blocks gathered into a whole, large responses given out in blocks.

Both memories are bounded: who starts many transfers loses the oldest. A response under way is kept as it was, so that its blocks
fit together although the state moves on.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace

from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_message import Response
from firmware_sim.wires.payload import LIMIT

LARGEST = 1024
_KEPT = 64
_BERT = 7


@dataclass(frozen=True, slots=True)
class Block:
    """A Block1 or Block2 option: `size` in bytes."""

    number: int
    more: bool
    exponent: int

    @property
    def size(self) -> int:
        """Return the block size in bytes."""
        return 1 << (self.exponent + 4)

    def check(self) -> None:
        """Refuse the one exponent that UDP does not know."""
        if self.exponent == _BERT:
            raise Refusal("bad-syntax", "no such block size over UDP")


class Uploads:
    """Requests that arrive in blocks."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, bytes] = OrderedDict()

    def feed(self, key: Hashable, block: Block, payload: bytes) -> bytes | None:
        """Add a block; return the whole body after the last, None before. Refusal `incomplete`, `too-large` or `bad-syntax`."""
        block.check()
        before = b"" if block.number == 0 else self._parts.pop(key, None)
        if before is None or block.number * block.size != len(before):
            raise Refusal("incomplete", "an earlier block is missing")
        if block.more and len(payload) != block.size:
            raise Refusal("bad-syntax", "a block that is not the last must be full")
        body = before + payload
        if len(body) > LIMIT:
            self._parts.pop(key, None)
            raise Refusal("too-large", f"at most {LIMIT} bytes")
        if not block.more:
            return body
        self._parts[key] = body
        self._parts.move_to_end(key)
        while len(self._parts) > _KEPT:
            self._parts.popitem(last=False)
        return None


class Downloads:
    """Responses that leave in blocks."""

    def __init__(self) -> None:
        self._wholes: OrderedDict[Hashable, Response] = OrderedDict()

    def kept(self, key: Hashable) -> Response | None:
        """Return the response whose first block went out before."""
        return self._wholes.get(key)

    def cut(self, key: Hashable, whole: Response, wanted: Block | None) -> tuple[Response, Block | None]:
        """Return the part to send now and its Block2 option (None: it all fits). Refusal `bad-syntax` beyond the end."""
        if wanted is not None:
            wanted.check()
        asked = wanted or Block(0, more=False, exponent=6)
        size = min(asked.size, LARGEST)
        if wanted is None and len(whole.payload) <= size:
            return whole, None
        start = asked.number * size
        if start > 0 and start >= len(whole.payload):
            raise Refusal("bad-syntax", "no such block")
        more = len(whole.payload) > start + size
        if more or asked.number:
            self._wholes[key] = whole
            self._wholes.move_to_end(key)
        while len(self._wholes) > _KEPT:
            self._wholes.popitem(last=False)
        part = replace(whole, payload=whole.payload[start : start + size], size=len(whole.payload))
        return part, Block(asked.number, more, asked.exponent)
