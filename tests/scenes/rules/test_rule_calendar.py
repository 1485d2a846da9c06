"""When a time comes on the wall of a home, and when its sun rises."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationInvalid
from gateway.scenes.rules.calendar import last_due, next_due
from gateway.scenes.rules.place import Place, place_of
from gateway.scenes.rules.rule import AtSun, AtTime, Sun
from gateway.scenes.rules.sun import sun_times

BERLIN = Place(ZoneInfo("Europe/Berlin"), 52.52, 13.405)
TWO_MINUTES = timedelta(minutes=2)


def wall(place: Place, at: float) -> str:
    return place.wall(at).strftime("%d %H:%M")


def test_a_time_the_wall_skips_comes_at_the_end_of_the_gap() -> None:
    assert wall(BERLIN, BERLIN.moment(date(2026, 3, 29), 150)) == "29 03:00"
    assert wall(BERLIN, BERLIN.moment(date(2026, 3, 29), 119)) == "29 01:59"
    assert wall(BERLIN, BERLIN.moment(date(2026, 3, 29), 180)) == "29 03:00"


def test_a_time_the_wall_shows_twice_comes_once_at_the_first() -> None:
    first = BERLIN.moment(date(2026, 10, 25), 150)
    assert BERLIN.wall(first).utcoffset() == timedelta(hours=2)
    daily = AtTime(line=1, minutes=150)
    following = next_due(daily, BERLIN, first)
    assert following is not None
    assert following.at - first == 25 * 3600
    again = last_due(daily, BERLIN, first + 3600)
    assert again is not None
    assert again.at == first


def test_a_day_that_the_zone_left_out_comes_as_the_next_begins() -> None:
    samoa = Place(ZoneInfo("Pacific/Apia"))
    assert wall(samoa, samoa.moment(date(2011, 12, 30), 22 * 60)) == "31 00:00"


@given(
    zone=st.sampled_from(("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")),
    minutes=st.integers(0, 1439),
    now=st.floats(1_700_000_000, 1_900_000_000),
    days=st.frozensets(st.integers(0, 6), min_size=1),
)
def test_the_last_and_the_next_are_of_its_days_with_nothing_between(zone: str, minutes: int, now: float, days: frozenset[int]) -> None:
    place, trigger = Place(ZoneInfo(zone)), AtTime(line=1, minutes=minutes, days=days)
    before, after = last_due(trigger, place, now), next_due(trigger, place, now)
    assert before is not None
    assert after is not None
    assert before.at <= now < after.at
    assert {before.day.weekday(), after.day.weekday()} <= days
    assert next_due(trigger, place, before.at) == after
    assert not [day for day in range(1, (after.day - before.day).days) if (before.day + timedelta(day)).weekday() in days]


@pytest.mark.parametrize(
    ("latitude", "longitude", "day", "rise", "fall"),
    [
        (39.9042, 116.4074, date(2024, 12, 21), "23:33", "08:53"),  # published: Beijing 7:33 and 16:53
        (51.5074, -0.1278, date(2024, 6, 20), "03:43", "20:21"),  # published: London 4:43 and 21:21 in summer time
        (-33.8688, 151.2093, date(2024, 12, 21), "18:41", "09:05"),  # published: Sydney 5:41 and 20:05 in summer time
    ],
)
def test_the_sun_is_where_almanacs_have_it(latitude: float, longitude: float, day: date, rise: str, fall: str) -> None:
    found = sun_times(day, latitude, longitude)
    assert found is not None
    for at, published in zip(found, (rise, fall), strict=True):
        seen = datetime.fromtimestamp(at, UTC)
        hour, minute = map(int, published.split(":"))
        assert abs(seen - seen.replace(hour=hour, minute=minute, second=0)) < TWO_MINUTES


def test_where_the_sun_does_not_set_nothing_comes() -> None:
    north = Place(UTC, 69.65, 18.96)
    midsummer = datetime(2026, 6, 20, tzinfo=UTC).timestamp()
    assert north.sun(date(2026, 6, 20)) is None
    assert next_due(AtSun(line=1, sun=Sun.SET), north, midsummer) is None


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
def test_the_sun_rises_before_it_sets_wherever_it_does(day: date, latitude: float, longitude: float) -> None:
    found = sun_times(day, latitude, longitude)
    if found is not None:
        assert 0 <= found[1] - found[0] <= 86400


def test_half_a_place_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="go together"):
        place_of(None, 52.5, None)
    with pytest.raises(ConfigurationInvalid, match="Europe/Berlin"):
        place_of("Mars/Base", None, None)
    assert place_of("Asia/Shanghai", 39.9, 116.4).is_known
