"""Cuts the bytes of a connection into packets, many of them from one read.

What is not whole yet waits, and is looked at again only when all of it can be here, so that a peer that sends byte by byte
costs no more than one that does not. A message above the limit is never kept: it is passed by, and said.
"""

from collections.abc import Iterator
from typing import Final

from gateway.protocol.mqtt.packets import PUBLISH
from gateway.protocol.mqtt.properties import Malformed

SKIPPED: Final = 0
"""Stands in place of the packet type for a message that was too large; what is yielded ends with topic and packet id."""

Packet = tuple[int, bytes, int, int]
"""First byte, and data with the places in it where the rest of the packet starts and ends."""


class Splitter:
    """One connection's; `limit` in bytes of a whole packet. Malformed: nothing that follows can be read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = bytearray()
        self._needed = 0
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the packets that are whole now; to be read to the end. Hot path."""
        if self._skip or self._waiting:
            data = self._joined(data)
            if len(data) < self._needed:
                return
        position, total = 0, len(data)
        while position + 1 < total:
            length, start = data[position + 1], position + 2
            if length > 0x7F:  # noqa: PLR2004 - more digits of the length follow
                length, start = _length(data, position + 1, total)
                if not start:
                    break
            end = start + length
            if end - position > self._limit:
                if (place := self._pass_by(data, position, start, total)) is None:
                    return
                yield data[position] & 0x0F, data, start, place
                self._skip = max(0, end - total)
                end = min(end, total)
            elif end > total:
                self._keep(data, position, end - position)
                return
            else:
                yield data[position], data, start, end
            position = end
        self._keep(data, position, 0)

    def _joined(self, data: bytes) -> bytes:
        """Return what is to be looked at with `data` added; nothing as long as that cannot be enough."""
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        self._waiting += data
        if len(self._waiting) < self._needed:
            return b""
        whole = bytes(self._waiting)
        self._waiting.clear()
        self._needed = 0
        return whole

    def _keep(self, data: bytes, position: int, needed: int) -> None:
        self._waiting += data[position:]
        self._needed = needed

    def _pass_by(self, data: bytes, position: int, start: int, total: int) -> int | None:
        """Return where topic and packet id of a message end, None (and kept) when they are not here yet."""
        if data[position] >> 4 != PUBLISH:
            raise Malformed("a packet above the limit")
        place = start + 2
        if place <= total:
            place += (data[start] << 8 | data[start + 1]) + (2 if data[position] & 0x06 else 0)
        if place <= total:
            return place
        self._keep(data, position, place - position)
        return None


def _length(data: bytes, position: int, total: int) -> tuple[int, int]:
    """Return the length that stands at `position` and where it ends, 0 when it is not whole."""
    length = shift = 0
    for place in range(position, min(position + 4, total)):
        length |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:  # noqa: PLR2004 - the last digit
            return length, place + 1
        shift += 7
    if total - position >= 4:  # noqa: PLR2004 - digits at most
        raise Malformed("a length of more than four bytes")
    return 0, 0
