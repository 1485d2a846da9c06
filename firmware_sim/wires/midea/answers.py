"""What a unit answers besides its status: measurements (C1), what it can do (B5), single properties (B1, B0), and the notice A1."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.settings import measured

MEASUREMENTS, CAPABILITIES, PROPERTIES, PROPERTIES_SET, MEASURED = 0xC1, 0xB5, 0xB1, 0xB0, 0xA1
GROUP_QUERY = b"\x41\x21\x01"
OUTDOOR_UNIT, INDOOR_FAN, ENERGY, AIR, POWER, LOUVRES = 1, 2, 4, 5, 7, 11
"""The groups of measurements this unit knows."""
LENGTHS = {OUTDOOR_UNIT: 18, INDOOR_FAN: 16, ENERGY: 19, AIR: 16, POWER: 16, LOUVRES: 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Degrees Celsius, percent, watts, kilowatt-hours, hertz, amperes, volts and revolutions a minute; None: not measured."""

    room: float | None = None
    outdoor: float | None = None
    humidity: float | None = None
    watts: float = 0.0
    kilowatt_hours: float | None = None
    hertz: int = 0
    volts: float = 230.0
    fan_speed: int = 0
    defrosting: bool = False
    swinging: bool = False


def group(number: int, readings: Measurements) -> bytes | None:
    """Return the body of a C1 answer; None for a group the unit does not know."""
    if number not in LENGTHS:
        return None
    body = bytearray(LENGTHS[number] + 3)
    body[0:4] = bytes([MEASUREMENTS, 0x21, 0x01, 0x40 | number])
    _FILLED[number](body, readings)
    return bytes(body)


def notice(readings: Measurements) -> bytes:
    """Return the body of the A1 notice: temperatures and humidity, sent now and then unasked."""
    body = bytearray(21)
    body[0] = MEASURED
    body[13], indoor_tenths = measured(readings.room)
    body[14], outdoor_tenths = measured(readings.outdoor)
    body[17] = round(readings.humidity or 0)
    body[18] = outdoor_tenths << 4 | indoor_tenths
    return bytes(body)


def capabilities(entries: Mapping[int, bytes], *, more: bool) -> bytes:
    """Return the body of a B5 answer; `more`: a second query will bring further entries."""
    listed = b"".join(number.to_bytes(2, "little") + bytes([len(value)]) + value for number, value in entries.items())
    return bytes([CAPABILITIES, len(entries)]) + listed + bytes([more])


def properties(kind: int, entries: Mapping[int, bytes | None]) -> bytes:
    """Return the body of a B1 or B0 answer; None marks a property the unit does not know."""
    listed = (
        number.to_bytes(2, "little") + bytes([0x11 if value is None else 0, len(value or b"")]) + (value or b"")
        for number, value in entries.items()
    )
    return bytes([kind, len(entries)]) + b"".join(listed)


def asked_properties(body: bytes) -> list[int]:
    """Read the numbers a B1 query asks for."""
    count = body[1] if len(body) > 1 else 0
    if len(body) < 2 + 2 * count:
        raise Unreadable("a property query is cut short")
    return [int.from_bytes(body[at : at + 2], "little") for at in range(2, 2 + 2 * count, 2)]


def set_properties(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Read the numbers and values of a B0 command."""
    at = 2
    for _ in range(body[1] if len(body) > 1 else 0):
        size = body[at + 2] if len(body) > at + 2 else 0
        if len(body) < at + 3 + size:
            raise Unreadable("a property command is cut short")
        yield int.from_bytes(body[at : at + 2], "little"), body[at + 3 : at + 3 + size]
        at += 3 + size


def _outdoor_unit(body: bytearray, readings: Measurements) -> None:
    body[4] = body[5] = min(readings.hertz, 255)
    body[7] = min(round(readings.watts / readings.volts), 255) if readings.volts else 0
    body[8] = min(round(readings.volts), 255)
    body[10] = body[11] = _byte(round(2 * (readings.room or 0)) + 30)
    body[12] = body[13] = _byte(round(2 * (readings.outdoor or 0)) + 50)
    body[14] = 70 if readings.hertz else 30


def _indoor_fan(body: bytearray, readings: Measurements) -> None:
    body[4] = body[5] = _byte(readings.fan_speed // 8)


def _energy(body: bytearray, readings: Measurements) -> None:
    total = _decimal(round((readings.kilowatt_hours or 0) * 100), 4)
    body[4:8] = total
    body[12:16] = total
    body[16:19] = _decimal(round(readings.watts * 10), 3)


def _air(body: bytearray, readings: Measurements) -> None:
    body[4] = _byte(round(readings.humidity or 0))
    body[8] = 100 if readings.hertz else 0
    body[10] = readings.defrosting


def _power(body: bytearray, readings: Measurements) -> None:
    body[10:12] = min(round(readings.watts), 0xFFFF).to_bytes(2, "little")


def _louvres(body: bytearray, readings: Measurements) -> None:
    body[9] = body[12] = 50 if readings.swinging else 0


_FILLED = {OUTDOOR_UNIT: _outdoor_unit, INDOOR_FAN: _indoor_fan, ENERGY: _energy, AIR: _air, POWER: _power, LOUVRES: _louvres}


def _byte(number: int) -> int:
    return min(max(number, 0), 255)


def _decimal(number: int, size: int) -> bytes:
    """Write a number in binary coded decimal, the last digits kept."""
    digits = f"{number:0{2 * size}d}"[-2 * size :]
    return bytes.fromhex(digits)


def known(numbers: Iterable[int], values: Mapping[int, bytes]) -> dict[int, bytes | None]:
    """Look up what is asked for."""
    return {number: values.get(number) for number in numbers}
