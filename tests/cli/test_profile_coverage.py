"""`hulian profile coverage`: definitions in Zigbee2MQTT's words, counted by hand here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.options import options
from gateway.drivers.parts.selfdescribed.carried import carried
from gateway.drivers.parts.selfdescribed.row import Row
from gateway.errors import ConfigurationInvalid

KEYS = ["devices", "devices_with_kind", "features", "features_standard", "features_vendor", "features_lost"]
LIGHT = {
    "model": "L1",
    "vendor": "Acme",
    "description": "Colour light",
    "exposes": [
        {
            "type": "light",
            "features": [
                {"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF"},
                {"type": "numeric", "name": "brightness", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254},
                {
                    "type": "composite",
                    "name": "color_xy",
                    "property": "color",
                    "access": 7,
                    "features": [{"type": "numeric", "name": axis, "property": axis, "access": 7} for axis in ("x", "y")],
                },
            ],
        },
        {"type": "enum", "name": "effect", "property": "effect", "access": 2, "values": ["blink", "okay"]},
        {"type": "enum", "name": "power_on_behavior", "property": "power_on_behavior", "access": 7, "category": "config", "values": ["on"]},
        {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1, "category": "diagnostic", "unit": "lqi"},
    ],
}
SENSOR = {
    "model": "S1",
    "vendor": "Acme",
    "description": "Sensor",
    "exposes": [
        {"type": "numeric", "name": "temperature", "property": "temperature", "access": 1, "unit": "°C"},
        {"type": "numeric", "name": "wobble", "property": "wobble", "access": 3, "unit": "°C", "value_min": 5, "value_max": 1},
        {
            "type": "composite",
            "name": "zone",
            "property": "zone",
            "category": "config",
            "features": [{"type": "numeric", "name": "x", "property": "x", "access": 3}],
        },
        {"type": "list", "name": "spots", "property": "spots", "access": 1, "item_type": {"type": "numeric", "name": "spot", "access": 1}},
    ],
}
ODD = {"model": "O1", "vendor": "Acme", "description": "?", "exposes": [{"type": "frobnicator", "name": "frob", "access": 3}]}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HULIAN_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    yield
    options.data, options.no_color, options.verbose = None, False, False


def run(*arguments: object, text: str | None = None, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["profile", "coverage", *map(str, arguments)], input=text)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def lines(*definitions: Any) -> str:
    return "".join(json.dumps({"definition": definition}) + "\n" for definition in definitions)


def test_leaves_are_counted_and_configuration_is_not(tmp_path: Path) -> None:
    file = tmp_path / "definitions.jsonl"
    file.write_text(lines(LIGHT, SENSOR, ODD), encoding="utf-8")
    found = json.loads(run(file, "--json").stdout)
    assert list(found)[:6] == KEYS
    assert [found[key] for key in KEYS] == [3, 2, 9, 6, 3, 0]
    assert found["devices_without_kind"] == {"no kind has frob": 1}
    assert {(group["feature"], group["reason"]) for group in found["vendor_groups"]} == {
        ("wobble", "no-word"),
        ("spots", "no-word"),
        ("frob", "no-word"),
    }
    assert found["lines_refused"] == []


def test_it_reads_standard_input_and_tells_people_in_tables() -> None:
    shown = run("-", text=lines(LIGHT, SENSOR)).stdout
    assert "devices" in shown
    assert "100.0%" in shown
    assert "wobble" in shown
    assert "the standard has no such affordance" in shown


def test_odd_lines_are_named_and_the_others_counted() -> None:
    text = "\ufeff" + lines(LIGHT) + "not json\n\n[1]\n" + '{"definition": {"exposes": 3}}\n' + "[" * 100000 + "\n" + lines(SENSOR)
    result = run("-", "--json", text=text)
    found = json.loads(result.stdout)
    assert found["devices"] == 2
    assert [line["line"] for line in found["lines_refused"]] == [2, 4, 5, 6]
    for number in (2, 4, 5, 6):
        assert f"line {number}: " in result.stderr


def test_a_file_without_one_definition_is_a_failure(tmp_path: Path) -> None:
    assert "line 1: has no object `definition`" in run("-", text='{"exposes": []}\n', code=1).stderr
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        run(tmp_path / "missing.jsonl")


def test_a_feature_that_stands_there_and_does_nothing_counts_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the rows apart in the counting, as a defect in the portrait would: what cannot be told or set is seen, not assumed."""

    def deaf(*arguments: Any) -> Any:
        return tuple(
            type(each)(each.description, tuple(_mute(row) for row in each.rows), each.unknown, each.atomic) for each in carried(*arguments)
        )

    monkeypatch.setattr("gateway.cli.coverage.carried", deaf)
    found = json.loads(run("-", "--json", text=lines(LIGHT)).stdout)
    assert found["features_lost"] == 2
    assert {(group["feature"], group["reason"]) for group in found["lost_groups"]} == {
        ("light/state", "it cannot be set: nothing sets it"),
        ("light/brightness", "it cannot be told: nothing tells it"),
    }


def _mute(row: Row) -> Row:
    return Row(
        keys=row.keys,
        names=row.names,
        conversion=row.conversion,
        section=row.section,
        told=row.told and row.names != ("brightness",),
        settable=row.settable and row.names != ("power",),
    )
