"""Messages cut out of a stream, as bytes by hand: a length in sevens of bits, then the message."""

import pytest

from gateway.drivers.androidtv.frames import LONGEST, Frames
from gateway.errors import WireError

PING = bytes.fromhex("06 42 04 08 19 10 0a")
"""A remote's ping, number 25, by hand: length 6; field 8, a chunk of 4: field 1 is 25, field 2 is 10."""


def test_messages_come_whole_however_the_stream_is_cut() -> None:
    stream = PING * 3 + b"\x00" + b"\xc8\x01" + bytes(200)
    for size in (1, 2, 3, 7, 500):
        frames = Frames()
        got = [message for start in range(0, len(stream), size) for message in frames.take(stream[start : start + size])]
        assert got == [PING, PING, PING, b"\x00", b"\xc8\x01" + bytes(200)]


@pytest.mark.parametrize("length", [LONGEST + 1, 2**31])
def test_nothing_longer_than_a_box_ever_says_is_gathered(length: int) -> None:
    said = bytearray()
    while length > 0x7F:
        said.append(length & 0x7F | 0x80)
        length >>= 7
    said.append(length)
    with pytest.raises(WireError):
        Frames().take(bytes(said))


def test_the_longest_is_waited_for_and_a_length_without_an_end_is_not() -> None:
    assert Frames().take(b"\x80\x80\x04") == []
    with pytest.raises(WireError):
        Frames().take(b"\x80" * 5)
