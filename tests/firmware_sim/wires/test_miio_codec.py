"""Packets of the simulated device against vectors that were made with `openssl enc` and `md5sum`, and what it does not understand."""

import hashlib

import pytest

from firmware_sim.wires.miio.calls import read_request, write_answer
from firmware_sim.wires.miio.fault import Unreadable
from firmware_sim.wires.miio.packet import HELLO, Packet, introduction, open_packet, seal
from firmware_sim.wires.miio.stamps import AHEAD, OLDEST, Stamps

TOKEN = bytes.fromhex("00112233445566778899aabbccddeeff")
REQUEST = bytes.fromhex(
    "21310050000000001122334400000e10"
    "4b4f48e952f96af9f9c4ecb4009aa253"
    "7fe3a69e29c435227b660672ab46b6d90bdde4f9750c9711389b7f1b82e10f2f03b1969440efeb13366c2e8aa82dd549"
)
"""{"id":7,"method":"miIO.info","params":[]} and a zero byte, to device 11223344 at its second 3600."""
ANSWER = bytes.fromhex(
    "21310040000000001122334400000e10c5e44dc6d1b297195b9f967edab1f9d155234c3c888e75634a8ae280e9fc469f337779325ee43fddf0771b131d381dff"
)
"""{"id":7,"result":["ok"]} and a zero byte, likewise."""


def test_a_request_is_opened() -> None:
    packet = open_packet(REQUEST, TOKEN)
    assert (packet.device, packet.stamp) == (0x11223344, 3600)
    assert read_request(packet.payload) == {"id": 7, "method": "miIO.info", "params": []}


def test_an_answer_is_sealed() -> None:
    assert seal(Packet(0x11223344, 3600, write_answer({"id": 7, "result": ["ok"]})), TOKEN) == ANSWER


def test_a_hello_and_its_answers() -> None:
    assert bytes.fromhex("21310020" + "ff" * 28) == HELLO
    assert introduction(0x11223344, 3600) == bytes.fromhex("21310020000000001122334400000e10" + "ff" * 16)
    assert introduction(0x11223344, 3600, TOKEN) == bytes.fromhex("21310020000000001122334400000e10") + TOKEN


@pytest.mark.parametrize(
    "data",
    [b"", HELLO, REQUEST[:-1], REQUEST + b"\0", b"\x21\x32" + REQUEST[2:], REQUEST[:40], REQUEST[:20] + b"\xee" + REQUEST[21:]],
    ids=["nothing", "a hello", "cut", "longer", "other magic", "half", "checksum"],
)
def test_what_is_no_packet_is_not_opened(data: bytes) -> None:
    with pytest.raises(Unreadable):
        open_packet(data, TOKEN)


@pytest.mark.parametrize("length", [31, 64, 79, 81])
def test_a_length_that_lies_is_not_believed_even_under_a_right_checksum(length: int) -> None:
    head = REQUEST[:2] + length.to_bytes(2, "big") + REQUEST[4:16]
    checked = hashlib.md5(head + TOKEN + REQUEST[32:], usedforsecurity=False).digest()
    with pytest.raises(Unreadable, match="length"):
        open_packet(head + checked + REQUEST[32:], TOKEN)


def test_every_bit_counts() -> None:
    for at in range(len(REQUEST)):
        if 4 <= at < 8:
            continue  # zeros that nobody looks at are in the checksum all the same
        with pytest.raises(Unreadable):
            open_packet(REQUEST[:at] + bytes([REQUEST[at] ^ 1]) + REQUEST[at + 1 :], TOKEN)


def test_another_token_opens_nothing() -> None:
    with pytest.raises(Unreadable):
        open_packet(REQUEST, TOKEN[::-1])


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"id":"7","method":"x"}', b'{"id":true,"method":"x"}', b'{"id":7}', b"\xff\xfe"])
def test_what_is_no_request_is_not_read(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        read_request(payload)


def test_a_stamp_may_lag_and_lead_a_little_and_never_goes_back() -> None:
    stamps = Stamps(begun=1000.0)
    assert stamps.now(1100.0) == 101
    assert not stamps.takes(101 - OLDEST - 1, 1100.0)
    assert stamps.takes(101 - OLDEST, 1100.0)
    assert stamps.takes(101, 1100.0)
    assert stamps.takes(101, 1100.0)
    assert not stamps.takes(100, 1100.0)
    assert not stamps.takes(101 + AHEAD + 1, 1100.0)


def test_a_number_is_answered_once_and_zero_never() -> None:
    stamps = Stamps(begun=0.0)
    assert not stamps.fresh("peer", 0)
    assert stamps.fresh("peer", 7)
    assert not stamps.fresh("peer", 7)
    assert stamps.fresh("other", 7)
