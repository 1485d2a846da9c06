"""The driver's own reading and writing of packets, frames and search answers: against msmart-ng's, and against noise."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msmart import crc8 as other_crc
from msmart.const import DISCOVERY_MSG, DeviceType
from msmart.device.AC.command import GetStateCommand
from msmart.frame import Frame as OtherFrame
from msmart.lan import _Packet

from firmware_sim.wires.midea.discovery import identity_of, reply
from gateway.drivers.midea import cipher
from gateway.drivers.midea.capabilities import decode_capabilities
from gateway.drivers.midea.frame import Frame, crc, decode_frame, encode_frame
from gateway.drivers.midea.packet import MOST, SHAPE, Packet, decode_packet, encode_packet
from gateway.drivers.midea.reply import PROBE, TCP_PORT, decode_reply
from gateway.drivers.midea.splitter import Splitter
from gateway.errors import ExtraMissing, WireError
from tests.kit import midea_bytes as known

short = st.binary(max_size=200)
QUERY = bytes.fromhex("aa20ac00000000000003418100ff03ff000200000000000000000000000007acb9")
STATUS = bytes.fromhex("aa1eac00000000000003c0004b1e7f7f000000000069630000000000000d33")
DEVICE = 151732605009000


def test_the_bytes_of_the_description_are_read_and_made() -> None:
    assert encode_packet(Packet(DEVICE, QUERY), 1795316476.25) == known.REQUEST
    assert decode_packet(known.ANSWER) == Packet(DEVICE, STATUS)
    assert encode_frame(Frame(0xAC, 3, bytes.fromhex("418100ff03ff000200000000000000000000000007"))) == QUERY
    assert decode_frame(STATUS).body[:3] == b"\xc0\x00\x4b"


def test_a_sign_of_life_carries_no_frame() -> None:
    with pytest.raises(WireError):
        decode_packet(known.ALIVE)


@given(short, st.integers(0, 2**64 - 1))
def test_packets_are_the_ones_msmart_makes(payload: bytes, device: int) -> None:
    assert decode_packet(_Packet.encode(device, payload)) == Packet(device, payload)
    assert _Packet.decode(encode_packet(Packet(device, payload), 1.79e9)) == payload


def test_the_time_in_a_packet_has_two_digits_a_byte_the_smallest_first() -> None:
    assert encode_packet(Packet(1, b"x"), 1795316476.25)[12:20] == bytes([25, 16, 1, 3, 22, 11, 26, 20])


@given(short)
def test_the_crc_is_the_one_msmart_uses(data: bytes) -> None:
    assert crc(data) == other_crc.calculate(data)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(min_size=1, max_size=200))
def test_frames_come_back_as_they_went(appliance: int, purpose: int, body: bytes) -> None:
    frame = Frame(appliance, purpose, body)
    assert decode_frame(encode_frame(frame)) == frame


def test_msmart_takes_our_frames_and_we_take_its() -> None:
    frame = encode_frame(Frame(0xAC, 3, b"\x41\x81\x01"))
    OtherFrame.validate(memoryview(frame), DeviceType.AIR_CONDITIONER)
    assert decode_frame(GetStateCommand().tobytes()).body[:3] == b"\x41\x81\x00"


def test_a_second_checksum_in_place_of_the_crc_is_taken() -> None:
    real = bytes.fromhex("aa1eac00000000000003c0004b1e7f7f000000000069630000000000000d33")
    assert decode_frame(real).body[0] == 0xC0


@given(st.binary(min_size=1, max_size=60), st.integers(0, 500), st.integers(1, 255))
def test_a_changed_byte_is_noticed(body: bytes, where: int, by: int) -> None:
    sealed = bytearray(encode_packet(Packet(1, encode_frame(Frame(0xAC, 3, body))), 1.79e9))
    sealed[where % len(sealed)] ^= by
    with pytest.raises(WireError):
        decode_packet(bytes(sealed))
    frame = bytearray(encode_frame(Frame(0xAC, 3, body)))
    frame[where % len(frame)] ^= by
    with pytest.raises(WireError):
        decode_frame(bytes(frame))


@given(st.binary(max_size=600))
@example(b"<?xml version='1.0'?>")
@example(b"\x83\x70" + bytes(60))
@example(b"\xaa" * 14)
def test_noise_is_a_wire_error_and_nothing_else(data: bytes) -> None:
    for read in (decode_packet, decode_frame, decode_reply, cipher.decrypt):
        with pytest.raises(WireError):
            read(data)
    decode_capabilities(data)


@given(st.binary(max_size=300), st.integers(0, 2**48 - 1))
def test_a_well_sealed_answer_with_nonsense_inside_is_refused_or_read(inner: bytes, device: int) -> None:
    try:
        found = decode_reply(encode_packet(Packet(device, inner), 1.79e9))
    except WireError:
        return
    assert found.device == device
    assert 0 < found.port < 65536
    assert found.name.isprintable()


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_the_splitter_holds_back_little(pieces: list[bytes]) -> None:
    splitter = Splitter(SHAPE)
    found = [packet for piece in pieces for packet in splitter.feed(piece)]
    assert len(splitter._rest) <= MOST
    assert splitter.dropped + sum(map(len, found)) + len(splitter._rest) == sum(map(len, pieces))


@given(st.lists(short, min_size=1, max_size=4), st.integers(1, 50))
def test_packets_are_found_however_they_are_cut(payloads: list[bytes], step: int) -> None:
    splitter, found = Splitter(SHAPE), []
    data = b"".join(b"\x5a\x5a\xff\xff\xff\xffZ" + encode_packet(Packet(1, payload), 1.79e9) for payload in payloads)
    for at in range(0, len(data), step):
        found += splitter.feed(data[at : at + step])
    assert [decode_packet(packet).frame for packet in found] == payloads


def test_the_probe_is_the_one_every_client_sends() -> None:
    assert PROBE == DISCOVERY_MSG


def test_a_search_answer_tells_who_where_and_what() -> None:
    identity = identity_of("ac-1", 151732605009000, None, "ABCD1234")
    found = decode_reply(reply(identity, "127.9.8.7", 16444))
    assert (found.device, found.port, found.appliance, found.version) == (151732605009000, 16444, 0xAC, 2)
    assert (found.name, found.model) == (identity.name, "ABCD1234")
    assert identity.serial not in repr(found)
    assert len(found.serial_hash) == 32


def test_a_version_3_answer_is_told_apart() -> None:
    inner = reply(identity_of("ac-1", 7, None, "ABCD1234"), "127.9.8.7", 6444)
    found = decode_reply(b"\x83\x70\x00\xb8\x20\x0f\x00\x00" + inner + bytes(16))
    assert (found.device, found.version, found.appliance) == (7, 3, 0xAC)


def test_an_old_answer_tells_its_type_in_its_name_only() -> None:
    inner = bytes([7, 8, 9, 127]) + bytes(4) + b"0" * 32 + b"\x0bnet_ca_12AB"
    found = decode_reply(encode_packet(Packet(5, inner), 1.79e9))
    assert (found.appliance, found.port) == (0xCA, TCP_PORT)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cipher._cipher.cache_clear()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(ExtraMissing, match=r"hulian\[midea\]"):
        cipher.encrypt(b"x")
