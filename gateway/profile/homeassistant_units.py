"""Units and device classes as Home Assistant has them, read in its releases 2024.3 and 2025.4."""

from collections.abc import Mapping
from types import MappingProxyType

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


def unit_of(senml: str | None) -> str | None:
    """Return Home Assistant's name of a unit, None where there is none."""
    return None if senml is None or senml in NO_UNIT else UNITS.get(senml, senml)
