"""Protocol Buffers, by hand from the published description of the encoding."""

import math
import struct

import pytest

from firmware_sim.wires.protobuf import Field, Garbled, Unfinished, decode, encode, pieces, read_varint, varint

INNER = {"name": Field(1, "string"), "type": Field(2, "enum")}
SHAPE = {
    "number": Field(1, "uint32"),
    "text": Field(2, "string"),
    "on": Field(3, "bool"),
    "key": Field(4, "fixed32"),
    "share": Field(5, "float"),
    "low": Field(6, "int32"),
    "turns": Field(7, "sint32", repeated=True),
    "parts": Field(8, "message", repeated=True, shape=INNER),
    "raw": Field(9, "bytes"),
    "words": Field(10, "string", repeated=True),
    "keys": Field(11, "fixed32", repeated=True),
    "part": Field(12, "message", shape=INNER),
    "long": Field(13, "int64"),
}
VECTORS = {
    "a number in two sevens": ({"number": 150}, "089601"),
    "a text": ({"text": "testing"}, "120774657374696e67"),
    "yes": ({"on": True}, "1801"),
    "four bytes, the lowest first": ({"key": 0x12345678}, "2578563412"),
    "a float": ({"share": 1.5}, "2d0000c03f"),
    "a negative number takes ten bytes": ({"low": -2}, "30feffffffffffffffff01"),
    "zigzag, packed": ({"turns": [0, -1, 1, -2, 9000]}, "3a0700010203d08c01"),
    "messages within": ({"parts": [{"name": "a", "type": 3}, {}]}, "42050a016110034200"),
    "bytes": ({"raw": b"\x00\xff"}, "4a0200ff"),
    "texts one by one": ({"words": ["a", ""]}, "5201615200"),
    "four bytes each, packed": ({"keys": [1, 2]}, "5a080100000002000000"),
    "nothing is not sent": ({"number": 0, "text": "", "on": False, "share": 0.0, "turns": []}, ""),
    "a long negative number": ({"long": -1}, "68ffffffffffffffffff01"),
}


@pytest.mark.parametrize(("said", "digits"), VECTORS.values(), ids=VECTORS.keys())
def test_vectors_both_ways(said: dict[str, object], digits: str) -> None:
    assert encode(SHAPE, said).hex() == digits
    read = decode(SHAPE, bytes.fromhex(digits))
    for name, value in said.items():
        if name == "parts":
            assert read[name] == [{"name": "a", "type": 3}, {"name": "", "type": 0}]
        else:
            assert read[name] == value


def test_what_was_not_said_is_nothing_and_a_message_that_was_not_is_none() -> None:
    read = decode(SHAPE, b"")
    assert (read["number"], read["text"], read["on"], read["turns"], read["part"]) == (0, "", False, [], None)


def test_fields_nobody_knows_are_skipped_whatever_their_kind() -> None:
    assert decode(SHAPE, bytes.fromhex("a00605" + "a106" + "00" * 8 + "a2060161" + "a50600000000" + "0805"))["number"] == 5


def test_members_come_packed_or_one_by_one() -> None:
    assert decode(SHAPE, bytes.fromhex("38003801"))["turns"] == [0, -1]


def test_what_is_no_number_travels() -> None:
    assert math.isnan(decode(SHAPE, encode(SHAPE, {"share": float("nan")}))["share"])


GARBAGE = {
    "a number that breaks off": "0896",
    "a number without an end": "08" + "ff" * 11,
    "a text that breaks off": "120774",
    "a group": "0b",
    "a field without a number": "0001",
    "no text": "1202c328",
    "a text where a number belongs": "0a0161",
    "a number where a text belongs": "1001",
    "members of another kind": "3a0180",
    "four bytes cut short": "2578",
}


@pytest.mark.parametrize("digits", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_garbled(digits: str) -> None:
    with pytest.raises(Garbled):
        decode(SHAPE, bytes.fromhex(digits))


def test_messages_within_messages_have_an_end() -> None:
    nested: dict[str, Field] = {}
    nested["inner"] = Field(1, "message", shape=nested)
    data = b""
    for _ in range(20):
        data = b"\x0a" + varint(len(data)) + data
    with pytest.raises(Garbled):
        decode(nested, data)


def test_a_number_that_may_go_on_is_told_from_one_that_is_wrong() -> None:
    with pytest.raises(Unfinished):
        read_varint(b"\x80")
    assert read_varint(b"\x00\xac\x02", 1) == (300, 3)
    assert [number for number, _, _ in pieces(b"\x08\x01\x10\x02")] == [1, 2]
    assert varint(300) == b"\xac\x02"
    assert struct.unpack("<f", encode({"x": Field(1, "float")}, {"x": 2.0})[1:])[0] == 2.0
