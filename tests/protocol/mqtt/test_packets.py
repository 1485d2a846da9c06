"""The bytes of MQTT: whatever way they are cut into reads, whoever wrote them."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.protocol.mqtt import Properties, Will
from gateway.protocol.mqtt.message import NO_PROPERTIES
from gateway.protocol.mqtt.packets import (
    Malformed,
    connect_packet,
    packed,
    publish_packet,
    read_ack,
    read_codes,
    read_connack,
    read_publish,
    subscribe_packet,
    unsubscribe_packet,
)
from gateway.protocol.mqtt.properties import variable
from gateway.protocol.mqtt.splitter import SKIPPED, Splitter

LIMIT = 1000


def raw(first: int, body: bytes) -> bytes:
    return bytes((first,)) + variable(len(body)) + body


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(edges)]


def split(splitter: Splitter, reads: list[bytes]) -> list[tuple[int, bytes]]:
    return [(first, data[start:end]) for read in reads for first, data, start, end in splitter.feed(read)]


bodies = st.binary(max_size=LIMIT - 3) | st.integers(0, LIMIT - 3).map(bytes)
places = st.lists(st.integers(0, 100_000), max_size=12)


@given(st.lists(st.tuples(st.integers(16, 255), bodies), max_size=8), places)
def test_packets_come_out_whole_however_they_were_cut(packets: list[tuple[int, bytes]], places: list[int]) -> None:
    stream = b"".join(raw(first, body) for first, body in packets)
    assert split(Splitter(LIMIT), cut(stream, places)) == packets
    assert split(Splitter(LIMIT), [bytes((byte,)) for byte in stream]) == packets


@given(st.integers(0, 3), st.binary(min_size=1, max_size=1200), st.integers(LIMIT, 5 * LIMIT), places)
def test_what_is_too_large_is_passed_by_and_never_kept(qos: int, topic: bytes, size: int, places: list[int]) -> None:
    head = len(topic).to_bytes(2, "big") + topic + (b"\x12\x34" if qos else b"")
    stream = raw(0x31, b"before") + raw(0x30 | qos << 1, head + bytes(size)) + raw(0x32, b"after")
    splitter = Splitter(LIMIT)
    found = []
    for read in cut(stream, places):
        found += split(splitter, [read])
        assert len(splitter._waiting) <= max(LIMIT, len(head)) + 4
    assert found == [(0x31, b"before"), (SKIPPED << 4 | qos << 1, head), (0x32, b"after")]


@pytest.mark.parametrize("stream", [b"\x40\xff\xff\x03", b"\x30\xff\xff\xff\xff", b"\x00\xff\x7f"])
def test_what_no_packet_can_begin_with_is_malformed(stream: bytes) -> None:
    with pytest.raises(Malformed):
        split(Splitter(LIMIT), [bytes((byte,)) for byte in stream])


@given(st.binary(max_size=80), st.booleans())
@example(b"", True)
@example(b"\x00\x01a\x05\x26\x00\x01", True)
@example(b"\x00\x01a\xff\xff\xff\xff", True)
def test_reading_noise_raises_nothing_but_malformed(body: bytes, five: bool) -> None:
    for read in (
        lambda: read_publish(0x32, body + b"\x00" * 4, 0, len(body), five=five),
        lambda: read_ack(body),
        lambda: read_codes(body, five=five),
        lambda: read_connack(body),
    ):
        try:
            read()
        except (Malformed, IndexError):
            continue


@pytest.mark.parametrize("five", [True, False])
@given(
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    payload=st.binary(max_size=300) | st.sampled_from([126, 127, 128, 16_383, 16_384, 70_000]).map(bytes),
    qos=st.integers(0, 1),
    retain=st.booleans(),
    user=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_a_message_is_read_as_it_was_written(five: bool, topic: str, payload: bytes, qos: int, retain: bool, user: dict[str, str]) -> None:
    properties = Properties(user=user) if user and five else NO_PROPERTIES
    packet = publish_packet(topic, payload, qos, retain, 513, packed(properties) if five else b"")
    ((first, data, start, end),) = Splitter(1 << 20).feed(packet)
    message, identifier = read_publish(first, data, start, end, five=five)
    assert message is not None
    assert (message.topic, message.payload, message.qos, message.retain) == (topic, payload, qos, retain)
    assert (message.properties, identifier) == (properties, b"\x02\x01" if qos else b"")


@pytest.mark.parametrize(
    ("flags", "body", "five"),
    [
        (0x30, b"\x00\x05abc", False),
        (0x32, b"\x00\x01a\x00", False),
        (0x34, b"\x00\x01a\x00\x01", False),
        (0x30, b"\x00\x00x", False),
        (0x30, b"\x00\x01a", True),
        (0x30, b"\x00\x01a\x09", True),
        (0x30, b"\x00\x01a\x02\x7f\x00", True),
        (0x30, b"\x00\x01a\x03\x02\x00\x00", True),
        (0x30, b"\x00\x01a\x04\x03\x00\x01\xff", True),
    ],
    ids=["topic", "id", "qos 2", "no topic", "no properties", "length", "unknown", "cut off", "no text"],
)
def test_a_message_with_a_fault_is_malformed(flags: int, body: bytes, five: bool) -> None:
    with pytest.raises(Malformed):
        read_publish(flags, body + b"next packet", 0, len(body), five=five)


def test_connect_says_who_we_are() -> None:
    plain = connect_packet("3.1.1", client_id="me", username=None, password=None, will=None, keepalive=10, largest=9)
    assert plain == b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x0a\x00\x02me"
    will = Will("w", b"gone", delay=5)
    full = connect_packet("5", client_id="me", username="anna", password="pw", will=will, keepalive=600, largest=0x40000)
    fields = b"\x00\x02me" + b"\x05\x18\x00\x00\x00\x05" + b"\x00\x01w" + b"\x00\x04gone" + b"\x00\x04anna" + b"\x00\x02pw"
    assert full[2:] == b"\x00\x04MQTT\x05\xee\x02\x58" + b"\x0a\x27\x00\x04\x00\x00\x11\x00\x00\x00\x05" + fields
    fleeting = connect_packet(
        "3.1.1", client_id="", username=None, password="pw", will=Will("w", b"", retain=False), keepalive=0, largest=9
    )
    assert fleeting[8:] == b"\x04\x0e\x00\x00" + b"\x00\x00" + b"\x00\x01w" + b"\x00\x00"


def test_subscribing_asks_for_the_retain_flag_in_mqtt_5_only() -> None:
    wanted = [("a", 1, True), ("b", 0, False), ("c", 2, False)]
    assert subscribe_packet(7, wanted, five=True) == b"\x82\x0f\x00\x07\x00" + b"\x00\x01a\x09" + b"\x00\x01b\x00" + b"\x00\x01c\x01"
    assert subscribe_packet(7, wanted, five=False) == b"\x82\x0e\x00\x07" + b"\x00\x01a\x01" + b"\x00\x01b\x00" + b"\x00\x01c\x01"
    assert unsubscribe_packet(8, ["a", "bc"], five=True) == b"\xa2\x0a\x00\x08\x00\x00\x01a\x00\x02bc"
    assert unsubscribe_packet(8, ["a"], five=False) == b"\xa2\x05\x00\x08\x00\x01a"


def test_the_brokers_answers_are_understood() -> None:
    assert read_connack(b"\x00\x00") == (0, {})
    assert read_connack(b"\x00\x05") == (0x87, {})
    assert read_connack(b"\x01\x00\x0a\x21\x00\x05\x24\x00\x27\x00\x00\x10\x00") == (0, {0x21: 5, 0x24: 0, 0x27: 4096})
    assert read_ack(b"\x01\x02") == (258, 0)
    assert read_ack(b"\x01\x02\x97\x00") == (258, 0x97)
    assert read_codes(b"\x00\x09\x00\x01\x87", five=True) == (9, b"\x01\x87")
    assert read_codes(b"\x00\x09\x01\x80", five=False) == (9, b"\x01\x80")
