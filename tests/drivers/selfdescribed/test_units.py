"""Spellings of units: what a wire writes, and which unit of the profile that is."""

import pytest

from gateway.drivers.parts.selfdescribed.units import Scale, normal, scale_to, senml


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("°C", "Cel"),
        ("C", "Cel"),
        ("celsius", "Cel"),
        ("  C", "Cel"),
        ("℃", "Cel"),
        ("ºC", "Cel"),
        ("µg/m³", "ug/m3"),
        ("μg/m³", "ug/m3"),
        ("ug/m3", "ug/m3"),
        ("lx", "lx"),
        ("Lux", "lx"),
        ("kWh", "kWh"),
        ("W", "W"),
        ("%", "%"),
        ("ppm", "ppm"),
        ("Seconds", "s"),
        ("Hr", "h"),
        ("VAR", "var"),
        ("m³", "m3"),
        ("dBA", "dB"),
        ("lqi", "count"),
        ("rpm", "1/min"),
    ],
)
def test_spellings_are_senml_names(spelling: str, name: str) -> None:
    assert senml(spelling) == name
    assert scale_to(spelling, name) == Scale()


@pytest.mark.parametrize("spelling", ["", "mired", "VOC Index points", "F", "portion", "x" * 1000000, "\u0000", "°"[:0]])
def test_what_is_no_unit_has_no_name(spelling: str) -> None:
    assert senml(spelling) is None


@pytest.mark.parametrize(
    ("spelling", "target", "raw", "value"),
    [
        ("°F", "Cel", 212, 100),
        ("kPa", "hPa", 101.3, 1013),
        ("mV", "V", 3000, 3),
        ("mA", "A", 1500, 1.5),
        ("ppb", "ppm", 500, 0.5),
        ("min", "s", 2, 120),
        ("Hours", "s", 1, 3600),
        ("mg/m³", "ug/m3", 0.05, 50),
        ("%", "%RH", 45, 45),
        ("cm", "m", 150, 1.5),
        ("m³/h", "l/s", 3.6, 1),
        ("L", "m3", 1000, 1),
        ("Wh", "kWh", 1500, 1.5),
        ("psi", "hPa", 1, 68.94757),
    ],
)
def test_other_units_of_a_quantity_are_scaled(spelling: str, target: str, raw: float, value: float) -> None:
    scale = scale_to(spelling, target)
    assert scale is not None
    assert raw * scale.scale + scale.offset == pytest.approx(value)


@pytest.mark.parametrize(("spelling", "target"), [("%", "Cel"), ("V", "A"), ("s", "W"), ("", "Cel"), ("m", "min"), ("kWh", "W")])
def test_another_quantity_has_no_scale(spelling: str, target: str) -> None:
    assert scale_to(spelling, target) is None


def test_a_unit_without_a_name_is_told_in_one_that_has_one() -> None:
    assert normal("°F") == ("Cel", Scale(0.5555555555555556, -17.77777777777778))
    assert normal("kPa") == ("hPa", Scale(10))
    assert normal("bananas") == ("", Scale())
