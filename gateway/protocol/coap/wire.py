"""CoAP datagrams, read strictly (RFC 7252 section 3): bytes in, Frame or WireError out, nothing else.

The library's decoder is never shown a stranger's bytes: it raises on text that is no UTF-8, takes a token of 15 bytes,
and remembers every unknown option number and content format for ever. Here an unknown option is skipped when it is
elective and named in `Frame.critical` when it is not; so is one that may not be repeated and is, and one whose value
is none (RFC 7252 5.4.3): whoever asks is told 4.02 instead of waiting for nothing.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from gateway.errors import WireError


class Kind(IntEnum):
    """The four message types."""

    CONFIRMABLE = 0
    NON_CONFIRMABLE = 1
    ACKNOWLEDGEMENT = 2
    RESET = 3


class Shape(NamedTuple):
    """What an option's value may be: its length in bytes, whether it is text, whether it may be repeated."""

    least: int
    most: int
    text: bool = False
    repeats: bool = False


OPTIONS: dict[int, Shape] = {
    1: Shape(0, 8, repeats=True),  # If-Match
    3: Shape(1, 255, text=True),  # Uri-Host
    4: Shape(1, 8, repeats=True),  # ETag
    6: Shape(0, 3),  # Observe
    7: Shape(0, 2),  # Uri-Port
    8: Shape(0, 255, text=True, repeats=True),  # Location-Path
    9: Shape(0, 255),  # OSCORE
    11: Shape(0, 255, text=True, repeats=True),  # Uri-Path
    12: Shape(0, 2),  # Content-Format
    14: Shape(0, 4),  # Max-Age
    15: Shape(0, 255, text=True, repeats=True),  # Uri-Query
    17: Shape(0, 2),  # Accept
    20: Shape(0, 255, text=True, repeats=True),  # Location-Query
    23: Shape(0, 3),  # Block2
    27: Shape(0, 3),  # Block1
    28: Shape(0, 4),  # Size2
    60: Shape(0, 4),  # Size1
    252: Shape(1, 40),  # Echo
    292: Shape(0, 8, repeats=True),  # Request-Tag
}
"""The options this gateway knows, by number."""

MAX_OPTIONS = 64
MAX_NUMBER = 65535
VERSION = 1
MAX_TOKEN = 8
HEADER = struct.Struct("!BBH")
MARKER = 0xFF
REQUEST, RESPONSES = 0, (2, 4, 5)
OSCORE = 9


@dataclass(frozen=True, slots=True)
class Frame:
    """One datagram, understood. `critical`: the number of an option that must be understood and is not, or None."""

    kind: Kind
    code: int
    id: int
    token: bytes
    options: tuple[tuple[int, bytes], ...]
    payload: bytes
    critical: int | None = None

    @property
    def is_request(self) -> bool:
        """Return whether this asks for something."""
        return 0 < self.code < 1 << 5

    @property
    def protection(self) -> bytes | None:
        """Return the value of the OSCORE option, None when there is none."""
        return next((value for number, value in self.options if number == OSCORE), None)


def parse(datagram: bytes) -> Frame:
    """Return the datagram as a Frame; raise WireError, with a reason of a few words, when it is not exactly CoAP."""
    if len(datagram) < HEADER.size:
        raise WireError("shorter than a header")
    first, code, number = HEADER.unpack_from(datagram)
    kind, length = Kind(first >> 4 & 0b11), first & 0b1111
    if first >> 6 != VERSION:
        raise WireError("version is not 1")
    if length > MAX_TOKEN or len(datagram) < HEADER.size + length:
        raise WireError("token too long")
    _check_code(kind, code, empty=len(datagram) == HEADER.size)
    start = HEADER.size + length
    options, payload = _read_options(datagram, start)
    kept, critical = _known(options)
    return Frame(kind, code, number, datagram[HEADER.size : start], kept, payload, critical)


def parse_inner(plaintext: bytes, *, answers: bool) -> Frame:
    """Return what was protected, a code and what follows it, as strictly; `answers`: whether a response is expected."""
    if not plaintext:
        raise WireError("nothing inside")
    code = plaintext[0]
    if code == 0 or (code >> 5 in RESPONSES) is not answers or (code >> 5 == REQUEST) is answers:
        raise WireError("reserved code inside")
    options, payload = _read_options(plaintext, 1)
    kept, critical = _known(options)
    nested = any(number == OSCORE for number, _ in kept)
    return Frame(Kind.CONFIRMABLE, code, 0, b"", kept, payload, OSCORE if nested and critical is None else critical)


def _check_code(kind: Kind, code: int, *, empty: bool) -> None:
    """Refuse reserved codes, and codes in a message type that cannot carry them."""
    if code == 0:
        if not empty or kind is Kind.NON_CONFIRMABLE:
            raise WireError("empty message with content")
        return
    if code >> 5 == REQUEST:
        if kind not in (Kind.CONFIRMABLE, Kind.NON_CONFIRMABLE):
            raise WireError("request in an acknowledgement")
    elif code >> 5 not in RESPONSES or kind is Kind.RESET:
        raise WireError("reserved code")


def _read_options(datagram: bytes, at: int) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return `(number, value)` pairs from offset `at` on, and the payload."""
    options: list[tuple[int, bytes]] = []
    number = 0
    while at < len(datagram):
        first = datagram[at]
        if first == MARKER:
            if at + 1 == len(datagram):
                raise WireError("payload marker without payload")
            return options, datagram[at + 1 :]
        delta, at_length = _extended(datagram, first >> 4, at + 1)
        length, at_value = _extended(datagram, first & 0b1111, at_length)
        number, at = number + delta, at_value + length
        if number > MAX_NUMBER or at > len(datagram) or len(options) == MAX_OPTIONS:
            raise WireError("options run over")
        options.append((number, datagram[at_value:at]))
    return options, b""


def _extended(datagram: bytes, nibble: int, at: int) -> tuple[int, int]:
    """Return an option's delta or length, and the offset after what it took."""
    if nibble < 13:  # noqa: PLR2004 - 13, 14 and 15 are the escapes of RFC 7252 section 3.1
        return nibble, at
    size, base = {13: (1, 13), 14: (2, 269), 15: (0, 0)}[nibble]
    if not size:
        raise WireError("reserved option nibble")
    if at + size > len(datagram):
        raise WireError("options run over")
    return base + int.from_bytes(datagram[at : at + size], "big"), at + size


def _known(options: list[tuple[int, bytes]]) -> tuple[tuple[tuple[int, bytes], ...], int | None]:
    """Return the options that are known and well formed, and the first critical one that is neither."""
    kept: list[tuple[int, bytes]] = []
    critical: int | None = None
    before = 0
    for number, value in options:
        shape = OPTIONS.get(number)
        if shape is None or (number == before and not shape.repeats) or not _fits(shape, value):
            critical = number if number & 1 and critical is None else critical
            continue
        kept.append((number, value))
        before = number
    return tuple(kept), critical


def _fits(shape: Shape, value: bytes) -> bool:
    """Return whether a value has the length its option has, and is UTF-8 where that is text."""
    if not shape.least <= len(value) <= shape.most:
        return False
    try:
        return not shape.text or value.decode() is not None
    except UnicodeDecodeError:
        return False


def short_answer(datagram: bytes, code: tuple[int, int], *, max_age: int | None = None) -> bytes | None:
    """Return the bytes that refuse a confirmable request without reading more than its header; None for anything else."""
    if len(datagram) < HEADER.size:
        return None
    first, asked, number = HEADER.unpack_from(datagram)
    length = first & 0b1111
    if first >> 4 != VERSION << 2 | Kind.CONFIRMABLE or not 0 < asked < 1 << 5 or length > MAX_TOKEN:
        return None
    token = datagram[HEADER.size : HEADER.size + length]
    head = HEADER.pack(VERSION << 6 | Kind.ACKNOWLEDGEMENT << 4 | len(token), code[0] << 5 | code[1], number)
    option = b"" if max_age is None else bytes((13 << 4 | 1, 14 - 13, min(max_age, 255)))
    return head + token + option
