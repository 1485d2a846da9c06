"""Bytes of the make's protocol, put together by hand from its description; the cipher by the published vectors of AES."""

import pytest

from firmware_sim.wires.broadlink import code, letter, packet
from firmware_sim.wires.broadlink.cipher import BORN_WITH, opened, sealed
from firmware_sim.wires.broadlink.letter import Letter
from firmware_sim.wires.broadlink.packet import Packet, Unreadable

MAC = bytes.fromhex("24dfa7b19240")


def head(kind: int, *, count: int = 0x8001, client: int = 1, total: int = 0xBEAF, mac: bytes = MAC) -> bytearray:
    data = bytearray(0x38)
    data[0:8] = bytes.fromhex("5aa5aa555aa5aa55")
    data[0x26:0x28] = bytes([kind & 255, kind >> 8])
    data[0x28:0x2A] = bytes([count & 255, count >> 8])
    data[0x2A:0x30] = mac[::-1]
    data[0x30:0x34] = bytes([client, 0, 0, 0])
    data[0x34:0x36] = bytes([total & 255, total >> 8])
    return data


def summed(data: bytearray) -> bytes:
    number = (0xBEAF + sum(data)) & 0xFFFF
    data[0x20:0x22] = bytes([number & 255, number >> 8])
    return bytes(data)


def test_a_packet_is_read_as_it_stands() -> None:
    read = packet.read(summed(head(0x6A, count=0x9234, client=7, total=0xC0DE) + bytes(16)))
    assert read == Packet(type=0x6A, count=0x9234, mac=MAC, client=7, total=0xC0DE, body=bytes(16))


@pytest.mark.parametrize("place", [0, 7, 0x20, 0x21, 0x26, 0x30, 0x34, 0x37, 0x38, 0x47])
def test_one_wrong_byte_anywhere_is_no_packet(place: int) -> None:
    data = bytearray(summed(head(0x6A) + bytes(16)))
    data[place] ^= 1
    with pytest.raises(Unreadable):
        packet.read(bytes(data))


@pytest.mark.parametrize("data", [b"", bytes(56), bytes(55), summed(head(0x6A) + bytes(15)), b"\x5a\xa5"])
def test_what_is_no_packet_is_not_read(data: bytes) -> None:
    with pytest.raises(Unreadable):
        packet.read(data)


def test_an_answer_stands_where_clients_look() -> None:
    asked = packet.read(summed(head(0x65, count=0x8765, client=0)))
    said = packet.answer(asked, model=0x649B, mac=MAC, error=-1, clear=b"\1\2", body=bytes(16))
    assert said[:8].hex() == "5aa5aa555aa5aa55"
    assert (said[0x22:0x24].hex(), said[0x24:0x26].hex(), said[0x26:0x28].hex(), said[0x28:0x2A].hex()) == ("ffff", "9b64", "e903", "6587")
    assert said[0x2A:0x30] == MAC[::-1]
    assert int.from_bytes(said[0x34:0x36], "little") == 0xBEAF + 3
    whole = bytearray(said)
    whole[0x20:0x22] = b"\0\0"
    assert int.from_bytes(said[0x20:0x22], "little") == (0xBEAF + sum(whole)) & 0xFFFF
    assert packet.answer(packet.read(summed(head(0x6A))), model=1, mac=MAC, error=0, clear=b"", body=b"")[0x26:0x28].hex() == "ee03"


def test_a_hello_is_told_from_everything_else() -> None:
    asked = bytearray(48)
    asked[0x26] = 6
    asked[0x20:0x22] = ((0xBEAF + 6) & 0xFFFF).to_bytes(2, "little")
    assert packet.is_hello(bytes(asked))
    assert not packet.is_hello(bytes(asked) + b"\0")
    assert not packet.is_hello(summed(head(0x6A)))
    for place, value in ((0x26, 1), (0x20, 0), (0x00, 1)):
        wrong = bytearray(asked)
        wrong[place] = value
        assert not packet.is_hello(bytes(wrong)), hex(place)


def test_an_introduction_says_model_address_mac_name_and_lock() -> None:
    said = packet.introduction(model=0x2737, mac=MAC, address="192.168.1.9", port=0, name="客厅 IR", locked=True)
    assert len(said) == 128
    assert (said[0x26], said[0x34:0x36].hex(), said[0x36:0x3A].hex(), said[0x3A:0x40]) == (7, "3727", "0901a8c0", MAC[::-1])
    assert said[0x40:].split(b"\0")[0].decode() == "客厅 IR"
    assert said[0x7F] == 1
    assert said[0x28:0x2A] == b"\0\0"
    long = packet.introduction(model=1, mac=MAC, address="1.2.3.4", port=8080, name="长" * 40, locked=False)
    assert long[0x40:0x7F].split(b"\0")[0].decode() == "长" * 20, "no character is halved"
    assert (long[0x7F], long[0x28:0x2A].hex()) == (0, "901f")


def test_the_cipher_is_aes_128_in_cbc() -> None:
    published = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")  # the key of the published vectors of AES (FIPS 197, SP 800-38A)
    first = bytes(a ^ b for a, b in zip(bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"), _iv(), strict=True))
    assert sealed(published, first).hex() == "3ad77bb40d7a3660a89ecaf32466ef97"
    assert opened(published, bytes.fromhex("3ad77bb40d7a3660a89ecaf32466ef97")) == first
    assert opened(BORN_WITH, sealed(BORN_WITH, b"odd")) == b"odd" + bytes(13)
    with pytest.raises(ValueError, match="block"):
        opened(BORN_WITH, bytes(15))


def _iv() -> bytes:
    return bytes.fromhex("562e17996d093d28ddb3ba695a2e6f58")  # published


def test_times_are_ticks_in_one_byte_or_three() -> None:
    assert code.encode((9000, 4500, 560)).hex() == "26000800" + "000112" + "89" + "11" + "000d05"
    assert code.decode(bytes.fromhex("26020800" + "000112" + "89" + "11" + "000d05")) == ((8998, 4499, 558), 2)
    assert code.encode((1, 33)).hex() == "260002000101", "nothing is shorter than a tick"
    assert code.decode(code.encode((560, 560, 560)))[0] == (558, 558, 558)


@pytest.mark.parametrize(
    "data",
    ["", "26", "26000000", "b2000200" + "1111", "26000300" + "1111", "26000300" + "110012", "26000200" + "0001", "26000300" + "000000"],
)
def test_what_is_no_code_is_not_read(data: str) -> None:
    with pytest.raises(code.NoCode):
        code.decode(bytes.fromhex(data))


def test_letters_have_a_length_on_newer_programs_only() -> None:
    assert letter.read(bytes.fromhex("02000000" + "aabb" + "0000"), framed=False) == Letter(2, bytes.fromhex("aabb0000"))
    assert letter.read(bytes.fromhex("0600" + "02000000" + "aabb" + "0000"), framed=True) == Letter(2, bytes.fromhex("aabb"))
    assert letter.written(Letter(4, b"\xaa"), framed=True).hex() == "0500" + "04000000" + "aa"
    assert letter.written(Letter(4, b"\xaa"), framed=False).hex() == "04000000" + "aa"
    assert letter.read(bytes([0x68]) + bytes(15), framed=True).command == 0x68, "the question for its program has no length"
    for body, framed in (("0000", False), ("0300020000", True), ("ff00020000000000", True)):
        with pytest.raises(letter.Garbled):
            letter.read(bytes.fromhex(body), framed=framed)
