"""Bytes of the make's protocol, put together by hand, and garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.broadlink import code
from gateway.drivers.broadlink.cipher import FIRST_KEY, seal, unseal
from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.packet import ADMIT, ADMITTED, COMMAND, DONE, Admission, Message, checksum, read, spoken, write
from gateway.drivers.broadlink.search import PORT, question, refusal
from gateway.drivers.broadlink.search import read as read_hello
from gateway.drivers.parts.virtual.burst import Burst
from gateway.errors import DeviceFailure, WireError

MAC = bytes.fromhex("24dfa7b19240")
KEY = bytes(range(16))  # a vector, nobody's key


def we(key: bytes = KEY, client: int = 7) -> Admission:
    return Admission(mac=MAC, model=0x649B, key=key, client=client)


def answer(
    kind: int, body: bytes, *, error: int = 0, key: bytes = KEY, count: int = 0x8002, mac: bytes = MAC, total: int | None = None
) -> bytes:
    data = bytearray(bytes.fromhex("5aa5aa555aa5aa55")) + bytes(0x30)
    data[0x22:0x24] = error.to_bytes(2, "little", signed=True)
    data[0x26:0x28] = kind.to_bytes(2, "little")
    data[0x28:0x2A] = count.to_bytes(2, "little")
    data[0x2A:0x30] = mac[::-1]
    data[0x34:0x36] = (0xBEAF + sum(body) & 0xFFFF if total is None else total).to_bytes(2, "little")
    data += seal(key, body)
    data[0x20:0x22] = (0xBEAF + sum(data) & 0xFFFF).to_bytes(2, "little")
    return bytes(data)


def test_a_command_stands_as_units_read_it() -> None:
    said = write(Message(kind=COMMAND, count=0x9001, body=b"\4\0\0\0"), we())
    assert said[:8].hex() == "5aa5aa555aa5aa55"
    assert (said[0x24:0x26].hex(), said[0x26:0x28].hex(), said[0x28:0x2A].hex()) == ("9b64", "6a00", "0190")
    assert (said[0x2A:0x30], said[0x30:0x34].hex(), said[0x34:0x36].hex()) == (MAC[::-1], "07000000", "b3be")
    assert unseal(KEY, said[0x38:]) == b"\4" + bytes(15)
    blank = bytearray(said)
    blank[0x20:0x22] = b"\0\0"
    assert int.from_bytes(said[0x20:0x22], "little") == (0xBEAF + sum(blank)) & 0xFFFF == checksum(bytes(blank))
    assert spoken(said, we()) == Message(kind=COMMAND, count=0x9001, body=b"\4" + bytes(15))


def test_a_wish_to_be_let_in_goes_under_the_key_everybody_knows() -> None:
    said = write(Message(kind=ADMIT, count=1, body=b"x"), we())
    assert unseal(FIRST_KEY, said[0x38:]) == b"x" + bytes(15)
    assert said[0x30:0x34] == bytes(4)
    assert spoken(said, we()) == Message(kind=ADMIT, count=1), "who we say we are is in no recording"


def test_the_key_is_taken_from_the_answer_and_is_in_no_message() -> None:
    admission = we(FIRST_KEY, 0)
    heard = read(answer(ADMITTED, b"\5\0\0\0" + KEY + bytes(12), key=FIRST_KEY), admission)
    assert heard == Message(kind=ADMITTED, count=0x8002)
    assert (admission.client, admission.key) == (5, KEY)
    assert KEY not in repr(heard).encode()
    admission.forget()
    assert (admission.client, admission.key) == (0, FIRST_KEY)


def test_an_error_is_read_without_its_body() -> None:
    assert read(answer(DONE, b"", error=-7, key=FIRST_KEY), we()) == Message(kind=DONE, count=0x8002, error=-7)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(0x38),
        answer(DONE, b"\4\0\0\0")[:-1],
        answer(DONE, b"\4\0\0\0") + b"\0",
        answer(DONE, b"\4\0\0\0", mac=b"others"),
        answer(DONE, b"\4\0\0\0", key=FIRST_KEY),
        answer(DONE, b"\4\0\0\0", total=1),
        answer(COMMAND, b"\4\0\0\0"),
        answer(ADMITTED, b"\5\0\0\0", key=FIRST_KEY)[:0x38],
        answer(DONE, bytes(5000)),
    ],
)
def test_what_is_no_answer_of_this_unit_is_dropped(data: bytes) -> None:
    admission = we()
    with pytest.raises(WireError):
        read(data, admission)
    assert (admission.client, admission.key) == (7, KEY)


@given(data=st.binary(max_size=200), place=st.integers(0, 0x47), bit=st.integers(0, 7))
def test_garbage_and_damage_raise_nothing_else(data: bytes, place: int, bit: int) -> None:
    for wrong in (data, _flipped(answer(DONE, b"\4\0\0\0"), place, bit)):
        with pytest.raises(WireError):
            read(wrong, we())
        with pytest.raises(WireError):
            code.read(data if data[:1] != b"\x26" else b"")


def _flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def test_codes_are_ticks_of_32_84_microseconds() -> None:
    assert code.write(Burst((9000, 4500, 560)), 3).hex() == "26030800" + "000112" + "89" + "11" + "000d05"
    assert code.write(Burst((560, 560))).hex() == "26000200" + "1111", "with a gap at its end there is no need of another"
    assert code.read(bytes.fromhex("26000800" + "000112" + "89" + "11" + "000d05" + "0000")) == Burst((8998, 4499, 558))
    assert code.read(bytes.fromhex("26000300111213")) == Burst((558, 591, 624))


@pytest.mark.parametrize("data", ["", "26", "260000", "26000000", "b200010011", "2600020011", "2600010000", "26000300000000"])
def test_what_is_no_infrared_code_is_none(data: str) -> None:
    with pytest.raises(WireError):
        code.read(bytes.fromhex(data))


@given(pulses=st.lists(st.integers(33, 400_000), min_size=1, max_size=200))
def test_a_code_comes_back_within_half_a_tick(pulses: list[int]) -> None:
    odd = pulses if len(pulses) % 2 else pulses[:-1] or [500]
    back = code.read(code.write(Burst(tuple(odd)))).pulses
    assert max(abs(one - other) for one, other in zip(back, odd, strict=True)) <= code.TICK / 2 + 1


def hello(**more: int) -> bytearray:
    data = bytearray(0x80)
    data[0x26], data[0x34:0x36], data[0x3A:0x40] = 7, b"\x9b\x64", MAC[::-1]
    data[0x40:0x46] = "客厅".encode()
    for place, value in more.items():
        data[int(place[1:], 16)] = value
    data[0x20:0x22] = (0xBEAF + sum(data) & 0xFFFF).to_bytes(2, "little")
    return data


def test_a_hello_says_who_and_what() -> None:
    found = read_hello(bytes(hello()), "192.168.1.9")
    assert (found.key, found.name, found.port, found.refusal) == ("24dfa7b19240", "客厅", PORT, "")
    assert dict(found.facts) == {"mac": "24dfa7b19240", "model": "0x649b", "locked": ""}
    assert read_hello(bytes(hello(x28=0x90, x29=0x1F)), "").port == 8080
    assert "it is locked" in read_hello(bytes(hello(x7f=1)), "").refusal
    assert "0x659b, which is no infrared transmitter" in read_hello(bytes(hello(x35=0x65)), "").refusal
    assert "\n" not in read_hello(bytes(hello(x40=10)), "").name


def test_what_is_no_hello_says_why() -> None:
    damaged = hello()
    damaged[0x3A] ^= 1
    nobody = bytearray(0x80)
    nobody[0x26] = 7
    nobody[0x20:0x22] = (0xBEAF + 7 & 0xFFFF).to_bytes(2, "little")
    for data, why in ((b"", "no hello"), (bytes(0x80), "no hello"), (damaged, "sum is wrong"), (nobody, "no MAC")):
        with pytest.raises(WireError, match=why):
            read_hello(bytes(data), "")


def test_the_question_tells_the_time_and_its_sum() -> None:
    asked = question(1_796_000_000.0)  # 2026-11-29 19:33:20 UTC, a Sunday
    assert len(asked) == 48
    assert (asked[0x0C:0x0E].hex(), list(asked[0x0E:0x14])) == ("ea07", [53, 0, 26, 1, 30, 11])
    assert asked[0x26] == 6
    blank = bytearray(asked)
    blank[0x20:0x22] = b"\0\0"
    assert int.from_bytes(asked[0x20:0x22], "little") == (0xBEAF + sum(blank)) & 0xFFFF


def test_models_are_data_and_what_was_never_found_says_so() -> None:
    assert (model_of(0x2737).framed, model_of(0x2737).climate) == (False, "")
    assert (model_of(0x27A9).framed, model_of(0x27A9).climate) == (False, "tenths")
    assert (model_of(0x5F36).framed, model_of(0x649B).framed, model_of(0x51DA).climate) == (True, True, "hundredths")
    with pytest.raises(DeviceFailure, match="0x1234"):
        model_of(0x1234)
    assert "has to be found by the search first" in str(refusal({}))
    assert refusal({"model": "0x2737"}) is None
