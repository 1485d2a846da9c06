"""One connection a unit: given up before it goes stale, made anew when it is lost, and left to others who want it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gateway.drivers.midea import DRIVER
from gateway.drivers.midea.connection import LIFE
from gateway.drivers.midea.sharing import CROWDED, Sharing
from gateway.drivers.spi import Context
from gateway.errors import Offline, TimedOut
from gateway.thing.clock import SystemClock

Make = Callable[..., Any]


@pytest.fixture(params=[2, 3])
async def house(request: pytest.FixtureRequest, housing: Make) -> AsyncIterator[Any]:
    async with housing(version=request.param) as house:
        yield house


@pytest.fixture
async def talk(house: Any, conversing: Make) -> AsyncIterator[Any]:
    async with conversing(house) as talk:
        await talk.report()
        yield talk


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not met():
            await asyncio.sleep(0.01)


async def take_its_place(house: Any) -> None:
    """Be another program for a moment."""
    before = house.wire.clients
    _, writer = await asyncio.open_connection(house.network.address, house.wire.port)
    await until(lambda: house.wire.clients > before)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def shown(talk: Any, name: str, value: Any) -> None:
    """Read reports up to the one that says so."""
    async with asyncio.timeout(20):
        while (await talk.report()).values.get(name) != value:
            pass


async def last_words(talk: Any) -> str:
    """Return why the conversation is over."""
    try:
        while True:
            await talk.report()
    except ConnectionResetError as error:
        return str(error)


async def test_a_connection_is_used_for_a_while_and_then_another(talk: Any, house: Any, clock: SystemClock) -> None:
    clock.advance(LIFE / 2)
    await talk.session.refresh()
    assert house.wire.clients == 1
    clock.advance(LIFE / 2)
    await talk.session.refresh()
    assert house.wire.clients == 2
    house.appliance.touch({"targetTemperature": 22.5})
    await shown(talk, "targetTemperature", 22.5)
    assert house.wire.thrown_out == 0


async def test_units_change_their_connections_at_different_moments(house: Any, conversing: Make, clock: SystemClock) -> None:
    lives: set[int] = set()
    for _ in range(4):
        async with conversing(house) as talk:
            connection = talk.session._unit._connection
            lives.add(round(connection._until - clock.monotonic()))
    assert len(lives) > 1
    assert all(LIFE * 0.6 < life <= LIFE for life in lives)


async def test_a_question_that_a_stale_connection_swallows_is_asked_on_a_new_one(talk: Any, house: Any, hurry: Make) -> None:
    house.wire.stale = 0.05
    await asyncio.sleep(0.1)
    house.appliance.touch({"targetTemperature": 20.5})
    task = asyncio.ensure_future(hurry(talk.session.refresh()))
    await until(lambda: house.wire.clients == 2)
    house.wire.stale = None
    await task
    assert (await talk.report()).values["targetTemperature"] == 20.5
    assert (house.wire.clients, house.wire.thrown_out) == (2, 0)


async def test_a_silent_unit_is_connected_to_once_a_question_at_most(talk: Any, house: Any, hurry: Make) -> None:
    house.network.set(silent=True)
    for _ in range(3):
        with pytest.raises(TimedOut):
            await hurry(talk.session.refresh())
    assert 2 <= house.wire.clients <= 4
    assert house.wire.thrown_out == 0
    house.network.set(silent=False)
    await talk.session.refresh()


async def test_a_session_outlives_a_connection_that_the_unit_closes(talk: Any, house: Any) -> None:
    await take_its_place(house)
    await until(lambda: house.wire.clients == 3)
    house.appliance.touch({"targetTemperature": 20.5})
    await talk.session.refresh()
    await shown(talk, "targetTemperature", 20.5)
    assert house.wire.thrown_out == 1


async def test_a_set_in_the_moment_the_connection_breaks_is_done_once(talk: Any, house: Any) -> None:
    """The unit obeys, and is gone before it can say so."""
    board = house.wire._board
    sets: list[bytes] = []

    def answer(data: bytes) -> bytes | None:
        said: bytes | None = honest(data)
        if data[9] == 2:
            sets.append(data)
            house.wire._client.writer.transport.abort()
        return said

    honest, board.answer = board.answer, answer
    report = await talk.write("targetTemperature", 20.5)
    assert report.values["targetTemperature"] == house.appliance.values()["targetTemperature"] == 20.5
    assert len(sets) == 1


async def test_a_set_that_was_not_heard_is_sent_again(talk: Any, house: Any) -> None:
    board = house.wire._board
    sets: list[bytes] = []

    def answer(data: bytes) -> bytes | None:
        if data[9] == 2:
            sets.append(data)
            if len(sets) == 1:
                house.wire._client.writer.transport.abort()
                return None
        said: bytes | None = honest(data)
        return said

    honest, board.answer = board.answer, answer
    assert (await talk.write("targetTemperature", 20.5)).values["targetTemperature"] == 20.5
    assert len(sets) == 2


async def test_a_forgotten_session_is_begun_anew(housing: Make, conversing: Make) -> None:
    async with housing(version=3) as house, conversing(house) as talk:
        await talk.report()
        house.wire._client.link._session = bytes(32)
        await talk.session.refresh()
        assert (await talk.report()).complete
        assert house.wire.clients == 2


async def test_a_unit_that_was_set_up_anew_meanwhile_ends_the_session_and_says_why(housing: Make, conversing: Make) -> None:
    async with housing(version=3, token="00" * 64) as house, conversing(house) as talk:
        await talk.report()
        house.wire.keys = type(house.wire.keys)(bytes(range(64)), house.wire.keys.key)
        await take_its_place(house)
        with pytest.raises(ConnectionResetError, match=r"^the appliance does not know this token"):
            await talk.report()


async def test_who_is_thrown_out_again_and_again_leaves_the_unit_to_others_for_a_while(
    house: Any, context: Context, conversing: Make, clock: SystemClock
) -> None:
    async with conversing(house) as talk:
        await talk.report()
        for times in (1, 2, 3):
            await take_its_place(house)
            await until(lambda times=times: house.wire.clients == 2 * times + 1 or times == 3)  # type: ignore[misc]
        assert "another program" in await last_words(talk)
        with pytest.raises(Offline, match="another program"):
            await talk.session.refresh()
    clients = house.wire.clients
    with pytest.raises(Offline, match=r"tried again in \d+ s"):
        async with DRIVER.open(house.registration, context):
            pytest.fail("opened")
    assert house.wire.clients == clients
    clock.advance(60)
    async with conversing(house) as talk:
        assert (await talk.report()).complete


async def test_where_another_program_came_first_that_is_told(housing: Make, context: Context) -> None:
    for version in (2, 3):
        async with housing(version=version, quirks=["first-come"]) as house:
            _, writer = await asyncio.open_connection(house.network.address, house.wire.port)
            await until(lambda house=house: house.wire.clients == 1)  # type: ignore[misc]
            with pytest.raises(Offline, match="another program"):
                async with DRIVER.open(house.registration, context):
                    pytest.fail("opened")
            writer.close()


async def test_a_unit_that_leaves_without_the_internet_is_back_with_it(talk: Any, house: Any, hurry: Make) -> None:
    house.network.leaves_after = 86_400
    house.network.reach(False)
    await talk.session.refresh()
    house.network.elapse(86_400)
    with pytest.raises(TimedOut):
        await hurry(talk.session.refresh())
    house.network.reach(True)
    await talk.session.refresh()


class Frozen(SystemClock):
    """A clock on which nobody's patience ends."""

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        await asyncio.Event().wait()


async def test_closing_in_the_middle_of_making_up_leaves_nothing_behind(housing: Make, context: Context) -> None:
    async with asyncio.timeout(20), housing(version=3) as house:
        async with DRIVER.open(house.registration, replace(context, clock=Frozen())):
            house.network.set(silent=True)
            house.wire._client.writer.transport.abort()
            await until(lambda: house.wire.clients == 2)
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("midea 127")]


async def test_answers_in_the_wrong_order_are_told_apart(talk: Any, house: Any, hurry: Make) -> None:
    """What the air sensor says comes after what the meter was asked later, behind an answer that is said twice."""
    board = house.wire._board
    held: list[Any] = []

    def answer(data: bytes) -> bytes | None:
        said: bytes | None = honest(data)
        if data[10:14] == bytes.fromhex("41210145"):
            held.append(said)
            return None
        if held:
            for late in (said, held.pop()):
                asyncio.get_running_loop().call_soon(house.wire._tell, late)
        return said

    honest, board.answer = board.answer, answer
    house.appliance.advance(1800)
    await hurry(talk.session.refresh())
    assert held == []
    shown = house.appliance.values()
    values: dict[str, Any] = {}
    async with asyncio.timeout(20):
        while values.get("roomHumidity") != round(shown["roomHumidity"]) or "energyTotal" not in values:
            values |= (await talk.report()).values
    assert values["energyTotal"] == pytest.approx(shown["energyTotal"], abs=0.006)
    assert values["targetTemperature"] == shown["targetTemperature"]


async def test_questions_that_are_never_answered_cost_no_connection(talk: Any, house: Any, hurry: Make) -> None:
    board = house.wire._board
    honest = board.answer
    board.answer = lambda data: None if data[10:12] == b"\x41\x21" else honest(data)
    await hurry(talk.session.refresh())
    await talk.session._unit.probe()
    assert house.wire.clients == 1


def test_three_losses_in_half_a_minute_are_too_many_and_the_wait_grows() -> None:
    sharing, here = Sharing(), ("127.0.22.9", 6444)
    assert [sharing.lost(here, now) for now in (0, 40, 50, 80)] == [False, False, False, False]
    assert sharing.left_alone(here, 80) == 0
    assert sharing.lost(here, 81) is False
    assert sharing.lost(here, 82) is True
    assert sharing.left_alone(here, 92) == 20
    assert sharing.left_alone(("127.0.22.8", 6444), 92) == 0
    waits = []
    for start in (200, 400, 900, 1500, 2200):
        assert [sharing.lost(here, start + step) for step in range(3)] == [False, False, True]
        waits.append(sharing.left_alone(here, start + 2))
    assert waits == [60, 120, 240, 300, 300]
    assert [sharing.lost(here, 9000 + step) for step in range(3)] == [False, False, True]
    assert sharing.left_alone(here, 9002) == 30


def test_what_is_remembered_has_an_end() -> None:
    sharing = Sharing()
    for number in range(3000):
        sharing.lost((f"10.0.{number // 256}.{number % 256}", 6444), 0.0)
    assert len(sharing._past) <= 1024
    assert "another program" in CROWDED
