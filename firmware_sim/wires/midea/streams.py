"""Finding whole messages in a TCP stream, whatever pieces it comes in."""

from collections.abc import Callable


class Stream:
    """Cuts a stream into messages that begin with `start`; what lies between them is skipped and counted in `skipped` bytes.

    `size_of` tells from the first `head` bytes how long a message is; one outside of `shortest` to `longest` is none.
    """

    def __init__(self, start: bytes, head: int, size_of: Callable[[bytes], int], *, shortest: int, longest: int) -> None:
        self.skipped = 0
        self._buffer = bytearray()
        self._start = start
        self._head = head
        self._size_of = size_of
        self._sizes = range(shortest, longest + 1)

    def feed(self, data: bytes) -> list[bytes]:
        """Take what arrived; return the messages that are whole now (not yet opened)."""
        self._buffer += data
        whole: list[bytes] = []
        while (size := self._first()) is not None:
            whole.append(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return whole

    def _first(self) -> int | None:
        """Drop bytes up to the next start; return the size of the message there, None while it is not whole."""
        while len(self._buffer) >= self._head:
            start = self._buffer.find(self._start)
            if start:
                self._skip(len(self._buffer) - 1 if start < 0 else start)
                continue
            size = self._size_of(bytes(self._buffer[: self._head]))
            if size in self._sizes:
                return size if len(self._buffer) >= size else None
            self._skip(1)
        return None

    def _skip(self, count: int) -> None:
        self.skipped += count
        del self._buffer[:count]
