"""What the driver makes of a device's answers: batches, refusals, settings whose answers were lost, actions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from gateway.drivers.miio.line import line
from gateway.drivers.miio.sheet import sheet_of
from gateway.drivers.miio.unit import DeviceUnit
from gateway.errors import CommandError, DeviceFailure, ReadOnly, SchemaViolation, TimedOut, Unknown
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.miio.conftest import TOKEN, Scripted, Trouble, scripted
from tests.drivers.units import Hurry

FAN: dict[str, Value] = {"2.1": True, "2.3": 1, "2.4": False, "2.6": 40, "3.1": 0, "6.2": 0, "7.1": False}
READINGS = {"power": True, "mode": "natural", "swing": False, "fanPercent": 40, "offTimer": 0, "_fault": 0, "childLock": False}


class Board:
    """A fan that shows `values`, takes what it is told, and carries `most` properties in one answer."""

    def __init__(self, values: dict[str, Value] = FAN, most: int = 99) -> None:
        self.values = dict(values)
        self.most = most
        self.codes: dict[str, int] = {}
        self.sets = 0

    def __call__(self, method: str, params: Any) -> Any:
        if method == "get_properties":
            return Trouble(-9999) if len(params) > self.most else [self.shown(one) for one in params]
        if method == "set_properties":
            self.sets += 1
            return [self.taken(one) for one in params]
        if method == "get_prop":
            return [self.values.get(name) for name in params[: self.most]]
        return Trouble(-5000)

    def shown(self, one: Any) -> Any:
        key = f"{one['siid']}.{one['piid']}"
        code = self.codes.get(key, 0 if key in self.values else -4003)
        return {"did": one["did"], "siid": one["siid"], "piid": one["piid"], "code": code} | ({} if code else {"value": self.values[key]})

    def taken(self, one: Any) -> Any:
        key = f"{one['siid']}.{one['piid']}"
        code = self.codes.get(key, 0)
        if code in (0, 1):
            self.values[key] = one["value"]
        return {"did": one["did"], "siid": one["siid"], "piid": one["piid"], "code": code}


@asynccontextmanager
async def opened(
    script: Any, clock: SystemClock, model: str = "dmaker.fan.p11"
) -> AsyncIterator[tuple[DeviceUnit, Scripted, dict[str, Value]]]:
    sheet = sheet_of(model)
    assert sheet is not None
    readings: dict[str, Value] = {}
    async with scripted(script) as (device, where, port), line(where, port, TOKEN, clock, Random(1)) as talk:
        await talk.greet()
        unit = DeviceUnit(talk, sheet)
        unit.heard = readings.update
        yield unit, device, readings


async def test_everything_is_asked_for_in_one_request_where_it_fits(clock: SystemClock) -> None:
    async with opened(Board(), clock) as (unit, device, readings):
        assert await unit.ask()
        assert readings == READINGS
        assert [len(params) for _, params, _ in device.said] == [7]


async def test_a_batch_shrinks_until_it_fits_and_stays_so(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(Board(most=2), clock) as (unit, device, readings):
        assert await hurry(unit.ask())
        assert readings == READINGS
        device.said.clear()
        assert await unit.ask()
        assert [len(params) for _, params, _ in device.said] == [2, 2, 2, 1]


async def test_a_property_that_is_beyond_the_device_is_left_out_and_the_rest_is_told(clock: SystemClock, hurry: Hurry) -> None:
    board = Board()
    async with opened(lambda m, p: Trouble(-9999) if any(one["piid"] == 6 for one in p) else board(m, p), clock) as (unit, _, readings):
        assert not await hurry(unit.ask()), "not everything was answered"
        assert readings == {name: value for name, value in READINGS.items() if name != "fanPercent"}


async def test_a_property_the_device_does_not_have_is_an_answer(clock: SystemClock) -> None:
    board = Board()
    board.codes = {"3.1": -4001, "7.1": -4003}
    async with opened(board, clock) as (unit, _, readings):
        assert await unit.ask()
        assert readings.keys() == READINGS.keys() - {"offTimer", "childLock"}


async def test_answers_in_another_order_are_told_apart_by_what_they_say(clock: SystemClock) -> None:
    board = Board()
    async with opened(lambda m, p: board(m, p)[::-1], clock) as (unit, _, readings):
        assert await unit.ask()
        assert readings == READINGS


@pytest.mark.parametrize("odd", [{}, [], ["x"] * 7, [None] * 7, [{"code": 0}] * 7, "ok"], ids=repr)
async def test_answers_that_make_no_sense_say_nothing(clock: SystemClock, hurry: Hurry, odd: Any) -> None:
    async with opened(lambda _m, _p: odd, clock) as (unit, _, readings):
        await hurry(unit.ask())
        assert readings == {}


async def test_a_value_beside_an_error_is_none(clock: SystemClock) -> None:
    board = Board()

    def stale(method: str, params: Any) -> Any:
        return [one | {"code": -4004} if one["did"] == "2.1" else one for one in board(method, params)]

    async with opened(stale, clock) as (unit, _, readings):
        assert await unit.ask()
        assert readings.keys() == READINGS.keys() - {"power"}


@pytest.mark.parametrize("code", [{}, [0], "0", 0.0, None], ids=repr)
async def test_a_code_that_is_no_number_is_a_refusal(clock: SystemClock, code: Any) -> None:
    async with opened(lambda _m, params: [{**one, "code": code} for one in params], clock) as (unit, _, _readings):
        with pytest.raises(DeviceFailure, match=r"refused 2\.1"):
            await unit.set({"power": True})


async def test_an_error_about_the_whole_request_is_told(clock: SystemClock) -> None:
    async with opened(lambda _m, _p: Trouble(-5001), clock) as (unit, _, _readings):
        with pytest.raises(DeviceFailure, match="-5001"):
            await unit.ask()


async def test_a_set_is_one_request_with_the_power_first(clock: SystemClock) -> None:
    async with opened(Board(), clock) as (unit, device, readings):
        assert await unit.set({"fanPercent": 60, "swing": True, "power": True})
        (method, params, _), (asked, keys, _) = device.said
        assert (asked, [one["did"] for one in keys]) == ("get_properties", ["2.6", "2.4", "2.1"])
        assert method == "set_properties"
        assert [(one["siid"], one["piid"], one["value"]) for one in params] == [(2, 1, True), (2, 4, True), (2, 6, 60)]
        assert params[0]["value"] is True, "a number, or a word, would be false"
        assert readings == {"power": True, "swing": True, "fanPercent": 60}, "what it shows of that is told at once"


async def test_a_set_whose_answer_was_lost_is_not_said_again_when_it_was_done(clock: SystemClock, hurry: Hurry) -> None:
    board = Board()

    def lossy(method: str, params: Any) -> Any:
        answer = board(method, params)
        return None if method == "set_properties" else answer

    async with opened(lossy, clock) as (unit, _, _readings):
        await unit.ask()
        await hurry(unit.set({"fanPercent": 60}))
        assert board.sets == 1


async def test_what_is_only_written_is_asked_for_too_before_it_is_said_again(clock: SystemClock, hurry: Hurry) -> None:
    board = Board({"2.2": True, "2.5": 0, "10.7": 300, "10.9": 1150})
    async with opened(board, clock, "zhimi.airpurifier.mb3") as (unit, device, _):
        device.script = lambda m, p: [board(m, p), None][1] if m == "set_properties" else board(m, p)
        await unit.ask()
        await hurry(unit.set({"fanPercent": 80}))
        assert (board.sets, board.values["10.7"], board.values["2.5"]) == (1, 1840, 2)


async def test_a_set_that_was_lost_is_said_again(clock: SystemClock, hurry: Hurry) -> None:
    board = Board()
    async with opened(board, clock) as (unit, device, _):
        await unit.ask()
        device.drop = 1
        await hurry(unit.set({"fanPercent": 60}))
        assert (board.sets, board.values["2.6"]) == (1, 60)


async def test_a_set_that_never_comes_to_anything_times_out(clock: SystemClock, hurry: Hurry) -> None:
    board = Board()
    async with opened(board, clock) as (unit, device, _):
        await unit.ask()
        device.script = lambda m, p: Trouble(-9999) if m == "set_properties" else board(m, p)
        with pytest.raises(TimedOut, match="does not say"):
            await hurry(unit.set({"fanPercent": 60}))
        assert [method for method, _, _ in device.said].count("set_properties") == 3


@pytest.mark.parametrize(
    ("code", "error"), [(-4002, ReadOnly), (-4003, DeviceFailure), (-4004, DeviceFailure), (-4005, SchemaViolation), (-7, DeviceFailure)]
)
async def test_a_refused_set_says_why(clock: SystemClock, code: int, error: type[CommandError]) -> None:
    board = Board()
    board.codes = {"2.6": code}
    async with opened(board, clock) as (unit, _, _readings):
        with pytest.raises(error, match=str(code)):
            await unit.set({"power": False, "fanPercent": 60})


async def test_a_set_of_which_nothing_is_shown_yet_is_done_all_the_same(clock: SystemClock, hurry: Hurry) -> None:
    board = Board()
    board.codes = {"2.6": -4001}
    async with opened(board, clock) as (unit, device, _):
        device.script = lambda m, p: board(m, p) if m == "get_properties" else [{"code": 0}]
        assert not await unit.set({"fanPercent": 60})
        device.script = lambda m, _p: None if m == "get_properties" else [{"code": 0}]
        assert not await hurry(unit.set({"fanPercent": 60}))


async def test_an_error_about_one_property_says_nothing_and_the_rest_is_told(clock: SystemClock, hurry: Hurry) -> None:
    board = Board(most=1)
    async with opened(lambda m, p: Trouble(-5) if p[0]["piid"] == 6 and len(p) == 1 else board(m, p), clock) as (unit, _, readings):
        assert not await hurry(unit.ask())
        assert readings.keys() == READINGS.keys() - {"fanPercent"}


async def test_a_set_that_is_not_done_yet_is_no_refusal(clock: SystemClock) -> None:
    board = Board()
    board.codes = {"2.6": 1}
    async with opened(board, clock) as (unit, _, _readings):
        await unit.set({"fanPercent": 60})


async def test_nothing_is_sent_when_part_of_it_cannot_be(clock: SystemClock) -> None:
    async with opened(Board(), clock) as (unit, device, _):
        with pytest.raises(ReadOnly, match="energyLabel cannot be set"):
            await unit.set({"power": False, "energyLabel": []})
        with pytest.raises(SchemaViolation):
            await unit.set({"power": False, "mode": "sleep"})
        assert device.said == []


async def test_the_older_dialect_sets_each_by_its_own_method(clock: SystemClock) -> None:
    board = Board({"power": False, "mode": "normal", "speed": 35, "roll_enable": False, "time_off": 0, "child_lock": False})

    def old(method: str, params: Any) -> Any:
        return board(method, params) if method == "get_prop" else ["ok"] if method in ("s_power", "s_speed") else Trouble(-5001)

    async with opened(old, clock, "dmaker.fan.p5") as (unit, device, readings):
        assert await unit.ask()
        assert readings == {"power": False, "mode": "normal", "swing": False, "fanPercent": 35, "offTimer": 0, "childLock": False}
        await unit.set({"fanPercent": 60, "power": True})
        assert [(method, params) for method, params, _ in device.said[1:3]] == [("s_power", [True]), ("s_speed", [60])]
        with pytest.raises(SchemaViolation, match="does not take"):
            await unit.set({"childLock": True})
        device.script = lambda _m, _p: ["error"]
        with pytest.raises(DeviceFailure, match="error"):
            await unit.set({"power": True})


async def test_the_older_dialect_is_asked_for_less_when_it_leaves_some_out(clock: SystemClock) -> None:
    board = Board({"power": False, "mode": "nature", "speed": 35, "roll_enable": True, "time_off": 25, "child_lock": None}, most=3)
    async with opened(board, clock, "dmaker.fan.p5") as (unit, device, readings):
        assert await unit.ask()
        assert readings == {"power": False, "mode": "natural", "swing": True, "fanPercent": 35, "offTimer": 30}
        assert [len(params) for _, params, _ in device.said] == [6, 3, 3]


async def test_an_action_is_said_once_and_only_for_what_it_is_for(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(lambda _m, p: {"siid": p["siid"], "aiid": p["aiid"], "code": 0}, clock, "zhimi.airpurifier.mb3") as (unit, device, _):
        assert await unit.invoke("resetConsumable", {"id": "filter"}) is None
        assert [(m, (p["siid"], p["aiid"], p["in"])) for m, p, _ in device.said] == [("action", (4, 1, []))]
        with pytest.raises(SchemaViolation, match="filter"):
            await unit.invoke("resetConsumable", {"id": "carbon"})
        with pytest.raises(SchemaViolation):
            await unit.invoke("resetConsumable", None)
        with pytest.raises(Unknown):
            await unit.invoke("identify", None)
        device.script = lambda _m, _p: {"code": -4004}
        with pytest.raises(DeviceFailure, match="-4004"):
            await unit.invoke("resetConsumable", {"id": "filter"})
        device.said.clear()
        device.script = lambda _m, _p: None
        with pytest.raises(TimedOut):
            await hurry(unit.invoke("resetConsumable", {"id": "filter"}))
        assert len(device.said) == 1
