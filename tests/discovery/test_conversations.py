"""A pairing that waits for a person: the unit shows something now, and the answer comes a moment later."""

import asyncio
from collections.abc import Mapping

import pytest

from gateway.discovery import Pace
from gateway.discovery.conversations import MOST, Conversations, Question
from gateway.drivers.spi import Ask, Candidate
from gateway.errors import DeviceFailure, SchemaViolation, StateConflict, TimedOut
from tests.discovery.kit import Home, discovering, driver, sighting
from tests.drivers.kit import until


class Screen:
    """A unit that shows another code each time, for as long as somebody pairs with it."""

    def __init__(self) -> None:
        self.shown = 0
        self.open = 0

    async def pair(self, candidate: Candidate, ask: Ask) -> Mapping[str, str]:
        self.shown += 1
        self.open += 1
        try:
            code = await ask("code", f"{candidate.key} shows a code")
            if code != str(self.shown):
                code = await ask("code", "that is not what it shows")
            if code != str(self.shown):
                raise DeviceFailure("twice wrong")
            return {"code": code}
        finally:
            self.open -= 1


async def test_the_unit_is_asked_once_and_the_answer_goes_on_where_it_stopped() -> None:
    home, screen = Home(), Screen()
    async with discovering(home, driver(pair=screen.pair)) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation, match="unit-1 shows a code") as asked:
            await discovery.accept("unit-1", {})
        assert (asked.value.property, screen.open) == ("code", 1), "it waits with its code on the screen"
        with pytest.raises(SchemaViolation, match="not what it shows"):
            await discovery.accept("unit-1", {"code": "9"})
        assert (await discovery.accept("unit-1", {"code": "1"})).credentials == {"code": "1"}
        assert (screen.shown, screen.open) == (1, 0)


async def test_nobody_answers_and_the_unit_is_let_go_of() -> None:
    home, screen = Home(), Screen()
    async with discovering(home, driver(pair=screen.pair), pace=Pace(first=0.05, longest=0.2, pair=0.2, save=0.05, seen=0.0)) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation):
            await discovery.accept("unit-1", {})
        await until(lambda: screen.open == 0, "the pairing was given up")
        with pytest.raises(SchemaViolation, match="shows a code"):
            await discovery.accept("unit-1", {})
        assert (screen.shown, screen.open) == (2, 1), "and begun anew"
    assert screen.open == 0, "and left with the hub"


async def test_who_answers_otherwise_than_before_begins_anew() -> None:
    told: list[str] = []

    async def pair(ask: Ask) -> Mapping[str, str]:
        told.append(await ask("token", "the token"))
        return {"token": told[-1], "key": await ask("key", "the key")}

    talks = Conversations(5.0)
    assert await talks.paired(("d", "1"), "d:1", pair, {"token": "a"}) == Question("key", "the key")
    assert await talks.paired(("d", "1"), "d:1", pair, {"token": "b"}) == Question("key", "the key")
    assert await talks.paired(("d", "1"), "d:1", pair, {"token": "b", "key": "k"}) == {"token": "b", "key": "k"}
    assert told == ["a", "b"]


async def test_only_so_many_wait_and_a_driver_that_hangs_is_left() -> None:
    screen = Screen()
    talks = Conversations(0.2)
    for number in range(MOST + 1):
        candidate = Candidate(driver="d", key=str(number), title="")
        await talks.paired(("d", str(number)), f"d:{number}", lambda ask, candidate=candidate: screen.pair(candidate, ask), {})  # type: ignore[misc]
    assert screen.open == MOST
    await talks.end()
    assert screen.open == 0

    async def hangs(_ask: Ask) -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    with pytest.raises(TimedOut):
        await talks.paired(("d", "x"), "d:x", hangs, {})


async def test_a_unit_that_is_away_and_asks_again_can_be_paired_again_and_one_that_is_there_not() -> None:
    home, screen, away = Home(), Screen(), dict[tuple[str, str], float]()
    async with discovering(home, driver(pair=screen.pair), away=lambda: away) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation):
            await discovery.accept("unit-1", {})
        first = await discovery.accept("unit-1", {"code": "1"})
        with pytest.raises(StateConflict):
            await discovery.accept("unit-1", {})
        away["test", "unit-1"] = 5.0
        with pytest.raises(SchemaViolation, match="shows a code"):
            await discovery.accept("unit-1", {})
        second = await discovery.accept("unit-1", {"code": "2"})
        assert (first.credentials, second.credentials) == ({"code": "1"}, {"code": "2"})
        assert home.adopted == [first, second]
