"""A player notices whatever a driver does otherwise than it was recorded."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.gree import unit
from gateway.drivers.parts.tap import tap
from gateway.drivers.recording.player import Differs, play, read_recording
from gateway.drivers.recording.recorder import Recording
from gateway.drivers.recording.session import listened
from gateway.drivers.spi import Context, Driver, Registration
from gateway.drivers.table import load
from gateway.errors import SchemaViolation
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.drivers.kit import LIBRARY, write

FILE = Path(__file__).parent.parent / "recordings" / "gree-air-conditioner-v1.jsonl"
MIIO = FILE.with_name("miio-air-conditioner.jsonl")
Event = dict[str, Any]


def events() -> tuple[Mapping[str, Any], list[Event]]:
    head, read = read_recording(FILE.read_text(encoding="utf-8").splitlines())
    return head, json.loads(json.dumps(read))


async def played(changed: list[Event], head: Mapping[str, Any] | None = None) -> int:
    return await play(head or events()[0], changed, load("gree"), LIBRARY)


def first(read: list[Event], what: str, contains: str = "") -> Event:
    return next(event for event in read if what in event and contains in json.dumps(event))


async def test_a_report_that_comes_out_otherwise_is_told_by_its_property() -> None:
    _, read = events()
    first(read, "report", '"complete": true')["report"]["values"]["targetTemperature"] = 17.0
    with pytest.raises(Differs, match=r"report 2 differs: targetTemperature is 26\.0, not 17\.0"):
        await played(read)


async def test_a_report_that_never_comes_is_missed_and_so_is_one_too_few() -> None:
    _, read = events()
    with pytest.raises(Differs, match="there is no report"):
        await played([*read, read[-1] | {"report": first(read, "report")["report"]}])
    assert await played(read[: read.index(first(read, "refresh"))]) == 1


async def test_a_unit_that_said_something_else_makes_another_report() -> None:
    _, read = events()
    heard = next(event for event in reversed(read) if "heard" in event)["heard"]["body"]
    heard["dat"][heard["cols"].index("SetTem")] = 30
    with pytest.raises(Differs, match="targetTemperature is 30"):
        await played(read)


async def test_a_driver_that_asks_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit.GreeUnit, "_shuffled", lambda _, names: sorted(names))
    with pytest.raises(Differs, match="the driver never says"):
        await played(events()[1])


async def test_a_set_that_goes_out_otherwise_is_noticed() -> None:
    _, read = events()
    first(read, "command")["command"]["input"] = 22.0
    with pytest.raises(Differs, match=r"the driver never says .*cmd"):
        await played(read)


async def test_another_description_is_noticed() -> None:
    _, read = events()
    first(read, "described")["described"][0]["features"].append("MTR")
    with pytest.raises(Differs, match="described as"):
        await played(read)


async def test_a_command_that_ends_otherwise_is_noticed() -> None:
    _, read = events()
    first(read, "done")["done"] = {"failed": "ReadOnly"}
    with pytest.raises(Differs, match="not with ReadOnly"):
        await played(read)


async def test_a_driver_that_has_learnt_to_ask_more_still_plays() -> None:
    """As if the unit had been recorded by a driver that did not ask for OutEnvTem: that question stays unanswered, for no real time."""
    _, read = events()
    read = read[: read.index(first(read, "refresh"))]
    read = [event for event in read if '["OutEnvTem"]' not in json.dumps(event)]
    del first(read, "report")["report"]["values"]["outdoorTemperature"]
    first(read, "described")["described"][0]["features"].remove("OUT")
    assert await played(read) == 1


async def test_a_real_unit_may_be_understood_better_but_not_otherwise() -> None:
    """A recording of a real unit cannot be made anew whenever its driver learns something."""
    head, read = events()
    for event in read:
        event.get("report", {}).get("values", {}).pop("fanMode", None)
    first(read, "described")["described"][0]["features"].remove("ECO")
    first(read, "described")["described"][0]["narrowing"] = {}
    with pytest.raises(Differs, match="described"):
        await played(read)
    assert await play(head, read, load("gree"), LIBRARY, loose=True) == sum("report" in event for event in read)
    first(read, "described")["described"][0]["features"].append("MTR")
    with pytest.raises(Differs, match="described"):
        await play(head, read, load("gree"), LIBRARY, loose=True)
    first(read, "described")["described"][0]["features"].remove("MTR")
    first(read, "report")["report"]["values"]["power"] = False
    with pytest.raises(Differs, match="power is True, not False"):
        await play(head, read, load("gree"), LIBRARY, loose=True)


async def test_a_question_that_is_asked_once_more_is_answered_as_it_was() -> None:
    """As if the device had been recorded by a driver that greets it less often."""
    head, read = read_recording(MIIO.read_text(encoding="utf-8").splitlines())
    greetings = [at for at, event in enumerate(read) if event.get("said") == {}]
    assert len(greetings) > 1
    at = greetings[-1]
    assert "Introduction" in json.dumps(read[at + 1])
    without = [*read[:at], *read[at + 2 :]]
    assert await play(head, without, load("miio"), LIBRARY) == sum("report" in event for event in read)


async def test_a_recording_that_was_cut_off_is_none_to_rely_on() -> None:
    _, read = events()
    with pytest.raises(Differs, match="cut off: too much"):
        await played([*read[:4], {"cut": "too much"}])


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"hulian": "recording-0"}', '{"hulian": "parcel-1"}'])
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises((SchemaViolation, ValueError)):
        read_recording(text.splitlines())


async def test_a_recording_without_a_word_from_the_unit_cannot_be_played() -> None:
    _, read = events()
    with pytest.raises(SchemaViolation, match="no tap"):
        await played([event for event in read if "heard" not in event])


async def test_a_refresh_that_ends_otherwise_is_noticed() -> None:
    _, read = events()
    first(read, "refreshed")["refreshed"] = "TimedOut"
    with pytest.raises(Differs, match="not with TimedOut"):
        await played(read)


class TwoLamps:
    """A session that carries two devices; `done` are those that were commanded."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def describe(self) -> tuple[Description, ...]:
        return tuple(Description(id=f"lamp-{number}", kind="light") for number in (1, 2))

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device="")

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.done.append(command.device)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        raise AssertionError(command_id)


async def test_a_command_goes_to_the_device_it_was_for() -> None:
    lamps, recording = TwoLamps(), Recording(SystemClock())
    recording.begin("lamps", Registration(driver="lamps", key="unit-1"), 1)
    session = listened(lamps, recording)
    recording.heard("hello")
    [_ async for _ in session.execute(write("lamp-2", "power", value=True))]

    @asynccontextmanager
    async def opened(registration: Registration, context: Context) -> AsyncIterator[TwoLamps]:  # noqa: ARG001 - a driver's signature
        beside = tap()
        assert beside is not None
        beside.listen(lambda _: None, lambda _: None)
        yield lamps

    driver = Driver(name="lamps", title="Lamps", kinds=("light",), recognise=lambda _: None, open=opened)
    head, read = read_recording(json.dumps(recording.entries.get_nowait()) for _ in range(recording.entries.qsize()))
    await play(head, read, driver, LIBRARY)
    assert lamps.done == ["lamp-2", "lamp-2"]
