"""The strict reader: what is CoAP is understood, everything else is a WireError and nothing but that."""

import aiocoap
import pytest
from aiocoap.numbers.constants import Reliable
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import WireError
from gateway.protocol.coap.wire import OPTIONS, Frame, Kind, parse, short_answer

GET = b"\x44\x01\x12\x34tokn"


def option(delta: int, value: bytes) -> bytes:
    assert delta < 13
    assert len(value) < 13
    return bytes((delta << 4 | len(value),)) + value


def test_a_request_is_read_with_its_options_and_payload() -> None:
    frame = parse(GET + option(11, b"d") + option(0, b"s") + b"\xff{}")
    assert frame == Frame(Kind.CONFIRMABLE, 1, 0x1234, b"tokn", ((11, b"d"), (11, b"s")), b"{}")


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "shorter than a header"),
        (b"\x40\x01\x00", "shorter than a header"),
        (b"\x80\x01\x00\x00", "version is not 1"),
        (b"\x49\x01\x00\x00123456789", "token too long"),
        (b"\x44\x01\x00\x00123", "token too long"),
        (b"\x40\x00\x00\x00\xffx", "empty message with content"),
        (b"\x50\x00\x00\x00", "empty message with content"),
        (b"\x60\x01\x00\x00", "request in an acknowledgement"),
        (b"\x70\x45\x00\x00", "reserved code"),
        (b"\x40\x20\x00\x00", "reserved code"),
        (b"\x40\xe1\x00\x00", "reserved code"),
        (GET + b"\xff", "payload marker without payload"),
        (GET + b"\xf0", "reserved option nibble"),
        (GET + b"\x0f", "reserved option nibble"),
        (GET + b"\xd0", "options run over"),
        (GET + b"\xb5abc", "options run over"),
        (GET + b"\xe0\xff\xff" * 2, "options run over"),
        (GET + option(11, b"x") + option(0, b"x") * 64, "options run over"),
    ],
)
def test_what_is_not_coap_is_refused_with_a_reason(datagram: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        parse(datagram)


def test_an_unknown_elective_option_is_skipped_and_a_critical_one_is_named() -> None:
    frame = parse(GET + option(2, b"?") + option(9, b"d"))
    assert (frame.options, frame.critical) == (((11, b"d"),), None)
    assert parse(GET + option(5, b"?")).critical == 5
    assert parse(GET + option(12, b"2") + option(5, b"") + option(0, b"")).critical == 17, "Accept twice"


def test_an_option_whose_value_is_none_counts_as_unknown() -> None:
    assert parse(GET + option(11, b"\xff\xfe")).critical == 11, "no UTF-8"
    assert parse(GET + option(11, b"d") + b"\x63222").critical == 17, "Accept of three bytes"
    assert parse(GET + option(12, b"\x01\x02\x03")) == parse(GET), "a Content-Format of three bytes is skipped"
    assert parse(GET + b"\xde\x02\x00\x1f" + b"q" * 300).critical == 15, "a query of 300 bytes"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_frame_or_a_wire_error(datagram: bytes) -> None:
    try:
        frame = parse(datagram)
    except WireError:
        return
    assert len(frame.token) <= 8
    assert all(number in OPTIONS for number, _ in frame.options)
    for number, value in frame.options:
        assert not OPTIONS[number].text or value.decode() is not None


@given(
    path=st.lists(st.text(max_size=20), max_size=5),
    query=st.lists(st.text(max_size=20), max_size=3),
    number=st.none() | st.integers(0, 65535),
    payload=st.binary(max_size=100),
)
def test_what_the_library_writes_is_read_as_it_was_meant(path: list[str], query: list[str], number: int | None, payload: bytes) -> None:
    said = {"uri_path": path, "uri_query": query, "content_format": number}
    message = aiocoap.Message(code=aiocoap.PUT, payload=payload, transport_tuning=Reliable(), _mid=7, _mtype=0, **said)
    frame = parse(message.encode())
    assert [value.decode() for kind, value in frame.options if kind == 11] == path
    assert [value.decode() for kind, value in frame.options if kind == 15] == query
    assert [int.from_bytes(value, "big") for kind, value in frame.options if kind == 12] == ([] if number is None else [number])
    assert (frame.payload, frame.id, frame.critical) == (payload, 7, None)


def test_a_short_answer_acknowledges_a_confirmable_request_only() -> None:
    answer = short_answer(GET + b"anything", (4, 29), max_age=1)
    assert answer is not None
    frame = parse(answer)
    assert (frame.kind, frame.code, frame.id, frame.token) == (Kind.ACKNOWLEDGEMENT, 4 << 5 | 29, 0x1234, b"tokn")
    assert frame.options == ((14, b"\x01"),)
    assert short_answer(b"\x50" + GET[1:], (4, 29)) is None, "non-confirmable"
    assert short_answer(b"\x40\x45\x00\x00", (4, 29)) is None, "a response"
    assert short_answer(b"", (4, 29)) is None
