"""Finding whole messages in a stream of pieces: holds back at most one message's worth of bytes, drops what fits nowhere."""

from collections.abc import Callable
from typing import NamedTuple


class Shape(NamedTuple):
    """How one kind of message begins and how long it is: `length` reads that from the first `head` bytes."""

    mark: bytes
    head: int
    least: int
    most: int
    length: Callable[[bytes], int]


class Splitter:
    """Cuts a stream; `dropped` counts bytes that belonged to no message."""

    def __init__(self, shape: Shape) -> None:
        self.dropped = 0
        self._shape = shape
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the messages complete by now, unchecked."""
        data, at, found = self._rest + piece, 0, []
        while True:
            at = self._mark(data, at)
            if len(data) - at < self._shape.head:
                break
            length = self._shape.length(data[at : at + self._shape.head])
            if not self._shape.least <= length <= self._shape.most:
                self.dropped += 1
                at += 1
            elif len(data) - at < length:
                break
            else:
                found.append(data[at : at + length])
                at += length
        self._rest = data[at:]
        return found

    def _mark(self, data: bytes, at: int) -> int:
        """Return where the next message may begin."""
        mark = data.find(self._shape.mark, at)
        if mark < 0:
            mark = len(data) - 1 if data[at:].endswith(self._shape.mark[:1]) else len(data)
        self.dropped += mark - at
        return mark
