"""An atomic action asks only for settings the device has, within the device's own limits; gateway, simulator and judge agree."""

from typing import Any

import pytest

from tests.profile.vectors import GOOD, Gateway, Judge, Simulator

READERS = pytest.mark.parametrize("reader", [Gateway(), Simulator(), Judge()], ids=["gateway", "simulator", "judge"])
READY = {"power": True, "cycleState": "idle", "interlock": True, "remoteEnabled": True}


def start(reader: Any, input: dict[str, Any], features: tuple[str, ...]) -> Any:
    return reader.action({"kind": "clothes-dryer", "features": features, "before": READY, "action": "startProgram", "input": input})


@READERS
def test_a_dryer_that_cannot_time_its_drying_takes_no_time(reader: Any) -> None:
    assert start(reader, {"dryTime": 30}, ()).code == "schema"


@READERS
def test_one_that_can_takes_it_with_the_program_that_needs_it(reader: Any) -> None:
    assert start(reader, {"program": "timed", "dryTime": 30}, ("TIM",)) == GOOD


@READERS
def test_what_has_no_name_of_a_setting_stays_with_the_action(reader: Any) -> None:
    assert start(reader, {"delay": 600}, ()) == GOOD
