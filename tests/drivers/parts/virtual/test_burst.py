"""What may be sent: anything a remote sends, and nothing that would light a diode for long."""

import pytest

from gateway.drivers.parts.virtual.burst import AGAIN, MOST, Burst, checked, smoothed
from gateway.drivers.parts.virtual.encoding import ENCODINGS, Key
from gateway.errors import SchemaViolation


def test_what_remotes_send_may_be_sent() -> None:
    for encoding in ENCODINGS.values():
        burst = encoding.write(Key(31, 127), True)
        assert checked(burst, AGAIN) is burst
    assert checked(Burst((560, 560)))


@pytest.mark.parametrize(
    ("pulses", "carrier", "again", "about"),
    [
        ((), 38_000, 0, "2 to 1024"),
        ((560,), 38_000, 0, "2 to 1024"),
        ((560,) * (MOST + 1), 38_000, 0, "2 to 1024"),
        ((20_001, 560), 38_000, 0, "a mark lasts at most"),
        ((500_000, 560), 38_000, 0, "a mark lasts at most"),
        ((560, 500_001), 38_000, 0, "a mark lasts at most"),
        ((0, 560), 38_000, 0, "a mark lasts at most"),
        ((560, -1), 38_000, 0, "a mark lasts at most"),
        ((560, 499_000) * 7, 38_000, 0, "at most 3 s"),
        ((19_000, 100) * 10, 38_000, 0, "its light is on"),
        ((560, 560), 29_999, 0, "a carrier"),
        ((560, 560), 60_001, 0, "a carrier"),
        ((560, 560), 38_000, AGAIN + 1, "more"),
        ((560, 560), 38_000, -1, "more"),
    ],
)
def test_what_would_harm_is_refused_in_words(pulses: tuple[int, ...], carrier: int, again: int, about: str) -> None:
    with pytest.raises(SchemaViolation, match=about):
        checked(Burst(pulses, carrier), again)


def test_times_that_were_meant_to_be_the_same_are_made_so_and_others_are_left() -> None:
    heard = Burst((9010, 4490, 550, 1700, 570, 540, 560, 1680, 561), 38_000)
    assert smoothed(heard) == Burst((9010, 4490, 560, 1690, 560, 540, 560, 1690, 560), 38_000)
    assert smoothed(Burst((100,), 1)) == Burst((100,), 1)
    assert smoothed(Burst((), 1)) == Burst((), 1)
