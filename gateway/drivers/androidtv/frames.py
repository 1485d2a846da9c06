"""Cuts what a box says into whole messages, each behind its length, before the library reads them: nothing longer is ever gathered."""

from gateway.errors import WireError

LONGEST = 64 * 1024
"""Bytes of a message."""
_LENGTHS = 5
"""Bytes of a length."""


class Frames:
    """A stream; `take` what comes."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the messages that are whole now, lengths included; raise WireError for a length nobody means."""
        self._waiting += data
        whole: list[bytes] = []
        while (end := _end(self._waiting)) is not None and len(self._waiting) >= end:
            whole.append(bytes(self._waiting[:end]))
            del self._waiting[:end]
        return whole


def _end(waiting: bytearray) -> int | None:
    """Return where the first message ends; None while its length is not there yet."""
    length = 0
    for index, byte in enumerate(waiting[:_LENGTHS]):
        length |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - the last byte of the length
            if length > LONGEST:
                raise WireError(f"a message of {length} bytes")
            return index + 1 + length
    if len(waiting) >= _LENGTHS:
        raise WireError("a length without an end")
    return None
