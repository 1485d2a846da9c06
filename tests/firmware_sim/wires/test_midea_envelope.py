"""Version 3's envelopes and greetings in the simulator: byte by byte as described, against msmart-ng's, and against noise."""

import asyncio
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import settings as trial_settings
from hypothesis import strategies as st
from msmart.lan import _LanProtocolV3

from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.midea.envelope import Envelope, EnvelopeKind, EnvelopeStream, encrypt, seal, unseal
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.keys import Keys, keys_of
from firmware_sim.wires.midea.links import Keyed
from firmware_sim.wires.midea.packet import PacketStream, open_packet
from tests.kit import midea_bytes as known

DEVICE = 151732605009000
KEY, TOKEN = bytes(range(32)), bytes(range(64, 128))
keys = st.binary(min_size=32, max_size=32)
payloads = st.binary(max_size=200)


def test_the_bytes_of_the_description_are_read() -> None:
    assert unseal(known.HANDSHAKE) == Envelope(EnvelopeKind.HANDSHAKE, 0, TOKEN)
    assert unseal(known.SEALED_REQUEST, known.SESSION) == Envelope(EnvelopeKind.REQUEST, 1, known.REQUEST)
    assert unseal(known.SEALED_ANSWER, known.SESSION) == Envelope(EnvelopeKind.ANSWER, 9, known.ANSWER)
    assert unseal(known.UNPADDED, known.SESSION) == Envelope(EnvelopeKind.ANSWER, 0, bytes(range(14)))
    assert unseal(known.FULL, known.SESSION) == Envelope(EnvelopeKind.ANSWER, 2, b"\x5a")
    assert unseal(known.ERROR) == Envelope(EnvelopeKind.OTHER, 0, b"ERROR")
    assert open_packet(known.REQUEST).device == DEVICE


def test_what_is_not_left_to_chance_is_made_as_described() -> None:
    assert seal(Envelope(EnvelopeKind.HANDSHAKE, 0, TOKEN)) == known.HANDSHAKE
    assert seal(Envelope(EnvelopeKind.OTHER, 0, b"ERROR")) == known.ERROR
    assert seal(Envelope(EnvelopeKind.ANSWER, 0, bytes(range(14))), known.SESSION) == known.UNPADDED
    assert encrypt(KEY, bytes(range(32, 64))) == known.GREETING[8:40]
    sealed = seal(Envelope(EnvelopeKind.ANSWER, 9, known.ANSWER), known.SESSION)
    assert (sealed[:6], len(sealed)) == (known.SEALED_ANSWER[:6], len(known.SEALED_ANSWER))


@given(payloads, st.integers(0, 0xFFF), keys)
def test_msmart_opens_our_envelopes_and_we_open_its(payload: bytes, number: int, key: bytes) -> None:
    protocol = _LanProtocolV3()
    protocol._local_key = key
    assert unseal(protocol._encode_encrypted_request(number, payload), key) == Envelope(EnvelopeKind.REQUEST, number, payload)
    filled = payload + bytes((len(payload) + 2) % 16 == 0)  # msmart-ng cannot read what needs no filling
    assert protocol._process_packet(memoryview(seal(Envelope(EnvelopeKind.ANSWER, number, filled), key))) == filled


@given(keys, st.binary(min_size=64, max_size=64))
def test_a_greeting_gives_msmart_the_same_session(key: bytes, token: bytes) -> None:
    greeting, session = Keys(token, key).greeting()
    assert _LanProtocolV3()._get_local_key(key, memoryview(greeting)) == session


@given(st.binary(max_size=400))
@example(b"\x83\x70\x00\x20\x20\x06" + bytes(34))
@example(b"\x83\x70\x00\x00\x20\x06\x00\x00")
@example(known.HANDSHAKE[:4] + b"\x21" + known.HANDSHAKE[5:])
@example(known.SEALED_REQUEST[:-1])
@example(known.SEALED_REQUEST[:-1] + b"\0")
@example(known.SEALED_REQUEST[:5] + b"\x76" + known.SEALED_REQUEST[6:])
def test_noise_is_unreadable_and_nothing_else(data: bytes) -> None:
    for key in (None, known.SESSION):
        with pytest.raises(Unreadable):
            unseal(data, key)


def test_more_filling_than_there_is_room_for_is_unreadable() -> None:
    head, clear = b"\x83\x70\x00\x2e\x20\xf6", bytes(16)
    with pytest.raises(Unreadable):
        unseal(head + encrypt(KEY, clear) + sha256(head + clear).digest(), KEY)


@given(st.lists(payloads, min_size=1, max_size=4), st.integers(1, 50))
def test_envelopes_are_found_however_they_are_cut(carried: list[bytes], step: int) -> None:
    stream, found = EnvelopeStream(), []
    data = b"".join(b"\x83noise\x83\x70\xff\xff\x20" + seal(Envelope(EnvelopeKind.ANSWER, 0, one), KEY) for one in carried)
    for at in range(0, len(data), step):
        found += stream.feed(data[at : at + step])
    assert [unseal(one, KEY).payload for one in found] == carried


@trial_settings(max_examples=30)
@given(st.lists(st.binary(max_size=120) | st.sampled_from([known.HANDSHAKE, known.SEALED_REQUEST, known.REQUEST]), max_size=12))
def test_whatever_is_said_the_link_stands(pieces: list[bytes]) -> None:
    said: list[bytes] = []

    async def talk() -> None:
        link = Keyed(Keys(TOKEN, KEY), said.append, lambda _: None)
        for piece in pieces:
            link.feed(piece)

    asyncio.run(talk())
    assert {unseal(one).kind for one in said} <= {EnvelopeKind.HANDSHAKE_ANSWER, EnvelopeKind.OTHER}


def test_keys_are_told_or_made_and_of_the_right_length() -> None:
    assert keys_of("ac", TOKEN.hex(), KEY.hex()) == Keys(TOKEN, KEY)
    made = keys_of("ac", None, None)
    assert (len(made.token), len(made.key)) == (64, 32)
    assert made == keys_of("ac", None, None) != keys_of("other", None, None)
    assert made.token.hex() not in repr(made)
    for token, key in ((TOKEN.hex()[2:], None), (None, "zz" * 32), (None, 7)):
        with pytest.raises(SetupMistake, match="hexadecimal"):
            keys_of("ac", token, key)


def test_a_sign_of_life_is_a_packet_without_a_payload() -> None:
    assert open_packet(known.ALIVE).payload == b""
    assert PacketStream().feed(known.ALIVE) == [known.ALIVE]
