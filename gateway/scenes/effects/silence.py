"""Why nothing can be measured of a device: in words that say what to look at."""

from typing import Final

from gateway.home.twin import Twin
from gateway.scenes.house import House, reachable
from gateway.thing.value import Quality

ABSENT: Final = "it is not in this home any more"
_BELIEVED: Final = frozenset({None, Quality.GOOD, Quality.SIMULATED})
_MINUTE: Final = 60


def lacks(twin: Twin, name: str) -> str:
    """Return why a device will never show a property, "" where it may."""
    return "" if name in twin.instance.properties else f"this {twin.description.kind} has no property {name}"


def silence(house: House, device: str, name: str, now: float) -> str:
    """Return why a device shows nothing of a property that could be believed at a moment, "" where it does."""
    if device not in house.devices():
        return ABSENT
    twin = house.twin(device)
    if why := lacks(twin, name):
        return why
    if not reachable(twin):
        return "it is offline" + (f": {twin.availability.reason}" if twin.availability.reason else "")
    if name not in twin.values:
        return f"it has never said its {name}" if twin.last_seen else "it is online and has said nothing at all yet"
    return _doubt(twin, name, now)


def _doubt(twin: Twin, name: str, now: float) -> str:
    """Return why what a device shows is not believed, "" where it is."""
    quality = twin.quality.get(name)
    if quality in _BELIEVED:
        return ""
    if quality is Quality.ASSUMED:
        return f"its {name} is assumed, not measured"
    if quality is Quality.INVALID:
        return f"its {name} is no value of its profile"
    ago = max(0.0, now - (twin.last_seen or now))
    return f"it is online and was too slow: its {name} is old, last heard {_ago(ago)} ago"


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
