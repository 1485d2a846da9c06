"""Recording live sessions: one unit at a time, with nothing private in it, and nothing at all for the others."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.drivers.parts.tap import tap
from gateway.drivers.recording.player import play, read_recording
from gateway.drivers.recording.recorder import Recorder, Recording
from gateway.drivers.recording.session import listened
from gateway.drivers.spi import Context, Driver, Polled, Registration
from gateway.drivers.table import load
from gateway.errors import Offline, StateConflict
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session
from tests.drivers.contract_bench import simulated, watched
from tests.drivers.kit import LIBRARY, context, until, write
from tests.drivers.recordings.make import TOKEN, Scene, record

GREE = Scene(driver="gree", wire="gree", kind="air-conditioner", settings={"power": True}, writes={"mode": "heat"})


async def test_a_session_is_written_down_and_plays() -> None:
    entries = await record(GREE)
    kinds = {name for entry in entries for name in entry}
    assert {"hulian", "said", "heard", "described", "report", "refresh", "refreshed", "command", "done"} <= kinds
    head, events = read_recording(json.dumps(entry) for entry in entries)
    assert await play(head, events, load("gree"), LIBRARY) >= 3


async def test_whose_unit_it_is_is_in_no_line() -> None:
    recorder = Recorder(load)
    async with simulated(recorder.driver("gree"), "gree", "air-conditioner") as bench:
        mac, address = bench.registration.key, bench.network.address
        async with recorder.recording("gree", mac, bench.clock) as recording, watched(bench) as house:
            await until(lambda: house.sink.reports, "a report")
        text = "".join(json.dumps(recording.entries.get_nowait()) for _ in range(recording.entries.qsize()))
        assert "heard" in text
        assert mac not in text.lower()
        assert address not in text
        assert house.device not in text


async def test_a_unit_nobody_records_is_opened_as_ever() -> None:
    recorder = Recorder(load)
    async with simulated(recorder.driver("gree"), "gree", "air-conditioner") as bench:
        async with recorder.recording("gree", "another", bench.clock) as recording, watched(bench) as house:
            await until(lambda: house.sink.reports, "a report")
            assert type(house.sink.sessions[house.device]._session).__name__ == "AskedSession"  # type: ignore[attr-defined]
        assert recording.entries.qsize() == 1  # its end


async def test_a_unit_is_recorded_once_at_a_time_and_again_later() -> None:
    recorder, clock = Recorder(load), SystemClock()
    async with recorder.recording("gree", "aa", clock):
        with pytest.raises(StateConflict, match="already"):
            async with recorder.recording("gree", "aa", clock):
                pass
    async with recorder.recording("gree", "aa", clock):
        pass


async def test_a_unit_that_cannot_be_opened_is_a_recording_too() -> None:
    recorder, driver = Recorder(load), load("gree")
    nobody = Registration(driver="gree", key="aabbccddeeff", facts={"mac": "aabbccddeeff", "mid": "10001"})
    async with simulated("gree", "gree", "air-conditioner") as bench, recorder.recording("gree", nobody.key, bench.clock) as recording:
        with pytest.raises(Offline):
            async with recorder.driver("gree").open(nobody, bench.context):
                pass
        entries = [recording.entries.get_nowait() for _ in range(2)]
    assert entries[1] is not None
    assert entries[1]["unopened"] == "Offline"
    assert tap() is None
    assert driver.name == "gree"


async def test_a_unit_that_is_not_opened_in_time_cuts_it_off() -> None:
    recorder = Recorder(lambda _: never())
    unit = Registration(driver="never", key="unit-1")
    async with recorder.recording("never", unit.key, SystemClock()) as recording:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), recorder.driver("never").open(unit, context()):
                pass
    head, cut, end = (recording.entries.get_nowait() for _ in range(3))
    assert head is not None
    assert head["driver"] == "never"
    assert cut == {"cut": "the unit was not opened in time"}
    assert end is None


def never() -> Driver:
    @asynccontextmanager
    async def opened(registration: Registration, context: Context) -> AsyncIterator[Session]:
        await asyncio.Event().wait()
        raise AssertionError((registration, context))
        yield

    return Driver(name="never", title="Never", kinds=(), recognise=lambda _: None, open=opened)


async def test_more_than_can_be_kept_ends_it_and_says_so() -> None:
    recording = Recording(SystemClock())
    recording.begin("gree", Registration(driver="gree", key="aabbccddeeff"), 1)
    for number in range(5000):
        recording.heard(number)
    entries = []
    while (entry := recording.entries.get_nowait()) is not None:
        entries.append(entry)
    assert "cut" in entries[-1]
    assert len(entries) <= 4096


async def test_what_is_heard_before_the_last_word_had_its_effect_is_written_down_as_such() -> None:
    recording = Recording(SystemClock())
    recording.begin("dlna", Registration(driver="dlna", key="aabbccddeeff"), 1)
    for pause in (0, 1, 20, 0):
        recording.heard(pause)
        for _ in range(pause):
            await asyncio.sleep(0)
    recording.said("next")
    recording.heard("answer")
    recording.finish()
    entries = [entry for entry in iter(recording.entries.get_nowait, None) if "heard" in entry]
    assert [entry["heard"] for entry in entries if "atOnce" in entry] == [1, 20]


async def test_a_unit_is_opened_anew_without_being_said_to_be_away() -> None:
    async with simulated("gree", "gree", "air-conditioner") as bench, watched(bench) as house:
        await until(lambda: house.sink.reports, "a report")
        house.supervisor.again("gree", bench.registration.key)
        house.supervisor.again("gree", "nobody")
        await until(lambda: len(house.sink.attached) == 2, "attached again")
        assert house.sink.detached == []
        assert house.online


async def test_other_credentials_open_it_anew_and_a_wrong_one_is_why_it_is_away() -> None:
    answers = {"token": TOKEN}
    facts = {"model": "chuangmi.plug.212a01", "token": TOKEN}
    async with simulated("miio", "miio", "plug", facts=facts, answers=answers) as bench, watched(bench) as house:
        await until(lambda: house.sink.reports, "a report")
        right = bench.registration
        house.supervisor.add(replace(right, credentials={"token": "f" * 32}))
        await house.later(lambda: not house.online, "away")
        assert "token" in house.sink.reasons[house.device]
        assert house.supervisor.status()[0].devices == (house.device,)
        house.supervisor.add(right)
        await house.later(lambda: house.online, "back")


async def test_the_serial_number_of_a_node_is_in_no_recording() -> None:
    entries = await record(Scene(driver="echonet", wire="echonet", kind="air-conditioner"))
    told = [each["of"] for entry in entries if "heard" in entry for each in entry["heard"]["properties"]["of"]]
    serials = [data["hex"] for code, data in told if code == 0x8D]
    assert serials
    assert all(set(serial) <= {"0"} for serial in serials)


async def test_silence_is_written_down_and_plays_in_no_time() -> None:
    recorder = Recorder(load)
    async with simulated(recorder.driver("gree"), "gree", "air-conditioner") as bench:
        async with recorder.recording("gree", bench.registration.key, bench.clock) as recording, watched(bench) as house:
            await house.whole()
            bench.unit.network.supply(on=False)
            await house.later(lambda: not house.online, "away")
        entries = []
        while (entry := recording.entries.get_nowait()) is not None:
            entries.append(entry)
    assert [entry["refreshed"] for entry in entries if "refreshed" in entry][-1] == "TimedOut"
    head, events = read_recording(json.dumps(entry) for entry in entries)
    assert await play(head, events, load("gree"), LIBRARY) >= 1


async def test_a_connection_that_another_client_takes_is_written_down_and_plays() -> None:
    recorder = Recorder(load)
    async with simulated(recorder.driver("midea"), "midea-v2", "air-conditioner") as bench:
        async with recorder.recording("midea", bench.registration.key, bench.clock) as recording, watched(bench) as house:
            await until(lambda: any(report.complete for report in house.sink.reports), "a complete report")
            _, taker = await asyncio.open_connection(bench.network.address, bench.registration.port)
            await until(lambda: any("ended" in entry for entry in seen(recording)), "thrown out")
            taker.close()
            await asyncio.sleep(0.1)
        head, events = read_recording(json.dumps(entry) for entry in seen(recording) if entry is not None)
        assert await play(head, events, load("midea"), LIBRARY) >= 1


def seen(recording: Recording) -> list[Any]:
    """Return the entries so far, and leave them where they are."""
    return list(recording.entries._queue)  # type: ignore[attr-defined]


class Late:
    """A session that opens its conversations when it is asked, and notes who taps them."""

    interval = 5.0

    def __init__(self) -> None:
        self.taps: list[object] = []

    def describe(self) -> tuple[Description, ...]:
        return ()

    async def reports(self) -> AsyncIterator[Report]:
        yield Report(device="")

    async def refresh(self) -> None:
        self.taps.append(tap())

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.taps.append(tap())
        yield Progress(state=AckState.COMPLETED, output=command.name)

    async def cancel(self, command_id: str) -> None:
        raise StateConflict(command_id)


async def test_what_a_session_opens_later_is_tapped_too_and_nothing_after_it() -> None:
    recording, late = Recording(SystemClock()), Late()
    session = listened(late, recording)
    assert isinstance(session, Polled)
    await session.refresh()
    done = [stage async for stage in session.execute(write("", "power", value=True))]
    assert late.taps == [recording, recording]
    assert [stage.output for stage in done] == ["power"]
    assert session.interval == 5.0
    assert tap() is None


@pytest.mark.parametrize("wire", ["native-mqtt", "native-coap", "native"])
async def test_an_appliance_that_speaks_the_standard_is_recorded_and_plays(wire: str) -> None:
    entries = await record(Scene(driver="native", wire=wire, kind="plug", writes={"power": True}))
    head, events = read_recording(json.dumps(entry) for entry in entries)
    assert any("said" in event for event in events)
    assert await play(head, events, load("native"), LIBRARY) == sum("report" in event for event in events) > 0
