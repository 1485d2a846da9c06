"""The line to a device: stamps, numbers, silence, and who is to blame for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from gateway.drivers.miio.line import Line, Refused, line, token_of
from gateway.errors import Offline, TimedOut, Unauthenticated
from gateway.thing.clock import SystemClock
from tests.drivers.miio.conftest import DEVICE, TOKEN, Answer, Scripted, Several, Trouble, scripted
from tests.drivers.units import Hurry


@asynccontextmanager
async def opened(script: Answer, clock: SystemClock, token: bytes = TOKEN) -> AsyncIterator[tuple[Line, Scripted]]:
    async with scripted(script) as (device, where, port), line(where, port, token, clock, Random(1)) as talk:
        await talk.greet()
        yield talk, device


def echo(_method: str, params: Any) -> Any:
    return params


async def test_a_request_carries_on_from_the_stamp_the_device_said_last(clock: SystemClock) -> None:
    async with opened(echo, clock) as (talk, device):
        assert talk.device == DEVICE
        assert await talk.call("a", [1]) == [1]
        device.stamp = 1005
        await talk.call("b", [])
        await talk.call("c", [])
        assert [stamp for _, _, stamp in device.said] == [1001, 1001, 1006]


async def test_every_try_has_a_number_of_its_own_and_none_is_zero(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(echo, clock) as (talk, device):
        talk._number = 9998
        device.drop = 1
        assert await hurry(talk.call("a", [])) == []
        assert device.numbers == [9999, 1]


async def test_a_late_answer_to_an_earlier_try_is_an_answer(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(lambda _method, _params: None, clock) as (talk, device):

        def late(_method: str, _params: Any) -> Any:
            if len(device.numbers) == 2:
                device.answer(device.numbers[0], ["late"])

        device.script = late
        assert await hurry(talk.call("a", [])) == ["late"]
        assert len(device.numbers) == 2


async def test_answers_to_other_questions_do_not_count(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(echo, clock) as (talk, device):
        device.script = lambda _method, _params: Several([b"\x21\x31junk", ["mine"], ["twice"]])
        assert await talk.call("a", []) == ["mine"]
        device.answer(device.numbers[0], ["old"])
        device.script = lambda _method, _params: ["new"]
        assert await hurry(talk.call("b", [])) == ["new"]


async def test_silence_is_met_with_a_hello_that_renews_the_stamp(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(echo, clock) as (talk, device):
        await talk.call("a", [])
        device.stamp, device.drop = 3, 2  # it was switched off and on
        assert await hurry(talk.call("b", [2])) == [2]
        assert device.hellos == 2
        assert device.said[-1][2] == 4


async def test_a_late_greeting_does_not_turn_the_stamp_back(clock: SystemClock) -> None:
    async with opened(echo, clock) as (talk, device):
        device.stamp = 1004
        await talk.call("a", [])
        device.reply({"id": 1, "result": []}, stamp=1001)
        device.stamp = 1003
        await talk.greet()
        await talk.call("b", [])
        assert device.said[-1][2] == 1005


async def test_a_line_that_was_quiet_for_long_begins_with_a_hello(clock: SystemClock) -> None:
    async with opened(echo, clock) as (talk, device):
        clock.advance(19)
        await talk.call("a", [])
        assert device.hellos == 1
        clock.advance(21)
        device.stamp = 1021
        await talk.call("b", [])
        assert device.hellos == 2
        assert device.said[-1][2] == 1022


async def test_a_greeting_and_nothing_else_is_a_wrong_token_and_says_what_to_do(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(lambda _method, _params: None, clock) as (talk, device):
        with pytest.raises(Unauthenticated, match="hulian guide miio") as refused:
            await hurry(talk.call("miIO.info", []))
        assert "token" in str(refused.value)
        assert device.hellos >= 2


async def test_once_it_has_answered_silence_is_no_wrong_token(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(echo, clock) as (talk, device):
        await talk.call("a", [])
        device.script = lambda _method, _params: None
        with pytest.raises(TimedOut, match="not what it is asked"):
            await hurry(talk.call("b", []))


async def test_a_device_that_does_not_even_greet_is_away(clock: SystemClock, hurry: Hurry) -> None:
    async with opened(echo, clock) as (talk, device):
        device.deaf = True
        with pytest.raises(TimedOut, match="own network"):
            await hurry(talk.call("a", []))


async def test_another_device_at_the_address_ends_it(clock: SystemClock) -> None:
    async with opened(echo, clock) as (talk, device):
        device.device = 5
        with pytest.raises(Offline, match="another device"):
            await talk.greet()


@pytest.mark.parametrize("code", [-9999, -30001])
async def test_a_busy_device_is_asked_again_a_little_later(clock: SystemClock, hurry: Hurry, code: int) -> None:
    async with opened(echo, clock) as (talk, device):
        device.script = lambda _method, _params: Trouble(code) if len(device.said) < 3 else ["at last"]
        assert await hurry(talk.call("a", [])) == ["at last"]
        device.script = lambda _method, _params: Trouble(code)
        with pytest.raises(Refused) as refused:
            await hurry(talk.call("b", []))
        assert refused.value.number == code
        assert len(device.said) == 6


async def test_another_error_is_not_asked_again(clock: SystemClock) -> None:
    async with opened(lambda _method, _params: Trouble(-5001), clock) as (talk, device):
        with pytest.raises(Refused, match="-5001"):
            await talk.call("a", [])
        assert len(device.said) == 1


@pytest.mark.parametrize("script", [lambda _method, _params: None, lambda _method, _params: Trouble(-9999)], ids=["silent", "busy"])
async def test_what_does_something_is_said_once(clock: SystemClock, hurry: Hurry, script: Callable[[str, Any], Any]) -> None:
    async with opened(echo, clock) as (talk, device):
        await talk.call("a", [])
        device.script = script
        with pytest.raises(TimedOut):
            await hurry(talk.call("set", [], once=True))
        assert len(device.said) == 2


def test_a_token_is_thirty_two_hexadecimal_digits() -> None:
    assert token_of("00112233445566778899AABBCCDDEEFF") == TOKEN  # a test vector: no device has it
    for text in ("", "00" * 15, "zz" * 16, "00" * 17):
        with pytest.raises(Unauthenticated, match="32 hexadecimal digits"):
            token_of(text)
