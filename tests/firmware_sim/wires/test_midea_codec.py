"""The simulator's Midea codec: against msmart-ng's, there and back, and against noise."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msmart import crc8 as other_crc
from msmart.device.AC.command import PropertyId, Response, SetPropertiesCommand, SetStateCommand, StateResponse
from msmart.lan import _Packet

from firmware_sim.build import make_appliance
from firmware_sim.wires.midea import answers
from firmware_sim.wires.midea.discovery import Identity, reply
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.frame import Frame, crc8, decode, encode
from firmware_sim.wires.midea.packet import ALIVE, Packet, PacketStream, open_packet, seal
from firmware_sim.wires.midea.settings import Sensors, Settings, changed, read_set, status
from firmware_sim.wires.midea.unit import Unit
from tests.kit import midea_bytes as known

DEVICE = 151732605009000

bytes_ = st.binary(max_size=200)
degrees = st.integers(-240, 900).map(lambda tenths: tenths / 10)
settings = st.builds(
    Settings,
    power=st.booleans(),
    mode=st.integers(1, 6),
    temperature=st.integers(26, 86).map(lambda halves: halves / 2),
    fan=st.integers(1, 102),
    swing_vertical=st.booleans(),
    swing_horizontal=st.booleans(),
    turbo=st.booleans(),
    eco=st.booleans(),
    sleep=st.booleans(),
    purifier=st.booleans(),
    aux_heat=st.booleans(),
    follow_me=st.booleans(),
    frost_guard=st.booleans(),
    humidity=st.integers(0, 100),
)


def test_the_bytes_of_the_description_are_read_and_made() -> None:
    status = bytes.fromhex("aa1eac00000000000003c0004b1e7f7f000000000069630000000000000d33")
    assert seal(Packet(DEVICE, 0, status), 1795316476.25) == known.ANSWER
    request = open_packet(known.REQUEST)
    assert (request.device, request.message, decode(request.payload).body[:2], decode(request.payload).number) == (
        DEVICE,
        0,
        b"\x41\x81",
        7,
    )
    assert open_packet(known.ALIVE) == Packet(DEVICE, 0, b"")
    assert seal(Packet(DEVICE, 0, b""), 1795316476.25, marker=ALIVE)[:6] == known.ALIVE[:6]


def test_the_answer_to_a_search_is_made_as_described() -> None:
    identity = Identity(device=DEVICE, serial="000000211HULIANACZ02A1B2C3D4E500", mac=bytes.fromhex("02a1b2c3d4e5"))
    for version, found in ((2, known.FOUND2), (3, known.FOUND3)):
        made = reply(identity, "127.9.8.7", 6444, version=version)
        start = 0 if version == 2 else 8
        assert (made[:8], len(made)) == (found[:8], len(found))
        packet = made[start : len(made) - (16 if start else 0)]
        assert open_packet(packet) == open_packet(found[start : len(found) - (16 if start else 0)])


@given(bytes_)
def test_crc_is_the_one_msmart_uses(data: bytes) -> None:
    assert crc8(data) == other_crc.calculate(data)


@given(bytes_, st.integers(0, 2**48 - 1))
def test_envelopes_are_the_ones_msmart_makes(payload: bytes, device: int) -> None:
    assert open_packet(_Packet.encode(device, payload)) == Packet(device, 0, payload)
    assert _Packet.decode(seal(Packet(device, 7, payload), 1.5e9)) == payload


@given(st.integers(0, 255), st.integers(0, 255), st.binary(min_size=1, max_size=200), st.integers(0, 255))
def test_frames_come_back_as_they_went(appliance: int, kind: int, body: bytes, number: int) -> None:
    frame = Frame(appliance, kind, body, number)
    assert decode(encode(frame)) == frame


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xaa" * 14)
def test_noise_is_unreadable_and_nothing_else(data: bytes) -> None:
    for read in (open_packet, decode):
        with pytest.raises(Unreadable):
            read(data)
    try:
        read_set(data)
    except Unreadable:
        return
    assert data[0] == 0x40, "a set has no check of its own: what begins as one and is long enough is one"


@given(st.lists(st.binary(max_size=120), max_size=20))
def test_a_stream_of_noise_yields_little_and_holds_little(pieces: list[bytes]) -> None:
    stream = PacketStream()
    for piece in pieces:
        stream.feed(piece)
    assert len(stream._buffer) <= 1024 + 120


@given(st.lists(bytes_, min_size=1, max_size=4), st.integers(1, 50))
def test_packets_are_found_however_they_are_cut(payloads: list[bytes], step: int) -> None:
    stream, found = PacketStream(), []
    data = b"".join(b"\x5anoise" + seal(Packet(1, 0, payload), 1.5e9) for payload in payloads)
    for at in range(0, len(data), step):
        found += stream.feed(data[at : at + step])
    assert [open_packet(packet).payload for packet in found] == payloads


@given(settings)
def test_a_set_command_of_msmart_is_read_as_meant(wanted: Settings) -> None:
    command = SetStateCommand()
    command.power_on, command.operational_mode, command.fan_speed = wanted.power, wanted.mode, wanted.fan
    command.target_temperature = wanted.temperature
    command.swing_mode = (0xC if wanted.swing_vertical else 0) | (0x3 if wanted.swing_horizontal else 0)
    command.eco, command.turbo, command.sleep = wanted.eco, wanted.turbo, wanted.sleep
    command.fahrenheit, command.purifier, command.aux_heat = wanted.fahrenheit, wanted.purifier, wanted.aux_heat
    command.follow_me, command.freeze_protection, command.target_humidity = wanted.follow_me, wanted.frost_guard, wanted.humidity
    assert read_set(decode(command.tobytes()).body) == wanted


@given(settings, st.none() | degrees, st.none() | degrees, st.integers(0, 255), st.booleans())
def test_a_status_is_read_by_msmart_as_meant(shown: Settings, room: float | None, outdoor: float | None, error: int, display: bool) -> None:
    body = status(shown, Sensors(room=room, outdoor=outdoor, error=error, display=display))
    seen = Response.construct(encode(Frame(0xAC, 3, body, 9)))
    assert isinstance(seen, StateResponse)
    assert (seen.power_on, seen.operational_mode, seen.fan_speed) == (shown.power, shown.mode, shown.fan)
    assert (seen.target_temperature, seen.error_code, seen.display_on) == (shown.temperature, error, display)
    assert (seen.eco, seen.turbo, seen.sleep, seen.purifier) == (shown.eco, shown.turbo, shown.sleep, shown.purifier)
    assert (seen.aux_heat, seen.follow_me, seen.freeze_protection) == (shown.aux_heat, shown.follow_me, shown.frost_guard)
    assert (seen.swing_mode & 0xC, seen.swing_mode & 0x3) == (0xC * shown.swing_vertical, 0x3 * shown.swing_horizontal)
    assert seen.indoor_temperature == (None if room is None else pytest.approx(room))
    assert seen.outdoor_temperature == (None if outdoor is None else pytest.approx(outdoor))


@given(settings)
def test_the_notice_carries_the_same_settings(shown: Settings) -> None:
    body = changed(shown)
    assert (bool(body[1] & 1), body[2] >> 5, body[3]) == (shown.power, shown.mode, shown.fan)
    assert ((body[1] & 0x3E) >> 1) + 12 + (0.5 if body[1] & 0x40 else 0) == shown.temperature


def test_a_property_command_of_msmart_is_read() -> None:
    body = decode(SetPropertiesCommand({PropertyId.SOUND: True, PropertyId.SELF_CLEAN: True}).tobytes()).body
    assert dict(answers.set_properties(body)) == {0x022C: b"\x01", 0x0039: b"\x01"}


UNIT = Unit(make_appliance("air-conditioner", features=("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP", "AUX", "MTR", "CLN")))


@given(
    st.sampled_from([2, 3]) | st.integers(0, 255),
    st.sampled_from([0x40, 0x41, 0xB0, 0xB1, 0xB5]) | st.integers(0, 255),
    st.sampled_from([b"", b"\x21\x01\x41", b"\x21\x01"]),
    st.binary(max_size=60),
)
def test_no_request_makes_the_unit_stumble(kind: int, first: int, start: bytes, rest: bytes) -> None:
    try:
        answer = UNIT.answer(Frame(0xAC, kind, bytes([first]) + start + rest))
    except Unreadable:
        return
    assert answer is None or (answer.kind == kind and len(encode(answer)) < 256)
