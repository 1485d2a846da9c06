"""Unit names a profile may use: the registered SenML ones (RFC 8428, and RFC 8798 with its secondary units)."""

_PRIMARY = """
m kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 cd/m2
bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m B VA VAs var vars J/m kg/m3 deg NTU
"""
_SECONDARY = """
ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 /1000
hPa mm cm km km/h
"""
UNITS = frozenset(_PRIMARY.split()) | frozenset(_SECONDARY.split())

SYMBOLS = {
    "Cel": "°C",
    "%RH": "%",
    "1/min": "rpm",
    "m2": "m²",
    "m3": "m³",
    "ug/m3": "µg/m³",
    "m3/h": "m³/h",
    "Ohm": "Ω",
    "deg": "°",
    "beat/min": "bpm",
    "lat": "°",
    "lon": "°",
    "count": "",
    "/": "",
}
"""SenML units that people write otherwise; the rest is written as it is."""


def symbol(unit: str | None) -> str:
    """Return a unit as people write it; empty where there is none."""
    return "" if unit is None else SYMBOLS.get(unit, unit)
