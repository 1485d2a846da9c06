"""What a person sees of a device: its own values in the order of its profile, faults first, nothing that fills the screen."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from gateway.cli.output import devices_table, headlines, state_text, value_text


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


def _device(**also: Any) -> dict[str, Any]:
    state = {"targetTemperature": 26.0, "roomTemperature": 29.5, "power": True}
    reach = {"state": "online", "reason": ""}
    return {"id": "ac-7f3k2m9q", "kind": "electric-water-heater", "title": "ECHONET Lite water heater", "availability": reach} | {
        "state": state | {"$": {}},
        "units": dict.fromkeys(("targetTemperature", "roomTemperature"), "Cel"),
        **also,
    }


def _drawn(*devices: dict[str, Any], width: int = 80) -> str:
    screen = Console(width=width, file=StringIO(), color_system=None)
    with screen.capture() as drawn:
        screen.print(devices_table(devices))
    return drawn.get()


def test_a_home_fits_eighty_columns_and_no_name_of_a_value_is_torn_apart() -> None:
    drawn = _drawn(
        _device(), _device(room="living-room"), _device(availability={"state": "offline", "reason": "the unit answers no search"})
    )
    assert max(map(len, drawn.splitlines())) <= 80
    assert all(whole in drawn for whole in ("ac-7f3k2m9q", "living-room", "targetTemperature", "offline"))


def test_a_home_without_rooms_has_no_column_for_them() -> None:
    assert "Room" not in _drawn(_device())
    assert "Room" in _drawn(_device(), _device(room="hall"))


def test_one_doubt_about_everything_is_said_once() -> None:
    stale = {"q": dict.fromkeys(("power", "mode"), "stale")}
    device = {"state": {"power": True, "mode": "eco", "$": stale}, "units": {}}
    assert state_text(device).plain == "power on  mode eco  (all stale)"
