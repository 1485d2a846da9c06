"""What strangers may send, and what the wires make of it: for all inputs, not for examples only."""

import json
import math
from typing import Any

import cbor2
import orjson
import pytest
from aiocoap import Message
from aiocoap.error import UnparsableMessage
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.build import make_appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.coap_blocks import Block, Downloads, Uploads
from firmware_sim.wires.coap_guard import acceptable
from firmware_sim.wires.coap_message import Response
from firmware_sim.wires.duration import seconds
from firmware_sim.wires.envelope import rpc_order
from firmware_sim.wires.native_forms import NativeForms
from firmware_sim.wires.payload import CBOR, JSON, LIMIT, decode, encode
from firmware_sim.wires.senml import pack
from firmware_sim.wires.topics import Topics

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OPTIONS = st.lists(
    st.tuples(st.sampled_from([0, 1, 3, 4, 5, 6, 11, 12, 15, 17, 23, 27, 35, 60, 258, 2049]), st.binary(max_size=20)), max_size=6
)


@pytest.mark.parametrize("content_format", [JSON, CBOR])
@given(value=VALUES)
def test_what_is_encoded_is_decoded(content_format: int, value: Any) -> None:
    assert decode(encode(value, content_format), content_format) == value


@pytest.mark.parametrize("content_format", [JSON, CBOR])
@given(payload=st.binary(max_size=200))
def test_bytes_become_a_json_value_or_a_refusal(content_format: int, payload: bytes) -> None:
    refusals: list[str] = []
    value = None
    try:
        value = decode(payload, content_format)
    except Refusal as refusal:
        refusals.append(refusal.code)
    assert refusals in ([], ["bad-syntax"])
    assert orjson.loads(orjson.dumps(value)) == value


@pytest.mark.parametrize(
    ("payload", "content_format", "code"),
    [
        (b"NaN", JSON, "bad-syntax"),
        (b"1 2", JSON, "bad-syntax"),
        (b"[" * 33 + b"]" * 33, JSON, "bad-syntax"),
        (b" " * (LIMIT + 1), JSON, "too-large"),
        (b"\x81" * 400 + b"\x01", CBOR, "bad-syntax"),
        (cbor2.dumps(math.inf), CBOR, "bad-syntax"),
        (cbor2.dumps({1: 2}), CBOR, "bad-syntax"),
        (cbor2.dumps(b"bytes"), CBOR, "bad-syntax"),
        (cbor2.dumps(2**70), CBOR, "bad-syntax"),
        (b"\x01\x02", CBOR, "bad-syntax"),
        (b"\xd8\x1c\x81\xd8\x1d\x00", CBOR, "bad-syntax"),
        (b"\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", CBOR, "bad-syntax"),
        (b"\xbb" + b"\xff" * 8, CBOR, "bad-syntax"),
    ],
)
def test_what_json_cannot_say_is_refused(payload: bytes, content_format: int, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        decode(payload, content_format)
    assert caught.value.code == code


def test_thirty_two_levels_are_allowed() -> None:
    assert decode(b"[" * 32 + b"]" * 32)


@given(st.binary(max_size=60))
def test_the_guard_lets_nothing_through_that_the_library_cannot_read(datagram: bytes) -> None:
    if acceptable(datagram):
        Message.decode(datagram)


@given(
    header=st.sampled_from([0x40, 0x50, 0x42, 0x60, 0x48]),
    code=st.integers(0, 255),
    options=OPTIONS,
    payload=st.binary(max_size=8),
    cut=st.integers(0, 5),
)
def test_the_guard_judges_options_as_the_library_reads_them(
    header: int, code: int, options: list[tuple[int, bytes]], payload: bytes, cut: int
) -> None:
    body = bytes([header, code, 0, 1]) + b"token678"[: header & 15]
    number = 0
    for option, value in sorted(options):
        body += extended(option - number, len(value)) + value
        number = option
    whole = body + (b"\xff" + payload if payload else b"")
    datagram = whole[: len(whole) - cut]
    try:
        message = Message.decode(datagram)
    except (UnparsableMessage, UnicodeDecodeError):
        assert not acceptable(datagram)
    else:
        if acceptable(datagram):
            assert int(message.code) < 32


def extended(delta: int, length: int) -> bytes:
    def nibble(value: int) -> tuple[int, bytes]:
        if value < 13:
            return value, b""
        return (13, bytes([value - 13])) if value < 269 else (14, (value - 269).to_bytes(2, "big"))

    (high, more), (low, rest) = nibble(delta), nibble(length)
    return bytes([high << 4 | low]) + more + rest


@pytest.mark.parametrize(
    ("datagram", "fine"),
    [
        (b"\x40\x01\x00\x01", True),
        (b"\x40\x00\x00\x01", True),
        (b"\x70\x00\x00\x01", True),
        (b"\x41\x01\x00\x01A\xb1s", True),
        (b"\x40\x01\x00\x01\xb1\xff", False),
        (b"\x40\x00\x00\x01\xb1s", False),
        (b"\x60\x01\x00\x01", False),
        (b"\x40\x45\x00\x01", False),
        (b"\x40\xe1\x00\x01", False),
        (b"\x80\x01\x00\x01", False),
        (b"\x49\x01\x00\x01123456789", False),
        (b"\x42\x01\x00\x01A", False),
        (b"\x40\x01\x00\x01\x64\x00\x00\x00\x00", False),
        (b"\x40\x01\x00\x01" + b"\x40" * 65, False),
    ],
)
def test_the_guard_by_example(datagram: bytes, fine: bool) -> None:
    assert acceptable(datagram) is fine


@given(st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")))
def test_any_envelope_becomes_an_order(payload: bytes) -> None:
    envelope = rpc_order("tester", payload, now=0.0, boot=1, expires=None)
    assert envelope.refusal is not None
    assert envelope.order.id


@given(
    st.fixed_dictionaries(
        {"id": st.just("a1"), "op": st.sampled_from(["writeproperty", "invokeaction", "x"]), "name": st.text(max_size=5)},
        optional={
            "in": VALUES,
            "exp": VALUES,
            "ttl": VALUES,
            "if": VALUES,
            "why": VALUES,
            "confirm": VALUES,
            "reply": VALUES,
            "dev": VALUES,
        },
    )
)
def test_odd_members_are_refused_and_never_raise(body: dict[str, Any]) -> None:
    envelope = rpc_order("tester", orjson.dumps(body), now=0.0, boot=1, expires=None)
    assert envelope.order.id == "a1"
    odd = [name for name in ("why", "confirm") if not isinstance(body.get(name, ""), str)]
    assert not odd or envelope.refusal is not None


@pytest.mark.parametrize(
    ("topic", "client", "fine"),
    [
        ("hulian/1/dev/c/me/ack", "me", True),
        ("hulian/1/dev/c/me/a/b", "me", True),
        ("hulian/1/dev/c/me/ack", "", True),
        ("hulian/1/dev/c/you/ack", "me", False),
        ("hulian/1/dev/c/me/rpc", "me", False),
        ("hulian/1/dev/c/me", "me", False),
        ("hulian/1/dev/c/me/", "me", False),
        ("hulian/1/dev/c/me/#", "me", False),
        ("hulian/1/dev/c/Me/ack", "", False),
        ("hulian/1/other/c/me/ack", "me", False),
        ("hulian/1/dev/c/me/" + "x" * 300, "me", False),
    ],
)
def test_where_an_answer_may_go(topic: str, client: str, fine: bool) -> None:
    assert Topics("dev").may_answer(topic, client) is fine


@given(body=st.binary(min_size=1, max_size=3000), exponent=st.integers(0, 6))
def test_blocks_cut_by_one_side_are_joined_by_the_other(body: bytes, exponent: int) -> None:
    downloads, uploads = Downloads(), Uploads()
    number, joined = 0, None
    while joined is None:
        part, block = downloads.cut("key", downloads.kept("key") or Response(payload=body), Block(number, more=False, exponent=exponent))
        assert block is not None
        assert len(part.payload) <= block.size
        joined = uploads.feed("key", block, part.payload)
        number += 1
    assert joined == body


def test_a_gap_between_blocks_is_noticed() -> None:
    uploads = Uploads()
    assert uploads.feed("key", Block(0, more=True, exponent=0), b"x" * 16) is None
    with pytest.raises(Refusal, match="incomplete"):
        uploads.feed("key", Block(2, more=False, exponent=0), b"x")


def test_many_transfers_cost_bounded_memory() -> None:
    uploads = Uploads()
    for peer in range(500):
        uploads.feed(peer, Block(0, more=True, exponent=0), b"x" * 16)
    assert len(uploads._parts) <= 64
    with pytest.raises(Refusal, match="incomplete"):
        uploads.feed(0, Block(1, more=False, exponent=0), b"x")


def test_senml_has_numbers_words_and_truths_only() -> None:
    values = [("a", 1.5, "Cel"), ("b", True, None), ("c", "on", None), ("d", None, None), ("e", [1], None)]
    records = json.loads(pack("urn:x:", "2026-11-22T00:00:00.000Z", values, 110))
    assert records == [{"bn": "urn:x:", "bt": 1795305600.0, "n": "a", "u": "Cel", "v": 1.5}, {"n": "b", "vb": True}, {"n": "c", "vs": "on"}]
    assert cbor2.loads(pack("urn:x:", "2026-11-22T00:00:00.000Z", values, 112))[0] == {
        -2: "urn:x:",
        -3: 1795305600.0,
        0: "a",
        1: "Cel",
        2: 1.5,
    }


@pytest.mark.parametrize(("text", "length"), [("PT2S", 2), ("PT5M", 300), ("P1DT1H", 90000), ("PT0.5S", 0.5), ("nonsense", 7), (None, 7)])
def test_durations(text: str | None, length: float) -> None:
    assert seconds(text, 7) == length


def test_forms_say_the_topic_twice_and_hide_private_things_from_mqtt() -> None:
    forms = NativeForms("ac-1", mqtt="mqtt://h:1883", coap="coap://127.0.0.2")
    plug = make_appliance("plug")
    document = plug.thing_description(forms)
    every = [
        form for group in ("properties", "actions", "events") for body in document[group].values() for form in body["forms"]
    ] + document["forms"]
    for form in every:
        if form["href"].startswith("mqtt:"):
            topic = form.get("mqv:filter") or form["mqv:topic"]
            assert form["href"] == f"mqtt://h:1883/{topic}"
    assert all(form["href"].startswith("coap:") for form in document["properties"]["identity"]["forms"])
    assert [form["href"] for form in document["events"]["commandAck"]["forms"]] == [
        "mqtt://h:1883/hulian/1/ac-1/self/ack",
        "coap://127.0.0.2/d/self/ack",
    ]
    operations = {operation for form in document["actions"]["runDiagnostics"]["forms"] for operation in form["op"]}
    assert operations == {"invokeaction", "queryaction", "cancelaction"}


def test_without_a_transport_there_are_no_forms_for_it() -> None:
    forms = NativeForms("ac-1", coap="coap://127.0.0.2")
    assert not [form for form in forms.thing() if form["href"].startswith("mqtt")]
    assert NativeForms("ac-1").event("faultRaised") == []
