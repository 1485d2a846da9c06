"""Every device Zigbee2MQTT knows, against what Zigbee2MQTT tells Home Assistant of it.

A program of theirs (a child process) lists its definitions and its own discovery for each; `hulian profile coverage` reads the former. The
figures are the issue's: all load, 93% have a kind, 80% of the features stand on standard affordances that agree in unit and class, none is
lost. Units and classes are held against tables written here, by hand, from SenML's register and Home Assistant's documentation.
"""

import io
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.coverage import Coverage, counted
from gateway.drivers.parts.selfdescribed.feature import Category
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.row import Part, Row, Section
from gateway.drivers.zigbee2mqtt.exposes import exposed
from gateway.profile.library import Library
from tests.kit.demo import ROOT

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
DEFINITIONS = Path(__file__).parent / "zigbee_definitions.cjs"
MODULES = ROOT / ".interop" / "node_modules"
KINDS, STANDARD = 0.93, 0.80
COMPOSITE = {"light", "climate", "cover", "lock", "fan", "siren", "infrared"}
"""Components that show several properties at once; a unit or class of theirs is no property's."""

UNITS: Mapping[str, set[str | None]] = {
    "Cel": {"°C", "C", "ºC", "℃", "°F", "℉"},
    "%RH": {"%"},
    "%": {"%", "percent"},
    "/": {"%", None},
    "hPa": {"hPa", "kPa", "Pa", "bar"},
    "lx": {"lx", "lux", "Lx"},
    "ppm": {"ppm", "ppb", "PPM"},
    "ug/m3": {"µg/m³", "ug/m3", "mg/m³", "μg/m³"},
    "W": {"W", "kW", "w", "watt"},
    "kWh": {"kWh", "Wh", "KWh"},
    "V": {"V", "mV", "volt", "Volt"},
    "A": {"A", "mA"},
    "Hz": {"Hz"},
    "VA": {"VA", "kVA"},
    "var": {"VAR", "VAr", "var", "kVAR"},
    "s": {
        "s",
        "sec",
        "Sec",
        "seconds",
        "Seconds",
        "min",
        "min.",
        "minutes",
        "minute",
        "h",
        "Hours",
        "hours",
        "ms",
        "d",
        "day",
        "days",
        "mins",
    },
    "h": {"h", "Hours", "hours"},
    "min": {"min", "minutes"},
    "m": {"m", "meters", "cm", "mm"},
    "m3": {"m³", "m3", "L", "l", "gal"},
    "l": {"L", "l", "m³", "gal"},
    "l/s": {"m³/h", "L/min", "L/h"},
    "dB": {"dB", "dBA"},
    "dBm": {"dBm"},
    "deg": {"°"},
    "m/s": {"m/s", "km/h"},
    "mm": {"mm"},
    "mm/h": {"mm/h"},
    "K": {"mired"},
}
"""SenML's name to what Home Assistant may show: the same quantity, whose spelling or scale differs."""
BARE: set[str | None] = {None, "lqi", "VOC Index points", "VOC index points", "count"}
"""What may stand where the standard has no unit."""
CLASSES = {
    "temperature": {"temperature"},
    "roomTemperature": {"temperature"},
    "plugTemperature": {"temperature"},
    "deviceTemperature": {"temperature"},
    "outsideTemperature": {"temperature"},
    "outdoorTemperature": {"temperature"},
    "soilTemperature": {"temperature"},
    "localTemperature": {"temperature"},
    "dewPoint": {"temperature"},
    "temperatureCalibration": {"temperature_delta", "temperature"},
    "temperatureHigh": {"temperature"},
    "temperatureLow": {"temperature"},
    "comfortTemperatureMinimum": {"temperature"},
    "comfortTemperatureMaximum": {"temperature"},
    "outsideTemperatureInput": {"temperature"},
    "roomTemperatureInput": {"temperature"},
    "humidity": {"humidity"},
    "roomHumidity": {"humidity"},
    "humidityHigh": {"humidity"},
    "humidityLow": {"humidity"},
    "comfortHumidityMinimum": {"humidity"},
    "comfortHumidityMaximum": {"humidity"},
    "soilMoisture": {"moisture"},
    "pressure": {"atmospheric_pressure"},
    "illuminance": {"illuminance"},
    "co2": {"carbon_dioxide"},
    "voc": {"volatile_organic_compounds"},
    "vocParts": {"volatile_organic_compounds_parts"},
    "pm25": {"pm25"},
    "pm10": {"pm10"},
    "pm1": {"pm1"},
    "airQualityIndex": {"aqi"},
    "noise": {"sound_pressure"},
    "windSpeed": {"wind_speed"},
    "rainfall": {"precipitation"},
    "rainIntensity": {"precipitation_intensity"},
    "distance": {"distance"},
    "occupied": {"occupancy", "presence"},
    "contactOpen": {"door", "window", "opening", "garage_door"},
    "windowOpen": {"window"},
    "leak": {"moisture"},
    "raining": {"moisture"},
    "smokeDetected": {"smoke"},
    "smoke": {"smoke"},
    "gasDetected": {"gas"},
    "gasAlarm": {"gas"},
    "co": {"carbon_monoxide"},
    "coDetected": {"carbon_monoxide"},
    "vibrating": {"vibration"},
    "moving": {"moving"},
    "tampered": {"tamper"},
    "soundDetected": {"sound"},
    "alarmActive": {"safety"},
    "inProblem": {"problem"},
    "battery": {"battery"},
    "batteryLow": {"battery"},
    "batteryVoltage": {"voltage"},
    "charging": {"battery_charging"},
    "mainsVoltage": {"voltage"},
    "loadConnected": {"plug"},
    "boostRemaining": {"duration"},
    "flow": {"volume_flow_rate"},
    "waterTotal": {"water"},
    "volumeTotal": {"water"},
    "gasTotal": {"gas"},
    "frequency": {"frequency"},
}
ELECTRIC = {"powerDraw": "power", "energy": "energy", "voltage": "voltage", "current": "current", "powerFactor": "power_factor"}
"""Of these there are several: phases, days, tariffs."""


@pytest.fixture(scope="module")
def lines() -> tuple[dict[str, Any], ...]:
    """Return what Zigbee2MQTT knows: definitions with its discovery."""
    if not (MODULES / "zigbee2mqtt").exists() or shutil.which("node") is None:
        pytest.skip("zigbee2mqtt is not installed: run `make interop` (needs npm)")
    environment = {"NODE_PATH": str(MODULES), "PATH": os.environ["PATH"]}
    done = subprocess.run(["node", str(DEFINITIONS)], env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    return tuple(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def library() -> Library:
    """Return the standard."""
    return Library()


@pytest.fixture(scope="module")
def coverage(lines: tuple[dict[str, Any], ...], library: Library) -> Coverage:
    """Return what `hulian profile coverage` counts."""
    return counted(io.StringIO("\n".join(json.dumps(line) for line in lines)), library)


def test_every_definition_loads(lines: tuple[dict[str, Any], ...], coverage: Coverage) -> None:
    assert [line for line in lines if "definition" not in line] == []
    assert coverage.refused == []
    assert coverage.devices == len(lines) > 4000


def test_nearly_every_device_has_a_kind(coverage: Coverage) -> None:
    assert coverage.with_kind >= KINDS * coverage.devices, coverage.kindless.most_common(20)


def test_no_feature_is_lost(coverage: Coverage) -> None:
    assert coverage.lost == 0, coverage.losses.most_common(20)


def test_every_leaf_is_counted_once(lines: tuple[dict[str, Any], ...], coverage: Coverage) -> None:
    counted_here = sum(1 for line in lines for expose in line["definition"]["exposes"] for _ in _leaves(expose, ""))
    assert coverage.features == counted_here
    assert coverage.standard + sum(coverage.vendor.values()) + coverage.lost == coverage.features


def test_most_features_are_standard_and_agree_with_zigbee2mqtt_on_unit_and_class(
    lines: tuple[dict[str, Any], ...], library: Library, coverage: Coverage
) -> None:
    wrong: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        wrong += _disagreements(line, library)
    assert sum(wrong.values()) <= 0.001 * coverage.features, wrong.most_common(30)
    assert coverage.standard - sum(wrong.values()) >= STANDARD * coverage.features, (coverage.standard, coverage.features)


def _disagreements(line: Mapping[str, Any], library: Library) -> Counter[tuple[str, ...]]:
    read = exposed(line["definition"])
    shown = {entry["property"]: entry for entry in line["discovery"] if entry["component"] not in COMPOSITE}
    rows = {key: (part, row) for part in portrait(read.claim, library).parts for row in part.rows for key in row.keys}
    wrong: Counter[tuple[str, ...]] = Counter()
    for leaf in read.leaves:
        part, row = rows[leaf.key]
        theirs = shown.get(leaf.key)
        if leaf.category is Category.MAIN and row.standard and row.section is Section.PROPERTY and theirs is not None:
            name = row.names[-1]
            unit = _schema(part, row, library).get("unit")
            if theirs["unit"] not in (UNITS[unit] if unit is not None else BARE):
                wrong[name, leaf.key, "unit", str(theirs["unit"]), str(unit)] += 1
            if theirs["device_class"] is not None and not _is_class(name, theirs["device_class"]):
                wrong[name, leaf.key, "class", theirs["device_class"]] += 1
    return wrong


def _is_class(name: str, theirs: str) -> bool:
    if name in CLASSES:
        return theirs in CLASSES[name]
    return any(name.startswith(beginning) and theirs == word for beginning, word in ELECTRIC.items())


def _schema(part: Part, row: Row, library: Library) -> Mapping[str, Any]:
    """Return the standard's schema of what a row is about."""
    name = row.names[-1]
    borrowed = part.additions.get("properties", {}).get(name)
    if borrowed is None:
        found: Mapping[str, Any] = library.model(part.kind, part.major).document["properties"][name]
        return found
    mixin = borrowed["tm:ref"].removeprefix("./").partition(".yaml")[0]
    schema: Mapping[str, Any] = library.mixin(mixin)["properties"][name]
    return schema


def _leaves(expose: Mapping[str, Any], above: str) -> Iterator[Mapping[str, Any]]:
    """Yield the leaves that are neither diagnostic nor configuration, by another reading than the gateway's."""
    category = expose.get("category", above)
    if "features" in expose and expose["type"] != "list":
        for inner in expose["features"]:
            yield from _leaves(inner, category)
    elif category not in ("diagnostic", "config"):
        yield expose
