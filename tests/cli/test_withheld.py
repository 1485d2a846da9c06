"""What `hulian show` says of properties that an appliance only shows though its kind lets them be set."""

from gateway.cli.devices import withheld_lines


def test_what_cannot_be_set_is_told_in_one_line_a_reason() -> None:
    properties = {
        "fridgeTarget": {"readOnly": True, "withheld": "it takes no commands"},
        "fridgeTemperature": {"readOnly": True},
        "freezerTarget": {"readOnly": True, "withheld": "it takes no commands"},
        "mode": {"readOnly": True, "withheld": ""},
        "power": {"readOnly": False},
    }
    assert withheld_lines(properties) == [
        "Only shown, cannot be set: fridgeTarget, freezerTarget (it takes no commands)",
        "Only shown, cannot be set: mode",
    ]


def test_where_everything_can_be_set_nothing_is_said() -> None:
    assert withheld_lines({"power": {"readOnly": False}, "powerDraw": {"readOnly": True}}) == []
