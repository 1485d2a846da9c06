"""The screen: a packet passes only when every name in it can be repeated."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import WireError
from gateway.protocol.mdns.answer import check_txt, read_txt
from gateway.protocol.mdns.packet import check
from tests.protocol.mdns.packets import PTR, SRV, A, full, instance_records, name, record, response

SERVICE = "_x._udp.local."


@pytest.mark.parametrize("instance", ["lamp", "客厅灯", "Mr Lamp", "a.b", "x" * 63])
def test_a_sound_packet_passes(instance: str) -> None:
    records = [record(full(SERVICE), PTR, name(instance.encode(), b"_x", b"_udp", b"local")), *instance_records(SERVICE, "y", "192.0.2.1")]
    check(response(*records))


def test_compressed_names_pass() -> None:
    packet = struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + full(SERVICE) + struct.pack("!HHIH", PTR, 1, 120, 7) + b"\x04lamp\xc0\x0c"
    check(packet)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "shorter than a header"),
        (struct.pack("!6H", 0, 0x8400, 0, 2000, 0, 0), "too many records"),
        (struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\x05ab", "runs over"),
        (struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\x00", "run over"),
        (struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\x0c\0\1", "pointer"),
        (struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\xc0\xff\0\x0c\0\1", "pointer"),
        (struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\x41" + b"x" * 65 + b"\0\0\x0c\0\1", "runs over"),
        (response(record(name(*[b"x" * 60] * 5), A, b"1234")), "too long"),
        (response(record(full(SERVICE), PTR, name(b"\xff" * 63))), "not UTF-8"),
        (response(record(full(SERVICE), PTR, name(b"Inc.", b"_x"))), "unusable"),
        (response(record(full(SERVICE), PTR, name(b"a\nb"))), "unusable"),
        (response(record(full(SERVICE), A, b"123")), "wrong length"),
        (response(record(full(SERVICE), SRV, b"\0\0\0\0\0")), "runs over|wrong length"),
        (response(record(full(SERVICE), PTR, b"\x02ab")), "runs over"),
    ],
)
def test_an_unsound_packet_is_refused_with_a_reason(packet: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        check(packet)


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: struct.pack("!6H", 0, 0x8400, 1, 1, 0, 0) + tail))
def test_any_bytes_pass_or_are_refused(packet: bytes) -> None:
    try:
        check(packet)
    except WireError as error:
        assert str(error)  # noqa: PT017 - most bytes are refused; nothing else may be raised


@given(st.binary(max_size=300))
def test_any_txt_record_is_read(text: bytes) -> None:
    assert all(key == key.lower() for key in read_txt(text))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (b"", {}),
        (b"\x00", {}),
        (b"\x04ID=1\x04id=2", {"id": "1"}),
        (b"\x03a=b\x01c\x02d=", {"a": "b", "c": "", "d": ""}),
        (b"\x04k=\xff\xfe", {"k": "��"}),
        (b"\x05=none\x03a=b", {"a": "b"}),
        (b"\x03k=v\xff" + b"longer than there is", {"k": "v", "longer than there is": ""}),
        (b"\x05a=b=c", {"a": "b=c"}),
    ],
)
def test_txt_pairs_are_read_as_far_as_they_make_sense(text: bytes, pairs: dict[str, str]) -> None:
    assert read_txt(text) == pairs


def test_somebody_elses_thousand_keys_are_cut() -> None:
    assert len(read_txt(b"".join(b"\x04k%03d" % number for number in range(1000)))) == 64


def test_our_own_txt_is_held_to_the_profile() -> None:
    assert check_txt({"id": "ac-1", "txtvers": "1"}) == {"id": "ac-1", "txtvers": "1"}
    for txt in ({"tenletters": "1"}, {"f": "x" * 400}):
        with pytest.raises(Exception, match="TXT"):
            check_txt(txt)
