"""What proves that a feature is there: a portrait that only says so is found out."""

from dataclasses import replace

from gateway.drivers.parts.selfdescribed.conversion import Linear, Words
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.proof import lost
from gateway.drivers.parts.selfdescribed.row import Row
from gateway.profile.instance import Instance
from tests.drivers.selfdescribed.kit import feature, instance, made, parts, told

LEVEL = feature("light/brightness", "number", access="rw", minimum=0, maximum=254)


def drawn(*features: Feature) -> dict[str, tuple[Instance, Row]]:
    """Return the rows of a device by key."""
    (device,) = parts(made(*features))
    return {row.keys[0]: (instance(device), row) for row in device.rows}


def test_what_stands_nowhere_is_lost() -> None:
    assert lost(LEVEL, []) == "it stands nowhere"


def test_what_is_told_and_set_is_not_lost() -> None:
    rows = drawn(feature("light/state", access="rw"), LEVEL)
    assert lost(LEVEL, [rows[LEVEL.key]]) == ""


def test_a_row_that_claims_to_set_what_is_only_shown_is_found_out() -> None:
    shown = feature("light/state")
    device, row = drawn(shown)[shown.key]
    assert lost(replace(shown, settable=True), [(device, replace(row, settable=True))]) == "it cannot be set: power is only shown"


def test_a_way_that_comes_back_elsewhere_is_found_out() -> None:
    class Crooked(Linear):
        def asked(self, _values: object, _shown: object) -> tuple[float]:
            return (3.0,)

    device, row = drawn(feature("light/state", access="rw"), LEVEL)[LEVEL.key]
    crooked = replace(row, conversion=Crooked(scale=100 / 254, whole=True, least=1, most=100))
    assert "comes out as 3.0" in lost(LEVEL, [(device, crooked)])


def test_a_word_left_out_and_a_value_beyond_the_range_are_found_out() -> None:
    mood = feature("sensitivity", "string", access="rw", words=("low", "high"))
    rows = drawn(feature("temperature", "number", "°C"), mood)
    device, row = rows[mood.key]
    assert "'high' says nothing" in lost(mood, [(device, replace(row, conversion=Words((("low", "low"),))))])
    device, row = drawn(feature("light/state", access="rw"), LEVEL)[LEVEL.key]
    assert "must be at least 1 and at most 100" in lost(LEVEL, [(device, replace(row, conversion=Linear()))])


def test_a_colour_outside_of_all_colours_is_no_colour() -> None:
    lamp = made(feature("light/state", access="rw"), *(feature(f"light/color.{axis}", "number", access="rw") for axis in "xy"))
    assert told(lamp, {"light/color.x": 1.5, "light/color.y": 0.4}) == {}
    assert told(lamp, {"light/color.x": -0.1, "light/color.y": 0.4}) == {}
