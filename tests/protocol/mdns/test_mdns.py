"""Announcing and browsing over real multicast on the loopback interface; every test has a service type of its own."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from gateway.errors import ConfigurationInvalid, TooLarge
from gateway.protocol.mdns import Announcer, Answer, Browser, node
from tests.protocol.mdns.packets import PTR, SRV, TXT, Speaker, full, instance_records, name, record, response

LOOPBACK = ["127.0.0.1"]
numbers = itertools.count()


@pytest.fixture
def service() -> str:
    return f"_hl{os.getpid() % 100000}x{next(numbers)}._udp.local."


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def complaints() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    return told


class Heard:
    """A browser and what it passed on."""

    def __init__(self, *services: str) -> None:
        self.answers: list[Answer] = []
        self.browser = Browser(LOOPBACK, services, self.answers.append, random=Random(1))

    async def until(self, condition: Callable[[Answer], bool]) -> Answer:
        async with asyncio.timeout(40):
            while True:
                for answer in self.answers:
                    if condition(answer):
                        return answer
                await asyncio.sleep(0.02)


@pytest.fixture
async def heard(service: str, stack: AsyncExitStack) -> Heard:
    made = Heard(service)
    await stack.enter_async_context(made.browser)
    return made


@pytest.fixture
async def announcer(stack: AsyncExitStack) -> Announcer:
    return await stack.enter_async_context(Announcer(LOOPBACK))


@pytest.fixture
def speaker(stack: AsyncExitStack) -> Speaker:
    return stack.enter_context(Speaker())


async def announce(announcer: Announcer, service: str, instance: str, address: str = "127.0.0.7", **more: Any) -> None:
    await announcer.announce(
        service, instance, 5683, {"id": instance, "k": "lamp"}, server=f"{instance}.local.", addresses=[address], **more
    )


async def test_what_is_announced_is_heard_with_everything_it_says(service: str, announcer: Announcer, heard: Heard) -> None:
    await announce(announcer, service, "ac-1")
    answer = await heard.until(lambda _: True)
    assert answer == Answer(
        service=service,
        instance="ac-1",
        server="ac-1.local.",
        addresses=("127.0.0.7",),
        port=5683,
        txt={"id": "ac-1", "k": "lamp"},
        interface="127.0.0.1",
    )


async def test_what_was_there_before_is_found_by_asking(service: str, announcer: Announcer, stack: AsyncExitStack) -> None:
    await announce(announcer, service, "ac-1")
    late = Heard(service)
    await stack.enter_async_context(late.browser)
    assert (await late.until(lambda _: True)).instance == "ac-1"
    assert late.browser.known == (late.answers[-1],)


async def test_many_are_announced_at_once(service: str, announcer: Announcer, heard: Heard) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(announce(announcer, service, f"ac-{number}"))
    for number in range(20):
        await heard.until(lambda answer, number=number: answer.instance == f"ac-{number}")  # type: ignore[misc]


async def test_a_subtype_finds_only_its_own(service: str, announcer: Announcer, stack: AsyncExitStack) -> None:
    lamps = Heard(f"_lamp._sub.{service}")
    await stack.enter_async_context(lamps.browser)
    await announce(announcer, service, "plug-1", subtypes=["_plug"])
    await announce(announcer, service, "lamp-1", subtypes=["_lamp"])
    answer = await lamps.until(lambda _: True)
    assert (answer.service, answer.instance, answer.addresses) == (f"_lamp._sub.{service}", "lamp-1", ("127.0.0.7",))
    assert {answer.instance for answer in lamps.answers} == {"lamp-1"}


async def test_new_txt_values_and_a_new_address_are_heard(service: str, announcer: Announcer, heard: Heard) -> None:
    await announce(announcer, service, "ac-1")
    await heard.until(lambda answer: answer.txt.get("k") == "lamp")
    await asyncio.sleep(1.2)
    await announcer.update_txt(service, "ac-1", {"id": "ac-1", "h": "12345678"})
    await heard.until(lambda answer: answer.txt == {"id": "ac-1", "h": "12345678"})
    await asyncio.sleep(1.2)
    await announce(announcer, service, "ac-1", "127.0.0.9")
    assert (await heard.until(lambda answer: "127.0.0.9" in answer.addresses)).addresses[0] == "127.0.0.9"
    await heard.until(lambda answer: answer.addresses == ("127.0.0.9",))
    assert [note.what for note in heard.browser.notes].count("asked") == 1, "it is not only found by asking everybody again"


async def test_goodbye_is_heard_and_the_name_can_come_back(service: str, announcer: Announcer, heard: Heard) -> None:
    await announce(announcer, service, "ac-1")
    await heard.until(lambda answer: not answer.gone)
    await announcer.withdraw(service, "ac-1")
    gone = await heard.until(lambda answer: answer.gone)
    assert (gone.service, gone.instance) == (service, "ac-1")
    assert heard.browser.known == ()
    heard.answers.clear()
    await announce(announcer, service, "ac-1")
    await heard.until(lambda answer: not answer.gone)


async def test_leaving_says_goodbye_for_all(service: str, heard: Heard) -> None:
    async with Announcer(LOOPBACK) as announcer:
        await announce(announcer, service, "ac-1", subtypes=["_lamp"])
        await announce(announcer, service, "ac-2")
        await heard.until(lambda answer: answer.instance == "ac-2")
    for instance in ("ac-1", "ac-2"):
        await heard.until(lambda answer, instance=instance: answer.gone and answer.instance == instance)  # type: ignore[misc]


async def test_a_name_that_is_taken_is_said_so(service: str, announcer: Announcer, speaker: Speaker) -> None:
    for _ in range(3):
        speaker.say(response(*instance_records(service, "ac-1", "127.0.0.8")))
    await asyncio.sleep(0.5)
    with pytest.raises(ConfigurationInvalid, match="ac-1"):
        await announce(announcer, service, "ac-1")


async def test_a_txt_record_over_the_profile_is_not_announced(service: str, announcer: Announcer) -> None:
    with pytest.raises(TooLarge):
        await announcer.announce(service, "ac-1", 1, {"f": "x" * 400}, server="ac-1.local.", addresses=["127.0.0.7"])


async def test_withdrawing_what_is_not_there_does_nothing(service: str, announcer: Announcer) -> None:
    await announcer.withdraw(service, "ac-1")


async def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid):
        async with Browser(["203.0.113.9"], ["_x._udp.local."], print):
            pass


async def test_a_machine_that_is_too_busy_to_start_it_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "START_SECONDS", 0.0)
    with pytest.raises(ConfigurationInvalid, match="too busy"):
        await node.open_node(["127.0.0.1"], Counter())


async def test_somebody_elses_txt_is_read_tolerantly(service: str, speaker: Speaker, heard: Heard) -> None:
    speaker.say(response(*instance_records(service, "odd", "127.0.0.11", txt=b"\x04ID=1\x04id=2\x06name=\xff\x01x")))
    assert (await heard.until(lambda _: True)).txt == {"id": "1", "name": "�", "x": ""}


async def test_what_is_missing_is_asked_for(service: str, speaker: Speaker, heard: Heard) -> None:
    records = instance_records(service, "slow", "127.0.0.12")
    speaker.say(response(records[0]))
    async with asyncio.timeout(20):
        while not heard.browser.counts["asked"]:
            await asyncio.sleep(0.02)
    assert heard.answers == []
    speaker.say(response(*records[1:]))
    assert (await heard.until(lambda _: True)).addresses == ("127.0.0.12",)


@pytest.mark.long
async def test_an_instance_that_never_says_its_txt_is_passed_on_as_it_is(service: str, speaker: Speaker, heard: Heard) -> None:
    pointer, where, _, address = instance_records(service, "mute", "127.0.0.13")
    speaker.say(response(pointer, where, address))
    answer = await heard.until(lambda _: True)
    assert (answer.addresses, answer.port, answer.txt) == (("127.0.0.13",), 5683, {})
    assert heard.browser.counts["incomplete"] == 1


async def test_the_doctor_can_read_what_was_asked_who_answered_and_what_was_dropped(service: str, speaker: Speaker, heard: Heard) -> None:
    speaker.say(response(record(full(service), PTR, name(b"\xff" * 63, *service.encode().split(b".")[:3]))))
    speaker.say(response(*instance_records(service, "fine", "127.0.0.14")))
    await heard.until(lambda _: True)
    notes = {(note.what, note.subject) for note in heard.browser.notes}
    assert ("asked", service) in notes
    assert ("answered", f"fine.{service} at 127.0.0.14") in notes
    assert any(what.startswith("dropped a packet") for what, _ in notes)
    assert {note.interface for note in heard.browser.notes} == {"127.0.0.1"}


async def test_a_name_no_question_can_carry_does_not_end_the_questions(
    service: str, speaker: Speaker, heard: Heard, complaints: list[dict[str, Any]]
) -> None:
    """The library alone stops asking for ever after this one packet."""
    speaker.say(response(record(full(service), PTR, name(b"\xff" * 63, *service.encode().split(b".")[:3]), ttl=4500)))
    await asyncio.sleep(6)
    assert complaints == []
    speaker.say(response(*instance_records(service, "after", "127.0.0.15")))
    await heard.until(lambda answer: answer.instance == "after")


async def test_hostile_packets_raise_nothing_and_the_browser_goes_on(
    service: str, speaker: Speaker, heard: Heard, announcer: Announcer, complaints: list[dict[str, Any]]
) -> None:
    await announce(announcer, service, "ours")
    random = Random(7)
    good = [
        response(*instance_records(service, "victim", "127.0.0.16")),
        response(record(full(service), PTR, full(f"nobody.{service}"))),
        response(record(full(f"victim.{service}"), SRV, b"\0\0\0\0\0\0\0")),
        response(record(full(f"victim.{service}"), TXT, b"\xff")),
        b"\0\0\0\0\0\1\0\0\0\0\0\0" + full(service) + b"\0\x0c\0\1",
    ]
    for number in range(1500):
        packet = bytearray(random.choice(good))
        for _ in range(random.randrange(4)):
            packet[random.randrange(len(packet))] = random.randrange(256)
        speaker.say(bytes(packet[: random.randrange(len(packet) + 1)] if random.random() < 0.2 else packet))
        if number % 50 == 0:
            await asyncio.sleep(0.02)
    speaker.say(response(*instance_records(service, "honest", "127.0.0.17")))
    await heard.until(lambda answer: answer.instance == "honest")
    assert heard.browser.counts["dropped"] > 100
    assert complaints == []


async def test_the_table_is_bounded(service: str, speaker: Speaker, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.mdns.browser.MOST", 5)
    for number in range(20):
        speaker.say(response(*instance_records(service, f"unit-{number}", "127.0.0.18")))
    async with asyncio.timeout(20):
        while heard.browser.counts["dropped instances"] < 15:
            await asyncio.sleep(0.02)
    assert len(heard.browser.known) == 5
