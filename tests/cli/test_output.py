"""What a person sees of a device: its own values in the order of its profile, faults first, nothing that fills the screen."""

from typing import Any

import pytest

from gateway.cli.output import headlines, state_text, value_text


def test_a_kind_nobody_prepared_for_shows_its_own_values_in_the_order_of_its_profile() -> None:
    state = {
        "faults": [],
        "operatingHours": 5.0,
        "power": True,
        "stirring": "slow",
        "broth": 71.5,
        "lid": False,
        "salt": 2,
        "$": {"seq": 1},
    }
    assert headlines(state) == ["power", "stirring", "broth", "lid"]


def test_long_and_empty_values_are_left_out() -> None:
    assert headlines({"codes": [{"id": f"code-{number}"} for number in range(40)], "feeds": "", "power": False}) == ["power"]


def test_present_faults_doubtful_values_and_what_waits_are_marked() -> None:
    meta = {"q": {"power": "assumed"}, "pending": {"mode": None}}
    device = {"state": {"faults": [{"code": "WATER.CUT"}], "power": True, "mode": "eco", "$": meta}, "units": {}}
    assert state_text(device).plain == "WATER.CUT  power on (assumed)  mode eco …  "


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (True, None, "on"),
        (21.456789, "Cel", "21.457 °C"),
        ([], None, "none"),
        (["HEVC", "AVS3"], None, "HEVC, AVS3"),
        ({"x": 0.3, "y": 0.25}, None, "x 0.3 y 0.25"),
        ([{"id": "fridge", "open": True}], None, "fridge open"),
    ],
)
def test_a_value_in_words(value: Any, unit: str | None, text: str) -> None:
    assert value_text(value, unit) == text
