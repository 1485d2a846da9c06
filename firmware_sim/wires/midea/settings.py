"""The settings of an air conditioner as its board keeps them, and as bytes: status C0, notice A0, set command 40.

A set command carries all settings at once. Temperatures from 17 to 30 stand in four bits of byte 2 (16 = zero), others in byte 18
(12 = zero); half a degree is a bit of its own. The unit answers with both forms filled in.
"""

from dataclasses import dataclass

from firmware_sim.wires.midea.fault import Unreadable

SET = 0x40
STATUS = 0xC0
CHANGED = 0xA0
SET_LENGTH = 22
"""The shortest set command a unit accepts; older clients leave out the last bytes."""
FAN_AUTO = 102


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person can set; `mode` 1 auto, 2 cool, 3 dry, 4 heat, 5 fan; `fan` 1..100 percent or 102; temperatures in degrees Celsius."""

    power: bool = False
    mode: int = 2
    temperature: float = 26.0
    fan: int = FAN_AUTO
    swing_vertical: bool = False
    swing_horizontal: bool = False
    turbo: bool = False
    eco: bool = False
    sleep: bool = False
    purifier: bool = False
    aux_heat: bool = False
    fahrenheit: bool = False
    follow_me: bool = False
    frost_guard: bool = False
    humidity: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """What the unit measures; None: it has no such sensor. `error` is the number on the display, zero when all is well."""

    room: float | None = None
    outdoor: float | None = None
    error: int = 0
    filter_due: bool = False
    display: bool = True


def status(settings: Settings, sensors: Sensors) -> bytes:
    """Return the body of a C0 answer (without message number)."""
    body = bytearray(23)
    body[0] = STATUS
    body[1] = settings.power | (bool(sensors.error) << 7)
    body[2] = _mode(settings) | _primary(settings.temperature)
    body[3] = settings.fan
    body[4] = body[5] = 0x7F  # no timer is set
    body[7] = 0x30 | _swing(settings)
    body[8] = settings.turbo << 5 | settings.follow_me << 7
    body[9] = settings.aux_heat << 3 | settings.eco << 4 | settings.purifier << 5
    body[10] = settings.sleep | settings.turbo << 1 | settings.fahrenheit << 2
    body[11], indoor_tenths = measured(sensors.room)
    body[12], outdoor_tenths = measured(sensors.outdoor)
    body[13] = (int(settings.temperature) - 12) & 0x1F | sensors.filter_due << 5
    body[14] = 0 if sensors.display else 0x70
    body[15] = outdoor_tenths << 4 | indoor_tenths
    body[16] = sensors.error
    body[19] = settings.humidity & 0x7F
    body[21] = settings.frost_guard << 7
    return bytes(body)


def changed(settings: Settings) -> bytes:
    """Return the body of the A0 notice a unit sends when somebody pressed its buttons."""
    body = bytearray(20)
    body[0] = CHANGED
    body[1] = settings.power | (int(settings.temperature) - 12 & 0x1F) << 1 | _half(settings.temperature) << 6
    body[2] = _mode(settings)
    body[3] = settings.fan
    body[7] = 0x30 | _swing(settings)
    body[8] = settings.turbo << 5
    body[9] = settings.aux_heat << 3 | settings.eco << 4 | settings.purifier << 5
    body[10] = settings.sleep | settings.turbo << 1
    return bytes(body)


def read_set(body: bytes) -> Settings:
    """Read a set command; Unreadable when it is too short or names a mode or a temperature that does not exist."""
    if len(body) < SET_LENGTH or body[0] != SET:
        raise Unreadable("not a set command")
    mode = body[2] >> 5
    degrees = (body[18] & 0x1F) + 12 if body[18] & 0x1F else (body[2] & 0x0F) + 16
    fan = body[3] & 0x7F
    if not 1 <= mode <= 6 or not 1 <= fan <= FAN_AUTO:  # noqa: PLR2004 - six modes, the last one a second kind of dry
        raise Unreadable("no such mode or fan speed")
    return Settings(
        power=bool(body[1] & 0x01),
        mode=mode,
        temperature=degrees + (0.5 if body[2] & 0x10 else 0.0),
        fan=fan,
        swing_vertical=bool(body[7] & 0x0C),
        swing_horizontal=bool(body[7] & 0x03),
        turbo=bool(body[8] & 0x20 or body[10] & 0x02),
        eco=bool(body[9] & 0x80),
        sleep=bool(body[10] & 0x01),
        purifier=bool(body[9] & 0x20),
        aux_heat=bool(body[9] & 0x08),
        fahrenheit=bool(body[10] & 0x04),
        follow_me=bool(body[8] & 0x80),
        frost_guard=bool(body[21] & 0x80),
        humidity=body[19] & 0x7F,
    )


def measured(degrees: float | None) -> tuple[int, int]:
    """Return a temperature as the byte of half degrees from -25 and its tenths; 255 when there is no sensor."""
    if degrees is None:
        return 0xFF, 0
    tenths = round(min(max(degrees, -24.5), 100.0) * 10)
    halves = abs(tenths) // 5
    byte = 50 + halves if tenths >= 0 else 50 - max(halves, 1)  # below zero even -0.3 must not look like +0.3
    return byte, abs(tenths) % 10


def _mode(settings: Settings) -> int:
    return (settings.mode & 0x7) << 5


def _half(degrees: float) -> int:
    return int(degrees % 1 >= 0.5)  # noqa: PLR2004 - half a degree


def _primary(degrees: float) -> int:
    return min(max(int(degrees) - 16, 1), 0x0F) | _half(degrees) << 4


def _swing(settings: Settings) -> int:
    return (0x0C if settings.swing_vertical else 0) | (0x03 if settings.swing_horizontal else 0)
