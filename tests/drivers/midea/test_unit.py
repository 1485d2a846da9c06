"""One unit on a connection that is made up: which questions it is asked, and what is made of frames that come."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from gateway.drivers.midea.connection import Connection
from gateway.drivers.midea.frame import QUERY, SET, Frame
from gateway.drivers.midea.mapping import mapping_of
from gateway.drivers.midea.unit import MideaUnit
from gateway.errors import SchemaViolation, StateConflict, TimedOut
from gateway.thing.value import Value

STANDBY, RUNNING = bytes([3, 1, 1, *bytes(28)]), bytes([3, 1, 2, *bytes(28)])


class Line:
    """A connection in this process: `bodies` are the answers to questions, the last one for ever; what is asked is written down."""

    def __init__(self, appliance: int, *bodies: bytes) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[Frame], None] = lambda _: None
        self.numbered = True
        self.asked: list[tuple[int, bytes]] = []
        self.pauses: list[float] = []
        self._appliance = appliance
        self._bodies = list(bodies)

    async def ask(self, appliance: int, purpose: int, body: bytes, answers: Callable[[Frame], bool], **_: int) -> Frame:
        self.asked.append((purpose, body))
        if purpose == SET:
            return Frame(appliance, SET, b"\x02")
        frame = Frame(self._appliance, QUERY, self._bodies.pop(0) if len(self._bodies) > 1 else self._bodies[0])
        self.heard(frame)
        if not answers(frame):
            raise TimedOut("the appliance did not answer")
        return frame

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def unit_on(line: Line, appliance: int) -> tuple[MideaUnit, dict[str, Value]]:
    mapping = mapping_of(appliance)
    assert mapping is not None
    unit = MideaUnit(cast("Connection", line), mapping, 7, {})
    said: dict[str, Value] = {}

    def heard(news: Mapping[str, Any]) -> None:
        said.update(news)

    unit.heard = heard
    return unit, said


async def test_a_machine_that_takes_its_time_is_looked_at_again() -> None:
    line = Line(0xDB, STANDBY, STANDBY, STANDBY, RUNNING)
    unit, said = unit_on(line, 0xDB)
    await unit.invoke("startProgram", {})
    assert said["cycleState"] == "running"
    assert len(line.pauses) == 2
    assert [purpose for purpose, _ in line.asked] == [QUERY, SET, QUERY, QUERY, QUERY]


async def test_a_machine_that_does_not_start_is_told_once_and_looked_at_three_times() -> None:
    line = Line(0xDB, STANDBY)
    unit, _ = unit_on(line, 0xDB)
    with pytest.raises(StateConflict, match="shows cycleState idle"):
        await unit.invoke("startProgram", None)
    assert [purpose for purpose, _ in line.asked] == [QUERY, SET, QUERY, QUERY, QUERY]
    with pytest.raises(SchemaViolation):
        await unit.invoke("startProgram", 3)


async def test_a_heater_that_shows_what_it_was_asked_is_not_asked_the_other_way() -> None:
    at_50, at_60 = bytes([1, 1, 1, *bytes(8), 50, *bytes(24)]), bytes([1, 1, 1, *bytes(8), 60, *bytes(24)])
    line = Line(0xE2, at_50)
    unit, _ = unit_on(line, 0xE2)
    await unit.set({"targetTemperature": 50})
    assert [body[0] for purpose, body in line.asked if purpose == SET] == [0x04]
    line = Line(0xE2, at_50, at_60)
    unit, _ = unit_on(line, 0xE2)
    await unit.set({"targetTemperature": 60})
    assert [body[0] for purpose, body in line.asked if purpose == SET] == [0x04, 0x14]


async def test_a_type_that_cannot_say_what_it_can_do_is_not_asked() -> None:
    line = Line(0xDB, STANDBY)
    unit, _ = unit_on(line, 0xDB)
    await unit.begin()
    assert line.asked == [(QUERY, b"\x03")]
    assert line.numbered is False


async def test_what_another_appliance_says_is_not_taken() -> None:
    line = Line(0xDB, STANDBY)
    unit, said = unit_on(line, 0xDB)
    line.heard(Frame(0xDC, 4, RUNNING))
    assert said == {}
    assert unit.shown == b""
    line.heard(Frame(0xDB, 4, RUNNING))
    assert said["cycleState"] == "running"


async def test_a_refrigerator_has_as_many_doors_as_it_showed_however_many_a_notice_names() -> None:
    line = Line(0xCA, bytes(32))
    unit, said = unit_on(line, 0xCA)
    await unit.probe()
    line.heard(Frame(0xCA, 4, bytes([0, 0x12, 0, 0])))
    assert said["doors"] == [{"id": "fridge", "open": False}, {"id": "freezer", "open": True}]


async def test_what_a_refrigerator_keeps_quiet_about_is_not_asked_again() -> None:
    line = Line(0xCA, bytes(32))
    unit, _ = unit_on(line, 0xCA)
    await unit.begin()
    assert [body for _, body in line.asked] == [b"\x00", b"\x02"]
    assert await unit.ask()
    assert [body for _, body in line.asked[2:]] == [b"\x00"]
