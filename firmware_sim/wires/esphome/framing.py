"""How messages travel: in clear, or each enciphered.

In clear: a zero, the length and the number of the message as varints, the message. Enciphered: a one, the length (16 bits, the highest
first), and then either a piece of the handshake or one enciphered record of number, length and message. What is too long is refused before
there is room made for it.
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from firmware_sim.wires.esphome.noise import Cipher, Handshake, Refused
from firmware_sim.wires.protobuf import Garbled, Unfinished, read_varint, varint

LONGEST: Final = 32768
"""Bytes of a message that a node takes."""
CLEAR, SEALED = b"\x00", b"\x01"
_PROLOGUE: Final = b"NoiseAPIInit"
_HEAD: Final = 3
_STRANGE: Final = b"Bad indicator byte"
Packet = tuple[int, bytes]


class Broken(Exception):
    """The connection cannot go on; `goodbye` is what is said before it is closed."""

    def __init__(self, reason: str, goodbye: bytes = b"") -> None:
        super().__init__(reason)
        self.goodbye = goodbye


class Framing(Protocol):
    """One connection's way; `feed` raises Broken."""

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the messages that are whole."""
        ...

    def wrap(self, number: int, data: bytes) -> bytes:
        """Return a message as it travels."""
        ...


class Plain:
    """In clear."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the messages that are whole; raise Broken."""
        self._rest += data
        while self._rest:
            if self._rest[:1] != CLEAR:
                raise Broken(f"begins with {self._rest[0]}, not with 0", CLEAR + _STRANGE)
            try:
                size, at = read_varint(self._rest, 1)
                number, at = read_varint(self._rest, at)
            except Unfinished:
                return
            except Garbled as fault:
                raise Broken(str(fault)) from fault
            if size > LONGEST:
                raise Broken(f"a message of {size} bytes")
            if len(self._rest) < at + size:
                return
            packet, self._rest = (number, self._rest[at : at + size]), self._rest[at + size :]
            yield packet

    def wrap(self, number: int, data: bytes) -> bytes:
        """Return a message as it travels."""
        return CLEAR + varint(len(data)) + varint(number) + data


class Enciphered:
    """With the node's key. `say` takes what the handshake answers; `name`, `mac`: what it tells everybody, "" for nothing."""

    def __init__(self, key: bytes, name: str, mac: str, say: Callable[[bytes], None]) -> None:
        self._key = key
        self._greeting = SEALED + (name.encode() + b"\x00" + mac.encode() + b"\x00" if name else b"")
        self._say = say
        self._rest = b""
        self._hello: bytes | None = None
        self._inward: Cipher | None = None
        self._outward: Cipher | None = None

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the messages that are whole; raise Broken."""
        self._rest += data
        while self._rest:
            if self._rest[:1] != SEALED:
                raise Broken("it speaks in clear", _framed(b"\x01" + _STRANGE))
            if len(self._rest) < _HEAD:
                return
            size = int.from_bytes(self._rest[1:_HEAD], "big")
            if size > LONGEST:
                raise Broken(f"a frame of {size} bytes")
            if len(self._rest) < _HEAD + size:
                return
            frame, self._rest = self._rest[_HEAD : _HEAD + size], self._rest[_HEAD + size :]
            yield from self._frame(frame)

    def wrap(self, number: int, data: bytes) -> bytes:
        """Return a message as it travels."""
        if self._outward is None:
            raise Broken("nothing is said before the handshake")
        return _framed(self._outward.seal(number.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data))

    def _frame(self, frame: bytes) -> Iterator[Packet]:
        if self._hello is None:
            self._hello = frame
            self._say(_framed(self._greeting))
        elif self._inward is None:
            self._shake(frame)
        else:
            yield self._packet(self._inward, frame)

    def _shake(self, frame: bytes) -> None:
        if not frame or frame[0] != 0:
            raise Broken("no handshake", _framed(b"\x01Bad handshake error byte"))
        hello = self._hello or b""
        try:
            shaken = Handshake(self._key, _PROLOGUE + len(hello).to_bytes(2, "big") + hello).answer(frame[1:])
        except Refused as fault:
            raise Broken(str(fault), _framed(b"\x01Handshake MAC failure")) from fault
        answer, self._inward, self._outward = shaken
        self._say(_framed(b"\x00" + answer))

    def _packet(self, cipher: Cipher, frame: bytes) -> Packet:
        try:
            clear = cipher.open(frame)
        except Refused as fault:
            raise Broken(str(fault)) from fault
        if len(clear) < 4 or int.from_bytes(clear[2:4], "big") != len(clear) - 4:  # noqa: PLR2004 - number and length
            raise Broken("a record of another length than it says")
        return int.from_bytes(clear[:2], "big"), clear[4:]


def _framed(content: bytes) -> bytes:
    return SEALED + len(content).to_bytes(2, "big") + content
