"""The simulator's frames and lists, against bytes written by hand from the protocol's description, and noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.wires.echonet.fault import Unreadable
from firmware_sim.wires.echonet.frame import Frame, Service, decode, encode
from firmware_sim.wires.echonet.property_map import property_map
from tests.kit.echonet import DAMAGED, FRAMES, MAPS, Written, raw

PROPERTIES = st.lists(st.tuples(st.integers(0x80, 0xFF), st.binary(max_size=20)), max_size=8).map(tuple)


def meant(written: Written) -> Frame:
    return Frame(
        number=written.number,
        source=written.source,
        target=written.target,
        service=written.service,
        properties=raw(written.first),
        second=raw(written.second),
    )


@pytest.mark.parametrize("written", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_read_and_written_as_described(written: Written) -> None:
    assert decode(written.data) == meant(written)
    assert encode(meant(written)) == written.data


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        decode(bytes.fromhex(text))


@pytest.mark.parametrize(("codes", "text"), MAPS.items(), ids=[str(len(codes.split())) for codes in MAPS])
def test_a_property_map_is_written_as_described(codes: str, text: str) -> None:
    assert property_map([int(code, 16) for code in reversed(codes.split())]) == bytes.fromhex(text)


@given(st.binary(max_size=60))
def test_noise_is_a_frame_or_unreadable(data: bytes) -> None:
    try:
        assert encode(decode(data)) == data
    except Unreadable:
        return


@given(st.sampled_from(list(Service)), PROPERTIES, PROPERTIES)
def test_frames_come_back_as_they_went(
    service: Service, first: tuple[tuple[int, bytes], ...], second: tuple[tuple[int, bytes], ...]
) -> None:
    twice = service in {Service.SET_AND_GET, Service.SET_AND_GOT, Service.SET_AND_GET_NOT}
    frame = Frame(number=7, source=0x05FF01, target=0x0EF001, service=service, properties=first, second=second if twice else ())
    assert decode(encode(frame)) == frame
