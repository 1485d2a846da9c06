"""Encodings: shapes as they are described, both ways, with the jitter of light, and against the simulator's own reading."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.air import Air
from firmware_sim.air import Burst as Light
from firmware_sim.infrared import nec, rc5, sirc
from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.encoding import ENCODINGS, Key
from gateway.drivers.parts.virtual.library import RAW, recognised

KEYS = st.builds(Key, st.integers(0, 31), st.integers(0, 127))
READ = {"nec": nec.decode, "rc5": rc5.decode, "sirc-12": sirc.decode}


def lit(burst: Burst, seed: int) -> Burst:
    """Return a burst as a receiver in the room hears it."""
    air, heard = Air(Random(seed)), list[Light]()
    air.listen(heard.append)
    air.send(Light(burst.pulses, burst.carrier))
    return Burst(heard[0].pulses, heard[0].carrier)


def test_nec_as_it_is_described() -> None:
    pulses = ENCODINGS["nec"].write(Key(0x04, 0x08), False).pulses
    assert len(pulses) == 67
    assert pulses[:2] == (9000, 4500)
    bits = "".join("1" if gap > 1000 else "0" for gap in pulses[3::2])
    assert bits == "00100000" + "11011111" + "00010000" + "11101111", "lowest first, each word with its inverse"
    assert set(pulses[2::2]) == {560}


def test_rc5_as_it_is_described() -> None:
    assert ENCODINGS["rc5"].write(Key(0, 1), False).pulses == (*(889, 889, 1778, *[889] * 20, 1778, 889),), (
        "1 1 0 00000 000001: the change in the middle of each bit, and none between two that differ"
    )
    one, other = (ENCODINGS["rc5"].write(Key(5, 12), turn) for turn in (False, True))
    assert one != other, "a new press is told from a held key"
    assert ENCODINGS["rc5"].read(one) == ENCODINGS["rc5"].read(other) == Key(5, 12)


def test_sirc_as_it_is_described() -> None:
    burst = ENCODINGS["sirc-12"].write(Key(1, 0x15), False)
    bits = (1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0)
    assert burst.pulses[:25] == (2400, *(time for bit in bits for time in (600, 1200 if bit else 600)))
    assert sum(burst.pulses[:26]) == 45_000
    assert burst.pulses[:25] == burst.pulses[26:51] == burst.pulses[52:]


@given(key=KEYS, seed=st.integers(0, 10_000), name=st.sampled_from(sorted(ENCODINGS)))
def test_a_key_survives_the_light_and_the_simulator_reads_the_same(key: Key, seed: int, name: str) -> None:
    heard = lit(ENCODINGS[name].write(key, seed % 2 == 0), seed)
    assert ENCODINGS[name].read(heard) == key
    theirs = READ[name](Light(heard.pulses, heard.carrier))
    assert theirs is not None
    assert (theirs.address, theirs.command) == (key.address, key.command)
    others = [other.read(heard) for other in ENCODINGS.values() if other.name != name]
    assert others == [None, None], "nobody else takes it for his"


@given(key=KEYS, place=st.integers(2, 65), factor=st.sampled_from([0.3, 2.2]))
def test_a_nec_frame_with_one_time_wrong_is_none(key: Key, place: int, factor: float) -> None:
    pulses = list(ENCODINGS["nec"].write(key, False).pulses)
    pulses[place] = round(pulses[place] * factor)
    assert ENCODINGS["nec"].read(Burst(tuple(pulses))) != key


@pytest.mark.parametrize("name", sorted(ENCODINGS))
@given(pulses=st.lists(st.integers(1, 12_000), max_size=160))
def test_noise_is_no_key(name: str, pulses: list[int]) -> None:
    key = ENCODINGS[name].read(Burst(tuple(pulses)))
    assert key is None or (key.address < ENCODINGS[name].addresses and key.command < ENCODINGS[name].commands)


@given(pulses=st.lists(st.integers(200, 9000), min_size=8, max_size=120))
def test_whatever_is_heard_is_kept_within_a_fifth_of_what_was_heard(pulses: list[int]) -> None:
    burst = Burst(tuple(pulses))
    kept = recognised(burst)
    if kept.protocol == RAW:
        assert len(kept.burst.pulses) == len(pulses)
        assert all(abs(one - other) <= 0.2 * max(one, other) + 1 for one, other in zip(kept.burst.pulses, pulses, strict=True))


def test_an_unknown_code_is_smoothed_so_that_it_replays_within_5_percent() -> None:
    meant = (3400, 1700, *[430, 430, 430, 1290] * 20, 430)
    for seed in range(20):
        kept = recognised(lit(Burst(meant), seed))
        assert kept.protocol == RAW
        assert kept.candidates == ()
        assert max(abs(one - other) / other for one, other in zip(kept.burst.pulses, meant, strict=True)) <= 0.05
