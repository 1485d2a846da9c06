"""The driver's frames and lists, against bytes written by hand from the protocol's description, and noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.echonet.frame import Frame, decode_frame, encode_frame
from gateway.drivers.echonet.lists import object_list, property_map
from gateway.errors import WireError
from tests.kit.echonet import DAMAGED, FRAMES, MAPS, Written, raw


def meant(written: Written) -> Frame:
    return Frame(
        number=written.number,
        source=written.source,
        target=written.target,
        service=written.service,
        properties=raw(written.first),
        also=raw(written.second),
    )


@pytest.mark.parametrize("written", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_read_and_written_as_described(written: Written) -> None:
    assert decode_frame(written.data) == meant(written)
    assert encode_frame(meant(written)) == written.data


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_told_with_a_reason(text: str) -> None:
    with pytest.raises(WireError, match=r"\w+ \w+"):
        decode_frame(bytes.fromhex(text))


@pytest.mark.parametrize(("codes", "text"), MAPS.items(), ids=[str(len(codes.split())) for codes in MAPS])
def test_a_property_map_is_read_in_both_forms(codes: str, text: str) -> None:
    assert property_map(bytes.fromhex(text)) == {int(code, 16) for code in codes.split()}


@pytest.mark.parametrize("text", ["", "02 80", "03 80 81", "10 0d 01", "ff 80"])
def test_a_damaged_property_map_is_told(text: str) -> None:
    with pytest.raises(WireError):
        property_map(bytes.fromhex(text))


def test_a_list_of_objects_is_read_and_what_stands_behind_it_is_left() -> None:
    assert object_list(bytes.fromhex("02 013001 013002")) == (0x013001, 0x013002)
    assert object_list(bytes.fromhex("01 03b701 0000")) == (0x03B701,)
    assert object_list(b"\x00") == ()


@pytest.mark.parametrize("text", ["", "01", "02 013001 0130"])
def test_a_list_of_objects_that_is_cut_short_is_told(text: str) -> None:
    with pytest.raises(WireError):
        object_list(bytes.fromhex(text))


@given(st.binary(max_size=60))
def test_noise_is_a_frame_or_an_error_of_the_wire(data: bytes) -> None:
    try:
        assert encode_frame(decode_frame(data)) == data
    except WireError:
        return


@given(st.binary(max_size=20))
def test_a_noisy_property_map_is_codes_or_an_error_of_the_wire(data: bytes) -> None:
    try:
        assert all(code <= 0xFF for code in property_map(data))
    except WireError:
        return
