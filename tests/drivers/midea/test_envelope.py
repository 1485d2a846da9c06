"""The driver's own reading and writing of version 3's envelopes and greetings: byte by byte as described, and against noise."""

from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msmart.lan import _LanProtocolV3

from gateway.drivers.midea.channel import NOT_A_PAIR, NOT_KNOWN, Keyed, Plain, Secrets, secrets_of
from gateway.drivers.midea.cipher import decrypt_blocks, encrypt_blocks
from gateway.drivers.midea.envelope import (
    ANSWER,
    GREETING,
    MOST,
    OTHER,
    QUESTION,
    SHAPE,
    WELCOME,
    Envelope,
    decode_envelope,
    encode_envelope,
)
from gateway.drivers.midea.packet import decode_packet
from gateway.drivers.midea.reply import decode_reply
from gateway.drivers.midea.splitter import Splitter
from gateway.errors import Offline, Unauthenticated, WireError
from tests.kit import midea_bytes as known

TOKEN, KEY = bytes(range(64, 128)), bytes(range(32))
keys = st.binary(min_size=32, max_size=32)
contents = st.binary(max_size=200)


def test_the_bytes_of_the_description_are_read() -> None:
    assert decode_envelope(known.HANDSHAKE) == Envelope(GREETING, 0, TOKEN)
    assert decode_envelope(known.GREETING) == Envelope(WELCOME, 0, known.GREETING[8:])
    assert decode_envelope(known.SEALED_REQUEST, known.SESSION) == Envelope(QUESTION, 1, known.REQUEST)
    assert decode_envelope(known.SEALED_ANSWER, known.SESSION) == Envelope(ANSWER, 9, known.ANSWER)
    assert decode_envelope(known.UNPADDED, known.SESSION) == Envelope(ANSWER, 0, bytes(range(14)))
    assert decode_envelope(known.FULL, known.SESSION) == Envelope(ANSWER, 2, b"\x5a")
    assert decode_envelope(known.ERROR) == Envelope(OTHER, 0, b"ERROR")
    assert decode_packet(known.ANSWER).device == 151732605009000


def test_what_is_not_left_to_chance_is_made_as_described() -> None:
    assert encode_envelope(Envelope(GREETING, 0, TOKEN)) == known.HANDSHAKE
    assert encode_envelope(Envelope(ANSWER, 0, bytes(range(14))), known.SESSION) == known.UNPADDED
    made = encode_envelope(Envelope(QUESTION, 1, known.REQUEST), known.SESSION)
    assert (made[:6], len(made)) == (known.SEALED_REQUEST[:6], len(known.SEALED_REQUEST))
    assert made != encode_envelope(Envelope(QUESTION, 1, known.REQUEST), known.SESSION), "the filling is chance"


@pytest.mark.parametrize("found", [known.FOUND2, known.FOUND3])
def test_an_answer_to_a_search_of_either_version_is_read(found: bytes) -> None:
    reply = decode_reply(found)
    assert (reply.device, reply.port, reply.name, reply.appliance) == (151732605009000, 6444, "net_ac_D4E5", 0xAC)
    assert (reply.model, reply.version) == ("HULIANAC", 2 if found is known.FOUND2 else 3)


@given(contents, st.integers(0, 0xFFFF), keys)
def test_msmart_opens_our_questions_and_we_open_its(content: bytes, number: int, key: bytes) -> None:
    protocol = _LanProtocolV3()
    protocol._local_key = key
    assert decode_envelope(protocol._encode_encrypted_request(number, content), key) == Envelope(QUESTION, number, content)
    filled = content + bytes((len(content) + 2) % 16 == 0)  # msmart-ng cannot read what needs no filling
    assert protocol._decode_encrypted_response(memoryview(encode_envelope(Envelope(QUESTION, number, filled), key))) == filled


@given(st.binary(max_size=400))
@example(b"\x83\x70\x00\x20\x20\x06" + bytes(34))
@example(b"\x83\x70\x00\x00\x20\x06\x00\x00")
@example(known.SEALED_ANSWER[:-1])
@example(known.SEALED_ANSWER[:-1] + b"\0")
@example(known.HANDSHAKE[:4] + b"\x21" + known.HANDSHAKE[5:])
@example(known.SEALED_ANSWER[:5] + b"\x73" + known.SEALED_ANSWER[6:])
def test_noise_is_a_wire_error_and_nothing_else(data: bytes) -> None:
    for session in (b"", known.SESSION):
        with pytest.raises(WireError):
            decode_envelope(data, session)


def test_more_filling_than_there_is_room_for_is_a_wire_error() -> None:
    head, inner = b"\x83\x70\x00\x2e\x20\xf3", bytes(16)
    with pytest.raises(WireError):
        decode_envelope(head + encrypt_blocks(KEY, inner) + sha256(head + inner).digest(), KEY)


@given(st.integers(0, len(known.SEALED_ANSWER) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(where: int, by: int) -> None:
    spoiled = bytearray(known.SEALED_ANSWER)
    spoiled[where] ^= by
    try:
        envelope = decode_envelope(bytes(spoiled), known.SESSION)
    except WireError:
        return
    assert envelope.kind not in {ANSWER, QUESTION}, "only what is not sealed can be forged"


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_the_splitter_holds_back_little(pieces: list[bytes]) -> None:
    splitter = Splitter(SHAPE)
    found = [data for piece in pieces for data in splitter.feed(piece)]
    assert len(splitter._rest) <= MOST
    assert splitter.dropped + sum(map(len, found)) + len(splitter._rest) == sum(map(len, pieces))


@given(st.lists(contents, min_size=1, max_size=4), st.integers(1, 50))
def test_envelopes_are_found_however_they_are_cut(carried: list[bytes], step: int) -> None:
    splitter, found = Splitter(SHAPE), []
    data = b"".join(b"\x83\x70\xff\xff\x20\x83" + encode_envelope(Envelope(ANSWER, 0, one), KEY) for one in carried)
    for at in range(0, len(data), step):
        found += splitter.feed(data[at : at + step])
    assert [decode_envelope(one, KEY).content for one in found] == carried


def channel() -> Keyed:
    """Return a channel that has been welcomed."""
    keyed = Keyed(Secrets(TOKEN, KEY))
    assert keyed.greeting == known.HANDSHAKE
    assert not keyed.ready
    assert list(keyed.feed(known.GREETING)) == []
    assert keyed.ready
    return keyed


def test_after_the_welcome_packets_come_and_go() -> None:
    keyed = channel()
    assert list(keyed.feed(known.SEALED_ANSWER + known.SEALED_ANSWER[:50])) == [known.ANSWER]
    assert list(keyed.feed(known.SEALED_ANSWER[50:] + b"noise")) == [known.ANSWER]
    sent = [decode_envelope(keyed.wrap(known.REQUEST), known.SESSION) for _ in range(0x1001)]
    assert {(envelope.kind, envelope.content) for envelope in sent} == {(QUESTION, known.REQUEST)}
    assert [sent[at].number for at in (0, 1, 0xFFE, 0xFFF, 0x1000)] == [1, 2, 0xFFF, 0, 1]


def test_before_the_welcome_sealed_things_are_dropped() -> None:
    keyed = Keyed(Secrets(TOKEN, KEY))
    assert list(keyed.feed(known.SEALED_ANSWER)) == []
    assert list(keyed.feed(encode_envelope(Envelope(WELCOME, 0, bytes(63))))) == []
    assert (keyed.dropped, keyed.ready) == (2, False)


def test_a_welcome_to_a_second_greeting_begins_a_session_of_its_own() -> None:
    keyed, chance = channel(), bytes(range(100, 132))
    list(keyed.feed(encode_envelope(Envelope(WELCOME, 0, encrypt_blocks(KEY, chance) + sha256(chance).digest()))))
    session = bytes(one ^ other for one, other in zip(KEY, chance, strict=True))
    assert decode_envelope(keyed.wrap(known.REQUEST), session).content == known.REQUEST


def test_the_same_welcome_again_changes_nothing_even_when_it_is_damaged() -> None:
    keyed = channel()
    for welcome in (known.GREETING, known.GREETING[:40] + bytes(32)):
        assert list(keyed.feed(welcome + known.SEALED_ANSWER)) == [known.ANSWER]


def test_an_error_before_the_welcome_is_the_token_s_and_after_it_the_session_s() -> None:
    with pytest.raises(Unauthenticated, match="token") as refused:
        list(Keyed(Secrets(TOKEN, KEY)).feed(known.ERROR))
    assert refused.value.detail == NOT_KNOWN
    with pytest.raises(Offline, match="session"):
        list(channel().feed(known.ERROR))


def test_a_key_that_does_not_belong_to_the_token_is_noticed() -> None:
    keyed = Keyed(Secrets(TOKEN, KEY[::-1]))
    with pytest.raises(Unauthenticated) as refused:
        list(keyed.feed(known.GREETING))
    assert (refused.value.detail, refused.value.property) == (NOT_A_PAIR, "key")
    assert not keyed.ready


def test_a_channel_of_version_2_adds_nothing() -> None:
    plain = Plain()
    assert (plain.greeting, plain.ready, plain.wrap(known.REQUEST)) == (b"", True, known.REQUEST)
    assert list(plain.feed(b"\x5a" + known.ANSWER[:60])) == []
    assert list(plain.feed(known.ANSWER[60:])) == [known.ANSWER]


def test_secrets_are_read_from_hexadecimal_and_never_shown() -> None:
    told = {"token": TOKEN.hex().upper(), "key": KEY.hex()}
    secrets = secrets_of(told)
    assert secrets == Secrets(TOKEN, KEY)
    assert not any(text in repr(secrets) for text in (KEY.hex(), repr(KEY), repr(TOKEN)))
    for name, text in (("token", ""), ("token", KEY.hex()), ("key", "zz"), ("key", TOKEN.hex())):
        with pytest.raises(Unauthenticated, match=f"needs its {name}, .*hulian credentials import") as refused:
            secrets_of(told | {name: text})
        assert refused.value.property == name
        assert not text or text not in str(refused.value)


def test_a_piece_of_a_block_cannot_be_decrypted() -> None:
    for hidden in (b"", bytes(15)):
        with pytest.raises(WireError):
            decrypt_blocks(KEY, hidden)
