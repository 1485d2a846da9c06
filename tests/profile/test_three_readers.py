"""What the vectors of the twelve kinds do not reach, and gateway, simulator and judge must see alike all the same."""

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


@READERS
def test_a_guard_that_reads_a_lid_does_not_apply_where_nobody_sees_the_lid(reader: Any) -> None:
    running = {"kind": "rice-cooker", "before": {"cycleState": "running"}, "action": "startProgram"}
    assert reader.action({**running, "features": ("LID",)}).rules == {"rice-start"}
    assert reader.action({**running, "features": ()}) == GOOD


@READERS
def test_an_area_is_named_once(reader: Any) -> None:
    docked = {"kind": "robot-vacuum", "features": ("ARE",), "before": {"state": "docked"}, "action": "start"}
    assert reader.action({**docked, "input": {"areas": ["a", "b"]}}) == GOOD
    assert reader.action({**docked, "input": {"areas": ["a", "b", "a"]}}).code == "schema"
