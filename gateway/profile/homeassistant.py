"""The grammar of Home Assistant hooks (`hl:map.ha`) as tables: platforms, the parts of composite ones, terms, classes, units.

`check_map_ha` judges profiles by it and the face makes discovery messages with it, so that the two cannot differ.
What Home Assistant takes was read in its releases 2024.3 and 2025.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

BOOLEAN, CHOICE, NUMBER, TEXT, LIST, RECORD = "boolean", "choice", "number", "text", "list", "record"
"""Shapes of a schema: true or false; one of given values; a number; a free string; an array; an object."""
MANY_OPTIONS = 64
"""A number with more steps than this is no choice."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite platform.

    `shapes`: of the properties that can play it. `writes`: Home Assistant can set it. `section`: where it stands.
    `words`: the only values Home Assistant knows, None: any. `repeats`: several properties may play it together.
    """

    shapes: frozenset[str] = frozenset()
    writes: bool = False
    section: str = "properties"
    words: frozenset[str] | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: for a simple one (no `parts`) where it may stand, which shapes fit and whether it writes.

    `needs`: each group names parts of which at least one must be there; those in `written` must be writable.
    """

    sections: tuple[str, ...] = ("properties",)
    shapes: frozenset[str] = frozenset()
    writes: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    written: frozenset[str] = frozenset()


def _set(*shapes: str, words: tuple[str, ...] | None = None, repeats: bool = False) -> Part:
    return Part(frozenset(shapes), writes=True, words=None if words is None else frozenset(words), repeats=repeats)


def _shown(*shapes: str, words: tuple[str, ...] | None = None) -> Part:
    return Part(frozenset(shapes), words=None if words is None else frozenset(words))


_DONE = Part(section="actions")
_CLIMATE_MODES = ("auto", "cool", "heat", "heat_cool", "dry", "fan_only", "off")
_CLIMATE_ACTIONS = ("off", "heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting")
_SWITCHED = (BOOLEAN, CHOICE)
_WARM = {
    "power": _set(BOOLEAN),
    "temperature": _set(NUMBER),
    "current_temperature": _shown(NUMBER),
}
_MOVED = {
    "position": _set(NUMBER),
    "state": _set(BOOLEAN, CHOICE, words=("open", "closed")),
    "movement": _shown(CHOICE, words=("opening", "closing", "stopped")),
    "stop": _DONE,
}

PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "device": Platform(shapes=frozenset({RECORD})),
        "sensor": Platform(shapes=frozenset({BOOLEAN, CHOICE, NUMBER, TEXT, LIST, RECORD})),
        "binary_sensor": Platform(shapes=frozenset({BOOLEAN, CHOICE, LIST, RECORD})),
        "device_tracker": Platform(shapes=frozenset({BOOLEAN})),
        "switch": Platform(shapes=frozenset(_SWITCHED), writes=True),
        "number": Platform(("properties", "actions"), frozenset({NUMBER}), writes=True),
        "select": Platform(("properties", "actions"), frozenset({CHOICE, NUMBER}), writes=True),
        "text": Platform(("properties", "actions"), frozenset({TEXT, LIST, RECORD}), writes=True),
        "notify": Platform(("actions",), frozenset({TEXT})),
        "button": Platform(("actions",)),
        "scene": Platform(("actions",)),
        "event": Platform(("events",)),
        "climate": Platform(
            parts=_WARM
            | {
                "mode": _set(BOOLEAN, CHOICE, words=_CLIMATE_MODES),
                "target_humidity": _set(NUMBER),
                "current_humidity": _shown(NUMBER),
                "fan_mode": _set(CHOICE),
                "swing_mode": _set(BOOLEAN, CHOICE),
                "preset_mode": _set(BOOLEAN, CHOICE, repeats=True),
                "action": _shown(CHOICE, words=_CLIMATE_ACTIONS),
            },
            needs=(("mode", "power"),),
        ),
        "water_heater": Platform(parts=_WARM | {"mode": _set(BOOLEAN, CHOICE)}, needs=(("mode", "power"), ("temperature",))),
        "fan": Platform(
            parts={
                "state": _set(*_SWITCHED),
                "percentage": _set(NUMBER),
                "preset_mode": _set(BOOLEAN, CHOICE, repeats=True),
                "oscillation": _set(BOOLEAN),
            },
            needs=(("state",),),
            written=frozenset({"state"}),
        ),
        "light": Platform(
            parts={"state": _set(*_SWITCHED), "brightness": _set(NUMBER), "color_temp": _set(NUMBER), "xy": _set(RECORD)},
            needs=(("state",),),
            written=frozenset({"state"}),
        ),
        "cover": Platform(parts=_MOVED | {"tilt": _set(NUMBER)}, needs=(("position", "state"),)),
        "valve": Platform(parts=_MOVED, needs=(("position", "state"),)),
        "humidifier": Platform(
            parts={
                "state": _set(*_SWITCHED),
                "mode": _set(CHOICE),
                "target_humidity": _set(NUMBER),
                "current_humidity": _shown(NUMBER),
                "action": _shown(CHOICE, words=("humidifying", "drying", "idle", "off")),
            },
            needs=(("state",), ("target_humidity",)),
            written=frozenset({"state", "target_humidity"}),
        ),
        "lock": Platform(
            parts={
                "state": _shown(BOOLEAN, CHOICE, words=("locked", "locking", "unlocked", "unlocking", "jammed")),
                "lock": _DONE,
                "unlock": _DONE,
            },
            needs=(("state",), ("lock",)),
        ),
        "vacuum": Platform(
            parts={
                "state": _shown(CHOICE, words=("idle", "docked", "error", "paused", "returning", "cleaning")),
                "start": _DONE,
                "pause": _DONE,
                "stop": _DONE,
                "return_to_base": _DONE,
                "locate": _DONE,
            },
            needs=(("state",), ("start",)),
        ),
    }
)

_TERMS = """
platform topic entity enum value fold each member of values input device_class state_class icon category on off lossy
"""
TERMS = frozenset(_TERMS.split())
CATEGORIES = frozenset({"config", "diagnostic"})
STATE_CLASSES = frozenset({"measurement", "total", "total_increasing"})
FOLDS = frozenset({"power+mode", "any"})

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "Cel": "°C",
        "%RH": "%",
        "%EL": "%",
        "/100": "%",
        "1/min": "rpm",
        "beat/min": "bpm",
        "beats": "beats",
        "l": "L",
        "m2": "m²",
        "m3": "m³",
        "m/s2": "m/s²",
        "kg/m3": "kg/m³",
        "ug/m3": "µg/m³",
        "W/m2": "W/m²",
        "cd/m2": "cd/m²",
        "Ohm": "Ω",
        "deg": "°",
        "lon": "°",
        "lat": "°",
        "var": "var",
    }
)
"""SenML name to Home Assistant's where they differ."""
SCALED: Mapping[str, tuple[str, int]] = MappingProxyType({"l/s": ("L/min", 60), "m3/s": ("m³/h", 3600)})
"""SenML name to a unit Home Assistant knows and the factor to it."""
NO_UNIT = frozenset({"count", "/", "pH"})

_PARTICLES = frozenset({"ug/m3"})
CLASS_UNITS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "apparent_power": frozenset({"VA"}),
        "aqi": frozenset(),
        "area": frozenset({"m2"}),
        "atmospheric_pressure": frozenset({"Pa", "hPa"}),
        "battery": frozenset({"%", "%EL"}),
        "carbon_dioxide": frozenset({"ppm"}),
        "carbon_monoxide": frozenset({"ppm"}),
        "current": frozenset({"A", "mA"}),
        "data_rate": frozenset({"bit/s", "Mbit/s", "B/s", "MB/s"}),
        "data_size": frozenset({"bit", "B", "KiB", "GB"}),
        "date": frozenset(),
        "distance": frozenset({"m", "mm", "cm", "km"}),
        "duration": frozenset({"s", "min", "h", "ms"}),
        "energy": frozenset({"kWh", "Wh"}),
        "energy_storage": frozenset({"kWh", "Wh"}),
        "enum": frozenset(),
        "frequency": frozenset({"Hz", "MHz"}),
        "gas": frozenset({"m3"}),
        "humidity": frozenset({"%", "%RH"}),
        "illuminance": frozenset({"lx"}),
        "irradiance": frozenset({"W/m2"}),
        "moisture": frozenset({"%", "%RH"}),
        "nitrogen_dioxide": _PARTICLES,
        "ozone": _PARTICLES,
        "ph": frozenset({"pH"}),
        "pm1": _PARTICLES,
        "pm10": _PARTICLES,
        "pm25": _PARTICLES,
        "power": frozenset({"W", "kW"}),
        "power_factor": frozenset({"%", "/"}),
        "pressure": frozenset({"Pa", "hPa"}),
        "reactive_power": frozenset({"var"}),
        "signal_strength": frozenset({"dB", "dBm"}),
        "sound_pressure": frozenset({"dB"}),
        "speed": frozenset({"m/s", "km/h", "mm/h"}),
        "sulphur_dioxide": _PARTICLES,
        "temperature": frozenset({"Cel", "K"}),
        "timestamp": frozenset(),
        "volatile_organic_compounds": _PARTICLES,
        "volatile_organic_compounds_parts": frozenset({"ppm"}),
        "voltage": frozenset({"V", "mV"}),
        "volume": frozenset({"l", "m3"}),
        "volume_flow_rate": frozenset({"l/s", "m3/s"}),
        "volume_storage": frozenset({"l", "m3"}),
        "water": frozenset({"l", "m3"}),
        "weight": frozenset({"kg", "g"}),
    }
)
"""Device class of a sensor or number to the units that go with it, as SenML names."""
_BINARY = """
battery battery_charging carbon_monoxide cold connectivity door garage_door gas heat light lock moisture motion moving occupancy
opening plug power presence problem running safety smoke sound tamper update vibration window
"""
_COVERS = "awning blind curtain damper door garage gate shade shutter window"
CLASSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sensor": frozenset(CLASS_UNITS),
        "number": frozenset(CLASS_UNITS) - {"date", "enum", "timestamp"},
        "binary_sensor": frozenset(_BINARY.split()),
        "switch": frozenset({"outlet", "switch"}),
        "button": frozenset({"identify", "restart", "update"}),
        "event": frozenset({"doorbell", "button", "motion"}),
        "cover": frozenset(_COVERS.split()),
        "valve": frozenset({"water", "gas"}),
        "humidifier": frozenset({"humidifier", "dehumidifier"}),
    }
)


def shape_of(schema: Mapping[str, Any]) -> str | None:
    """Return the shape of a data schema, None where it has none."""
    kind = schema.get("type")
    if kind == "boolean":
        return BOOLEAN
    if kind == "array":
        return LIST
    if kind == "object":
        return RECORD
    if kind in ("number", "integer"):
        return NUMBER
    if kind == "string":
        return CHOICE if "enum" in schema else TEXT
    return None


def options_of(schema: Mapping[str, Any]) -> list[Any]:
    """Return the values a choice has: the enum, or every step of a number with few; empty when they are not to be listed."""
    if "enum" in schema:
        return list(schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1 if schema.get("type") == "integer" else None)
    if low is None or high is None or not step or (high - low) / step >= MANY_OPTIONS:
        return []
    return [low + step * number for number in range(int((high - low) / step) + 1)]


def unit_of(senml: str | None) -> str | None:
    """Return Home Assistant's name of a unit, None where there is none."""
    return None if senml is None or senml in NO_UNIT else UNITS.get(senml, senml)
