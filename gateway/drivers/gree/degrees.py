"""Temperatures on this wire.

A target is a whole number of degrees Celsius in `SetTem`, and a little more. While the unit shows Celsius (`TemUn` 0) half a degree stands
in `Add0.5`, or where the unit has no such column in `TemRec`. While it shows Fahrenheit (`TemUn` 1), its targets are whole degrees
Fahrenheit, and `TemRec` tells which of the two that round to `SetTem` is meant: 1 is the warmer one. The nearest half degree is what the
profile has for it.

A sensor shows whole degrees with 40 added, on some units without, and no unit says which. More than 50 is too hot for a room, less than
20 (with the 40 taken off) too cold, so either settles it for as long as the session lasts. Until then a number from 40 on is taken for one
with the 40, which is wrong between 40 and 50 degrees without, and an unheated room below zero reads as too warm: what is shown is assumed.
"""

from gateway.drivers.gree.column import Shown

OFFSET = 40
OFFSET_COLUMN = "_offset"
"""Where the unit's offset stands among the columns once something of it is known."""
_HOTTEST_ROOM, _COLDEST_ROOM = 50, -20
_NONSENSE = 1000


class Sensor:
    """Learns from what the room's sensor shows whether the 40 is added."""

    def __init__(self) -> None:
        self._known: int | None = None

    @property
    def sure(self) -> bool:
        """Whether it is settled."""
        return self._known is not None

    def offset(self, raw: int) -> int:
        """Return what is to be taken off; `raw` is what the sensor of the room shows now."""
        if self._known is None and raw:
            self._known = OFFSET if raw > _HOTTEST_ROOM else 0 if raw < OFFSET + _COLDEST_ROOM else None
        if self._known is not None:
            return self._known
        return OFFSET if raw >= OFFSET else 0


def half_column(shown: Shown) -> str | None:
    """Return the column that holds half a degree Celsius on this unit, None when it knows only whole ones."""
    return next((name for name in ("Add0.5", "TemRec") if name in shown), None)


def target(shown: Shown) -> float | None:
    """Return the target in halves of a degree Celsius, None when the unit does not show one."""
    whole = shown.get("SetTem")
    if whole is None or abs(whole) > _NONSENSE:
        return None
    if shown.get("TemUn"):
        return round((_fahrenheit(whole, shown.get("TemRec", 0)) - 32) / 0.9) / 2
    half = half_column(shown)
    return whole + (0.5 if half is not None and shown[half] else 0.0)


def columns_of(celsius: float, shown: Shown) -> dict[str, int] | None:
    """Return the columns that make this target (halves of a degree), None when the unit has no form for it."""
    if shown.get("TemUn"):
        warm = round(celsius * 1.8 + 32)
        return {"SetTem": _rounded(warm), "TemRec": _above(warm)}
    half, odd = half_column(shown), round(celsius * 2) % 2
    if half is None:
        return None if odd else {"SetTem": round(celsius)}
    return {"SetTem": int(celsius), half: odd}


def _fahrenheit(whole: int, above: int) -> int:
    """Return the whole degrees Fahrenheit that `SetTem` and `TemRec` stand for."""
    near = round(whole * 1.8 + 32)
    same = [warm for warm in range(near - 1, near + 2) if _rounded(warm) == whole]
    return next((warm for warm in same if _above(warm) == above), same[0])


def _rounded(warm: int) -> int:
    return round((warm - 32) * 5 / 9)


def _above(warm: int) -> int:
    return int((warm - 32) * 5 > _rounded(warm) * 9)
