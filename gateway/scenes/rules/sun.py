"""When the sun rises and sets: the sunrise equation, with the sun's middle place of the day; right to a minute or two below 60 degrees."""

import math
from datetime import date
from typing import Final

_J2000_NOON: Final = 730120
"""The ordinal of 2000-01-01, whose noon the equation counts days from."""
_EPOCH_J2000: Final = 946728000.0
"""That noon in seconds since the epoch."""
_DAY: Final = 86400.0
_TILT: Final = math.radians(23.4397)
_HORIZON: Final = math.sin(math.radians(-0.833))
"""The sun's middle when its upper edge is seen at the horizon: half its width, and what the air bends."""


def sun_times(day: date, latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return sunrise and sunset of a day in seconds since the epoch; None where the sun does neither that day. Degrees, east positive."""
    mean = day.toordinal() - _J2000_NOON - longitude / 360
    anomaly = math.radians((357.5291 + 0.98560028 * mean) % 360)
    centre = 1.9148 * math.sin(anomaly) + 0.02 * math.sin(2 * anomaly) + 0.0003 * math.sin(3 * anomaly)
    ecliptic = math.radians((math.degrees(anomaly) + centre + 180 + 102.9372) % 360)
    transit = mean + 0.0053 * math.sin(anomaly) - 0.0069 * math.sin(2 * ecliptic)
    sine = math.sin(ecliptic) * math.sin(_TILT)
    north = math.radians(latitude)
    cosine = (_HORIZON - math.sin(north) * sine) / max(1e-9, math.cos(north) * math.sqrt(1 - sine * sine))
    if abs(cosine) > 1:
        return None
    half = math.degrees(math.acos(cosine)) / 360
    return _EPOCH_J2000 + (transit - half) * _DAY, _EPOCH_J2000 + (transit + half) * _DAY
