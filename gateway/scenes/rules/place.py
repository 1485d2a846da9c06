"""Where the home is: for the sun, and for the clock on its wall."""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.errors import ConfigurationInvalid
from gateway.scenes.rules.sun import sun_times

LOCALTIME: Final = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Place:
    """`zone`: whose time the home keeps; latitude and longitude in degrees, north and east positive, None where nobody said them."""

    zone: tzinfo = field(default=UTC)
    latitude: float | None = None
    longitude: float | None = None

    @property
    def is_known(self) -> bool:
        """Return whether the sun can be told from here."""
        return self.latitude is not None and self.longitude is not None

    def sun(self, day: date) -> tuple[float, float] | None:
        """Return sunrise and sunset of a day in seconds since the epoch, None where there is none, or no place."""
        if self.latitude is None or self.longitude is None:
            return None
        return sun_times(day, self.latitude, self.longitude)

    def wall(self, at: float) -> datetime:
        """Return what the clock on the wall shows at a moment (seconds since the epoch)."""
        return datetime.fromtimestamp(at, self.zone)

    def moment(self, day: date, minutes: int) -> float:
        """Return when the clock on the wall first shows a time of a day; where it skips that time, the moment after the gap."""
        naive = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - what the wall shows
        at = naive.replace(tzinfo=self.zone).timestamp()
        if self.wall(at).replace(tzinfo=None) == naive:
            return at
        return self._after_gap(naive.replace(tzinfo=self.zone, fold=1).timestamp(), at)

    def _after_gap(self, before: float, after: float) -> float:
        """Return the second, between two moments, at which the clock is put forward."""
        offset = self.wall(after).utcoffset()
        low, high = int(before) - 1, int(after)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.wall(middle).utcoffset() == offset else (middle, high)
        return float(high)


def here() -> Place:
    """Return a place of which only the machine's own time is known."""
    return Place(zone_of(None))


def place_of(zone: str | None, latitude: float | None, longitude: float | None) -> Place:
    """Return a place as a configuration has it; raise ConfigurationInvalid for half a place, or a zone that is none."""
    if (latitude is None) is not (longitude is None):
        raise ConfigurationInvalid("latitude and longitude of [home] go together: one alone is no place")
    return Place(zone_of(zone), latitude, longitude)


def zone_of(name: str | None) -> tzinfo:
    """Return a zone by its IANA name, None: the machine's own; raise ConfigurationInvalid where it is not known here."""
    if name is None and (machine := os.environ.get("TZ", "").removeprefix(":")):
        name = machine
    if name is None:
        return _machine_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationInvalid(
            f"timezone: {name!r} is no zone known here; take one such as Europe/Berlin or Asia/Shanghai, or install tzdata"
        ) from error


def _machine_zone() -> tzinfo:
    try:
        with LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return UTC
