"""Encodings in the air: to the pulse, with a receiver's jitter, and never mistaken for one another."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.air import Air, Airborne, Burst
from firmware_sim.infrared import climate, nec
from firmware_sim.infrared.climate import Climate
from firmware_sim.infrared.heard import recognise
from firmware_sim.infrared.nec import Nec
from firmware_sim.models.ir_remote import IrRemote
from firmware_sim.models.uhd_tv import UhdTv

KEYS = st.builds(Nec, address=st.integers(0, 255), command=st.integers(0, 255))
STATES = st.builds(
    Climate,
    power=st.booleans(),
    mode=st.sampled_from(climate.MODES),
    temperature=st.integers(climate.LOWEST, climate.HIGHEST),
    fan=st.sampled_from(climate.FANS),
    swing=st.booleans(),
    sleep=st.booleans(),
    turbo=st.booleans(),
)


def received(burst: Burst, random: Random) -> Burst:
    """What a demodulating receiver makes of it: marks longer by up to 100 us at the cost of gaps, some jitter."""
    stretch = random.randint(0, 100)
    heard = (max(1, pulse + (-stretch if place % 2 else stretch) + random.randint(-30, 30)) for place, pulse in enumerate(burst.pulses))
    return Burst(tuple(heard), burst.carrier + random.randint(-300, 300))


def test_a_nec_key_is_what_the_published_timing_says() -> None:
    """9 ms, 4.5 ms, bits of 1.125 and 2.25 ms, 32 of them, a last mark: NEC as described by Altium's protocol page, +-1 us of rounding."""
    burst = nec.encode(Nec(0x00, 0xAD))
    assert (burst.carrier, len(burst.pulses)) == (38_000, 67)
    assert burst.pulses[:2] == (9000, 4500)
    lengths = [burst.pulses[place] + burst.pulses[place + 1] for place in range(2, 66, 2)]
    sent = "00000000111111111011010101001010"  # lowest bit first, each byte followed by its inverse
    assert ["1" if length > 2000 else "0" for length in lengths] == list(sent)
    assert all(abs(length - (2250 if bit == "1" else 1125)) <= 1 for length, bit in zip(lengths, sent, strict=True))
    assert burst.seconds == pytest.approx(0.0675, abs=0.001)


@given(key=KEYS, held=st.integers(0, 3), seed=st.integers(0, 10**6))
def test_every_nec_key_survives_the_receiver(key: Nec, held: int, seed: int) -> None:
    burst = nec.encode(key, held=held)
    assert nec.decode(received(burst, Random(seed))) == key
    assert climate.decode(burst) is None


@given(state=STATES, seed=st.integers(0, 10**6))
def test_every_climate_state_survives_the_receiver(state: Climate, seed: int) -> None:
    burst = climate.encode(state)
    assert climate.decode(received(burst, Random(seed))) == state
    assert nec.decode(burst) is None


@given(state=STATES, place=st.integers(0, 63))
def test_a_climate_frame_with_one_bit_wrong_is_refused(state: Climate, place: int) -> None:
    pulses = list(climate.encode(state).pulses)
    gap = 2 + 2 * place + 1 + (8 if place >= 32 else 0)
    pulses[gap] = climate.TIMING.zero if pulses[gap] == climate.TIMING.one else climate.TIMING.one
    covered = place < 24 and place % 8 < 4, 24 <= place < 28, 32 <= place < 56 and place % 8 >= 4, place >= 60
    assert (climate.decode(Burst(tuple(pulses), climate.CARRIER)) is None) == any(covered), "halves the checksum covers, and only those"


@given(key=KEYS, place=st.integers(0, 31))
def test_a_nec_key_with_one_bit_wrong_is_refused(key: Nec, place: int) -> None:
    pulses = list(nec.encode(key).pulses)
    gap = 2 + 2 * place + 1
    pulses[gap] = nec.TIMING.zero if pulses[gap] == nec.TIMING.one else nec.TIMING.one
    assert nec.decode(Burst(tuple(pulses), nec.CARRIER)) is None


@given(pulses=st.lists(st.integers(1, 30_000), max_size=160), carrier=st.integers(10_000, 100_000))
def test_noise_raises_nothing(pulses: list[int], carrier: int) -> None:
    heard = recognise(Burst(tuple(pulses), carrier))
    assert heard is None or (len(pulses) >= 8 and 30_000 <= carrier <= 60_000)


def test_a_held_key_repeats_every_108_ms() -> None:
    burst = nec.encode(Nec(4, 2), held=2)
    starts = [sum(burst.pulses[:place]) for place, pulse in enumerate(burst.pulses) if pulse == 9000]
    assert starts == [0, 108_000, 216_000]


def test_everyone_in_the_room_hears_a_burst_but_not_the_sender() -> None:
    air, heard = Air(), []
    ears = [lambda burst, who=who: heard.append((who, burst)) for who in "abc"]
    ends = [air.listen(ear) for ear in ears]
    burst = nec.encode(Nec(1, 2))
    air.send(burst, apart_from=ears[0])
    assert heard == [("b", burst), ("c", burst)]
    ends[1]()
    air.send(burst)
    assert [who for who, _ in heard] == ["b", "c", "a", "c"]


def test_the_models_that_take_part_say_so() -> None:
    assert isinstance(IrRemote(Random(1)), Airborne)
    assert isinstance(UhdTv(Random(1)), Airborne)
