"""Temperatures as this make writes them: whole degrees Celsius, and beside them what is missing.

`SetTem` is always in Celsius. While `TemUn` is 0, a half stands in `TemRec` (1), in newer units in a column `Add0.5` instead. While `TemUn`
is 1 the display shows whole degrees Fahrenheit, and `TemRec` tells which of the two that round to the same Celsius is meant: 1 when it lies
above. A sensor shows whole degrees with 40 added, in some units without, and 0 when it is not fitted.
"""

SENSOR_OFFSET = 40


def fahrenheit(set_tem: int, tem_rec: int) -> int:
    """Return the whole degrees Fahrenheit on the display."""
    near = [warm for warm in range(round(set_tem * 1.8 + 32) - 2, round(set_tem * 1.8 + 32) + 3) if from_fahrenheit(warm)[0] == set_tem]
    return next((warm for warm in near if from_fahrenheit(warm)[1] == tem_rec), near[0])


def from_fahrenheit(warm: int) -> tuple[int, int]:
    """Return `SetTem` and `TemRec` for whole degrees Fahrenheit."""
    exact = (warm - 32) / 1.8
    return round(exact), int(exact - round(exact) > 1e-9)  # noqa: PLR2004 - above zero but for the last bit


def halves(celsius: float) -> float:
    """Return the nearest half degree."""
    return round(celsius * 2) / 2


def sensed(celsius: float | None, *, plain: bool) -> int:
    """Return a sensor's column."""
    return 0 if celsius is None else round(celsius) + (0 if plain else SENSOR_OFFSET)
