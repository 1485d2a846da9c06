"""The driver's codec against vectors that were made with `openssl enc` and `md5sum`, and against garbage."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.wires.miio.packet import Packet, seal
from gateway.drivers.miio.packet import HELLO, Answer, Introduction, decode, decode_introduction, encode
from gateway.errors import WireError

TOKEN = bytes.fromhex("00112233445566778899aabbccddeeff")
REQUEST = bytes.fromhex(
    "21310050000000001122334400000e10"
    "4b4f48e952f96af9f9c4ecb4009aa253"
    "7fe3a69e29c435227b660672ab46b6d90bdde4f9750c9711389b7f1b82e10f2f03b1969440efeb13366c2e8aa82dd549"
)
ANSWER = bytes.fromhex(
    "21310040000000001122334400000e10c5e44dc6d1b297195b9f967edab1f9d155234c3c888e75634a8ae280e9fc469f337779325ee43fddf0771b131d381dff"
)
DEVICE = 0x11223344


def sealed(payload: bytes) -> bytes:
    return seal(Packet(DEVICE, 3600, payload), TOKEN)


def test_a_request_is_the_vector() -> None:
    assert encode(DEVICE, 3600, 7, "miIO.info", [], TOKEN) == REQUEST
    assert bytes.fromhex("21310020" + "ff" * 28) == HELLO


def test_an_answer_is_read() -> None:
    assert decode(ANSWER, TOKEN) == Answer(DEVICE, 3600, 7, ["ok"])


@pytest.mark.parametrize(("shown", "token"), [(b"\xff" * 16, None), (bytes(16), None), (TOKEN, TOKEN)], ids=["ff", "zeros", "its token"])
def test_an_introduction_tells_the_token_or_keeps_it(shown: bytes, token: bytes | None) -> None:
    said = decode(bytes.fromhex("21310020000000001122334400000e10") + shown, bytes(16))
    assert said == Introduction(DEVICE, 3600, token)
    assert "99aabb" not in repr(said)


@pytest.mark.parametrize(
    "data",
    [b"", HELLO, HELLO[:31], bytes(32), ANSWER[:-1], ANSWER + b"\0", ANSWER[:30] + b"\0\0" + ANSWER[32:], b"\x21\x31\x00\x22" + bytes(30)],
    ids=["nothing", "a hello", "short", "zeros", "cut", "longer", "checksum", "half a block"],
)
def test_what_cannot_be_read_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data, TOKEN)


def test_what_was_sealed_with_another_token_is_a_wire_error() -> None:
    with pytest.raises(WireError, match="checksum"):
        decode(ANSWER, TOKEN[::-1])


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[1]", b'"x"', b'{"id":"7","result":1}', b'{"id":true,"result":1}', b'{"id":7}', b"\xff", b"[" * 3000]
)
def test_content_that_is_no_answer_is_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError):
        decode(sealed(payload), TOKEN)


@pytest.mark.parametrize(
    ("payload", "result"),
    [
        (b'{"id":7,"result":["ok"]}\0\0junk', ["ok"]),
        (b'{"id":7,"result":{"otu":1,,"otu_stat":[1]}}', {"otu": 1, "otu_stat": [1]}),
        (b'{"id":7,"result":[{"code":0,"value":00}]}', [{"code": 0, "value": 0}]),
        (b'{"id":7,"result":null}', None),
    ],
    ids=["junk behind a zero", "two commas", "two zeros", "null"],
)
def test_the_slips_of_some_devices_are_understood(payload: bytes, result: object) -> None:
    said = decode(sealed(payload), TOKEN)
    assert isinstance(said, Answer)
    assert (said.number, said.code, said.result) == (7, 0, result)


def enveloped(hidden: bytes) -> bytes:
    """Return a packet whose checksum is right, whatever is inside."""
    head = b"\x21\x31" + (32 + len(hidden)).to_bytes(2, "big") + bytes(4) + DEVICE.to_bytes(4, "big") + bytes(4)
    return head + hashlib.md5(head + TOKEN + hidden, usedforsecurity=False).digest() + hidden


@pytest.mark.parametrize("hidden", [bytes(15), bytes(17), bytes(16), ANSWER[32:48]], ids=["short", "long", "padding", "first block alone"])
def test_a_right_checksum_over_nonsense_is_a_wire_error(hidden: bytes) -> None:
    with pytest.raises(WireError, match=r"block|padding"):
        decode(enveloped(hidden), TOKEN)


def test_an_error_has_a_code_and_one_without_is_an_error_too() -> None:
    assert decode(sealed(b'{"id":7,"error":{"code":-9999,"message":"user ack timeout"}}'), TOKEN) == Answer(
        DEVICE, 3600, 7, code=-9999, message="user ack timeout"
    )
    for odd in (b"{}", b'{"code":0}', b'{"code":"x"}'):
        said = decode(sealed(b'{"id":7,"error":' + odd + b"}"), TOKEN)
        assert isinstance(said, Answer)
        assert said.code == -1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", b"\x21\x31", b"\x21\x31" + (len(data) + 4).to_bytes(2, "big")):
        try:
            decode(start + data, TOKEN)
        except WireError:
            continue


def test_an_introduction_alone_is_read_in_a_search() -> None:
    with pytest.raises(WireError):
        decode_introduction(ANSWER)
