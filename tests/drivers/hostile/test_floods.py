"""Units that say ten thousand things a second: the hub reads some of it, and everybody else has their turn meanwhile."""

import asyncio
from random import Random
from typing import Any, cast

from gateway.drivers.echonet.frame import GOT, NODE, Frame, encode_frame
from gateway.drivers.echonet.plug import Plug
from gateway.drivers.midea.channel import Plain
from gateway.drivers.midea.frame import QUERY
from gateway.drivers.midea.frame import Frame as MideaFrame
from gateway.drivers.midea.frame import encode_frame as encode_midea
from gateway.drivers.midea.line import Line
from gateway.drivers.midea.packet import Packet, encode_packet
from gateway.drivers.parts.allowance import DATAGRAMS, Allowance
from gateway.drivers.parts.exchange import Exchange
from gateway.thing.clock import SystemClock

FLOOD = 10_000
NEAR = DATAGRAMS[1] + DATAGRAMS[0]
"""What may be read in the first second, which none of these tests takes."""


async def test_what_is_used_up_comes_back_with_time() -> None:
    allowance = Allowance(rate=100.0, burst=5.0)
    assert [allowance.take() for _ in range(6)] == [True] * 5 + [False]
    await asyncio.sleep(0.05)
    assert allowance.take()
    assert allowance.owe(100.0) > 0.5
    assert not allowance.take()


async def test_a_flood_of_datagrams_is_read_in_part() -> None:
    read: list[bytes] = []
    talk = Exchange(lambda data: read.append(data) or data, SystemClock(), Random(1))  # type: ignore[func-returns-value]
    for _ in range(FLOOD):
        talk.datagram_received(b"x", ("10.0.0.1", 1))
    assert len(read) <= NEAR
    assert talk.dropped == FLOOD - len(read)


async def test_who_floods_the_shared_socket_does_not_take_the_others_turn() -> None:
    plug, heard = Plug("127.0.0.1"), {"10.0.0.1": 0, "10.0.0.2": 0}
    data = encode_frame(Frame(number=1, service=GOT, source=NODE, properties=((0x80, b"\x30"),)))

    def hear(_: Frame, sender: str) -> None:
        heard[sender] += 1

    with plug.watching(hear):
        for _ in range(FLOOD):
            plug.datagram_received(data, ("10.0.0.1", 3610))
        for _ in range(10):
            plug.datagram_received(data, ("10.0.0.2", 3610))
    assert heard["10.0.0.1"] <= NEAR
    assert heard["10.0.0.2"] == 10


async def test_thousands_of_senders_leave_a_bounded_memory() -> None:
    plug = Plug("127.0.0.1")
    with plug.watching(lambda *_: None):
        for number in range(FLOOD):
            plug.datagram_received(b"x", (f"10.1.{number // 250}.{number % 250}", 3610))
    assert len(plug._allowances) <= 2049


async def test_a_stream_without_end_is_read_piece_by_piece_and_no_faster_than_allowed() -> None:
    packet = encode_packet(Packet(77, encode_midea(MideaFrame(0xAC, QUERY, bytes([0xC0, *range(24), 1])))), 1e9)
    reader = asyncio.StreamReader(limit=4096)
    reader.feed_data(packet * FLOOD)
    taken: list[bytes] = []
    line = Line(reader, cast("asyncio.StreamWriter", cast("Any", None)), Plain(), taken.append)
    listening = asyncio.create_task(line.listen())
    most = 0
    for _ in range(300):
        before = len(taken)
        await asyncio.sleep(0)
        most = max(most, len(taken) - before)
    listening.cancel()
    assert 0 < most <= 4096 // len(packet) + 1, "others have their turn after each piece"
    assert len(taken) * len(packet) < 262_144 + 2 * 65_536
