"""The driver on simulated units of version 3: the right secrets, the wrong ones, none; and what its person is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.drivers.midea import DRIVER
from gateway.drivers.midea.channel import NOT_A_PAIR, NOT_KNOWN
from gateway.drivers.spi import Candidate, Context
from gateway.errors import Unauthenticated
from gateway.thing.description import Locality

Make = Callable[..., Any]


@pytest.fixture
async def keyed(housing: Make) -> AsyncIterator[Any]:
    async with housing(version=3) as house:
        yield house


def candidate(house: Any) -> Candidate:
    """Return the unit as a search would find it."""
    registration = house.registration
    return Candidate(
        driver="midea",
        key=registration.key,
        title="",
        address=registration.address,
        port=registration.port,
        facts=registration.facts,
        needs=("token", "key"),
    )


async def test_a_unit_is_read_and_set_under_its_key(keyed: Any, conversing: Make) -> None:
    async with conversing(keyed) as talk:
        report = await talk.report()
        assert report.complete
        assert report.values["targetTemperature"] == 24.0
        report = await talk.write("targetTemperature", 21.5)
        assert report.values["targetTemperature"] == keyed.appliance.values()["targetTemperature"] == 21.5
        (description,) = talk.session.describe()
    assert description.locality is Locality.CLOUD_KEY
    assert keyed.wire.unread == 0


async def test_a_unit_of_version_2_needs_nothing_from_outside(house: Any, conversing: Make) -> None:
    async with conversing(house) as talk:
        assert talk.session.describe()[0].locality is Locality.LOCAL


async def test_a_press_at_the_unit_is_told_unasked(keyed: Any, conversing: Make) -> None:
    async with conversing(keyed) as talk:
        await talk.report()
        keyed.appliance.touch({"targetTemperature": 20.5})
        assert (await talk.report()).values["targetTemperature"] == 20.5


async def test_pieces_and_duplicates_change_nothing(housing: Make, conversing: Make) -> None:
    async with housing(version=3, quirks=["partial", "duplicate"]) as house, conversing(house) as talk:
        await talk.report()
        assert (await talk.write("targetTemperature", 19.5)).values["targetTemperature"] == 19.5


async def test_a_unit_that_does_not_hear_the_first_question_is_asked_again(housing: Make, conversing: Make, hurry: Make) -> None:
    async def conversation(house: Any) -> bool:
        async with conversing(house) as talk:
            return bool((await talk.report()).complete)

    async with housing(version=3, quirks=["drowsy"]) as house:
        assert await hurry(conversation(house))
        assert house.wire.clients == 1


async def test_a_greeting_whose_answer_is_lost_is_said_again(housing: Make, conversing: Make, hurry: Make) -> None:
    async def conversation(house: Any) -> bool:
        async with conversing(house) as talk:
            return bool((await talk.report()).complete)

    lost: list[str] = []

    async def travels() -> bool:
        if lost:
            return bool(await honest())
        lost.append("the welcome")
        return False

    async with housing(version=3) as house:
        honest, house.network.travels = house.network.travels, travels
        assert await hurry(conversation(house))
        assert house.wire.clients == 1


@pytest.mark.parametrize(("wrong", "words"), [("token", NOT_KNOWN), ("key", NOT_A_PAIR)])
async def test_wrong_secrets_are_told_apart_and_the_right_ones_let_in(
    keyed: Any, context: Context, conversing: Make, wrong: str, words: str
) -> None:
    credentials = keyed.registration.credentials
    registration = replace(keyed.registration, credentials={**credentials, wrong: credentials[wrong][::-1]})
    with pytest.raises(Unauthenticated) as refused:
        async with DRIVER.open(registration, context):
            pytest.fail("opened")
    assert refused.value.detail == words
    assert refused.value.property == wrong
    async with conversing(keyed) as talk:
        assert (await talk.report()).complete


async def test_without_its_secrets_a_unit_says_what_it_needs(keyed: Any, context: Context) -> None:
    with pytest.raises(Unauthenticated, match="token, 128 hexadecimal digits"):
        async with DRIVER.open(replace(keyed.registration, credentials={}), context):
            pytest.fail("opened")
    assert keyed.wire.clients == 0


async def answered(house: Any, **answers: str) -> Any:
    """Pair with a unit; return what is kept and what was asked."""
    questions: dict[str, str] = {}

    async def ask(need: str, question: str) -> str:
        questions[need] = question
        return str(answers.get(need, house.registration.credentials[need]))

    assert DRIVER.pair is not None
    return await DRIVER.pair(candidate(house), ask), questions


async def test_pairing_asks_for_both_and_tries_them(keyed: Any) -> None:
    kept, questions = await answered(keyed, token=f" {keyed.wire.keys.token.hex()}\n")
    assert kept == keyed.registration.credentials
    assert all(name in question and keyed.registration.key in question for name, question in questions.items())
    assert list(questions) == ["token", "key"]
    assert keyed.wire.clients == 1


@pytest.mark.parametrize(
    ("need", "text", "words"), [("token", "00" * 64, "does not know"), ("key", "00" * 32, "belong"), ("key", "x", "64")]
)
async def test_pairing_with_wrong_secrets_fails_at_once(keyed: Any, need: str, text: str, words: str) -> None:
    with pytest.raises(Unauthenticated, match=words):
        await answered(keyed, **{need: text})


async def test_a_unit_that_is_away_is_paired_all_the_same(keyed: Any) -> None:
    await keyed.wire.__aexit__(None, None, None)
    kept, _ = await answered(keyed)
    assert kept == keyed.registration.credentials


async def test_a_unit_that_is_busy_with_somebody_else_is_paired_all_the_same(housing: Make) -> None:
    async with housing(version=3, quirks=["first-come"]) as house:
        _, writer = await asyncio.open_connection(house.network.address, house.wire.port)
        while not house.wire.clients:
            await asyncio.sleep(0.01)
        kept, _ = await answered(house)
        writer.close()
    assert kept == house.registration.credentials


async def test_a_unit_of_version_2_is_paired_without_a_question(house: Any) -> None:
    assert DRIVER.pair is not None

    async def ask(need: str, question: str) -> str:
        pytest.fail(f"asked for {need}: {question}")

    assert await DRIVER.pair(replace(candidate(house), needs=()), ask) == {}
