"""The refrigerant circuit of a split air conditioner: what it moves and what it draws, by speed, air flow and weather.

Rated figures are those of a KFR-35 of grade 3 (APF 4.10) as a seller lists them: cooling 3500 W at 1020 W, heating 4000 W at 1180 W. At
part load it needs less for each watt of cold (`part_load`), which makes the seasonal figure.
"""

COOLING, HEATING = (3500.0, 1020.0), (4000.0, 1180.0)
"""Rated watts given and drawn by the whole unit, at 35 and 7 Cel outdoors."""
STANDBY_WATTS, FAN_WATTS = 2.0, 45.0
"""Electronics, and the indoor fan at full speed."""
LATENT_JOULES = 2450.0
"""To condense a gram of water."""


def cold(speed: float, air: float, outdoor: float) -> float:
    """Return the watts taken out of the room (heat and water together); speed and air flow as shares, outdoor in Cel."""
    return COOLING[0] * speed * _flow(air) * (1 - 0.01 * (outdoor - 35))


def warmth(speed: float, air: float, outdoor: float) -> float:
    """Return the watts put into the room; they fall in the cold."""
    return HEATING[0] * speed * _flow(air) * (1 - 0.015 * max(0.0, 7 - outdoor))


def drawn(speed: float, outdoor: float, *, heating: bool) -> float:
    """Return the watts of compressor and outdoor fan: more with a greater lift."""
    rated = (HEATING if heating else COOLING)[1] - STANDBY_WATTS - FAN_WATTS
    lift = 0.01 * (7 - outdoor) if heating else 0.022 * (outdoor - 35)
    return rated * part_load(speed) * (1 + max(-0.4, lift))


def part_load(speed: float) -> float:
    """Return the share of rated power at a share of rated speed: half the cold takes 40 % of the power."""
    return speed * (0.58 + 0.42 * speed)


def _flow(air: float) -> float:
    return 0.55 + 0.45 * air
