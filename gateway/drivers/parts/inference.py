"""What an air conditioner does at this moment, which the status of most makes does not say.

Power off is `off`, mode fan is `fan`, and a unit that reports defrosting is `defrosting`: these are said, so their quality is good.
Otherwise the compressor tells: where the unit answers the question about its outdoor unit (frequency in hertz), standing still is `idle`
and running is what the mode is for; good, except in automatic mode, where heating or cooling is guessed from the side of the target on
which the room is. Where it keeps quiet about the compressor, everything is guessed: it runs while the room is more than half a kelvin
short of the target. Guesses have the quality `assumed`.
A wire that has words of its own for a special state says so in `_doing`.
"""

from collections.abc import Callable, Mapping

from gateway.thing.value import Quality, Value

PROPERTY = "operatingState"
_SLACK = 0.5
_DOING = {"cool": "cooling", "heat": "heating", "dry": "dehumidifying"}


def air_conditioner(readings: Mapping[str, Value]) -> tuple[str, Quality] | None:
    """Return the operating state and how far it can be believed; None while too little is known."""
    power, mode, hertz = readings.get("power"), readings.get("mode"), readings.get("_hertz")
    if power is None or mode is None:
        return None
    if power and (doing := readings.get("_doing")):
        return str(doing), Quality.GOOD
    if (said := _said(power, mode, hertz, defrosting=bool(readings.get("_defrosting")))) is not None:
        return said, Quality.GOOD
    if hertz is None:
        return _guessed(mode, readings)
    return (_side(readings), Quality.ASSUMED) if mode == "auto" else (_DOING[mode], Quality.GOOD)


def _said(power: Value, mode: Value, hertz: Value, *, defrosting: bool) -> str | None:
    """Return what needs no thought, None when the compressor has to be asked."""
    if not power:
        return "off"
    if mode == "fan":
        return "fan"
    if defrosting:
        return "defrosting"
    return "idle" if hertz == 0 else None


def _guessed(mode: str, readings: Mapping[str, Value]) -> tuple[str, Quality]:
    doing = _side(readings) if mode == "auto" else _DOING[mode]
    reach = _too_warm(readings) if doing == "cooling" else -_too_warm(readings)
    idle = doing != "dehumidifying" and reach < _SLACK
    return "idle" if idle else doing, Quality.ASSUMED


def _side(readings: Mapping[str, Value]) -> str:
    return "cooling" if _too_warm(readings) >= 0 else "heating"


def _too_warm(readings: Mapping[str, Value]) -> float:
    """Return how far the room is above the target, kelvin; zero while either is unknown."""
    room, target = readings.get("roomTemperature"), readings.get("targetTemperature")
    return 0.0 if room is None or target is None else float(room - target)


def dehumidifier(readings: Mapping[str, Value]) -> tuple[str, Quality] | None:
    """Return the operating state of one that does not tell it: off and a tank that stops it are said, the rest is guessed."""
    power, mode = readings.get("power"), readings.get("mode")
    if power is None:
        return None
    if not power or readings.get("tank", "ok") != "ok":
        return "idle" if power else "off", Quality.GOOD
    room, target = readings.get("roomHumidity"), readings.get("targetHumidity")
    if mode in {"manual", "laundry"}:
        return "dehumidifying", Quality.ASSUMED
    if mode is None or room is None or target is None:
        return None
    return "dehumidifying" if room > target else "idle", Quality.ASSUMED


def space_heater(readings: Mapping[str, Value]) -> tuple[str, Quality] | None:
    """Return what a heater that does not tell it does: it heats while the room is colder than it is set to."""
    power, room, target = readings.get("power"), readings.get("roomTemperature"), readings.get("targetTemperature")
    if power is None:
        return None
    if not power:
        return "off", Quality.GOOD
    if room is None or target is None:
        return None
    return "heating" if room < target else "idle", Quality.ASSUMED


INFERENCES: dict[str, Callable[[Mapping[str, Value]], tuple[str, Quality] | None]] = {
    "air-conditioner": air_conditioner,
    "dehumidifier": dehumidifier,
    "space-heater": space_heater,
}
"""Name in the mapping data (`infer`) to the function."""
