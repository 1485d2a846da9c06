"""Thousands of units that are none: what they cost is bounded, and the real ones are found all the same."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.discovery import inbox as inboxes
from gateway.discovery.inbox import Inbox, News
from gateway.discovery.pace import Pace
from gateway.drivers.parts import search as by_datagram
from gateway.drivers.spi import SearchContext
from tests.discovery.kit import Home, discovering, driver, recognise, sighting
from tests.drivers.kit import context, until
from tests.kit.addresses import address

NOW = 1_800_000_000.0
MANY = 2500


def seen(inbox: Inbox, key: str, where: str, at: float) -> News:
    found = sighting(key, where, at=NOW + at)
    candidate = recognise(found)
    assert candidate is not None
    return inbox.see(candidate, found, away=lambda: False)[1]


def test_a_neighbour_that_invents_units_pushes_out_its_own() -> None:
    inbox = Inbox(Pace())
    real = [f"real-{number}" for number in range(40)]
    for number, key in enumerate(real):
        seen(inbox, key, f"10.0.0.{number}", 0)
    for number in range(MANY):
        seen(inbox, f"invented-{number}", "10.0.0.66", 1 + number)
    assert len(inbox.entries()) == len(real) + inboxes._MOST_OF_ONE
    assert all(inbox.find(key) for key in real)


def test_many_neighbours_that_invent_units_leave_an_inbox_of_its_size() -> None:
    inbox = Inbox(Pace())
    seen(inbox, "real", "10.0.0.1", 0)
    for number in range(MANY):
        seen(inbox, f"invented-{number}", f"10.0.1.{number % 200}", 1 + number)
    assert len(inbox.entries()) == inboxes._MOST
    assert inbox.find("real") is not None, "it is the only one at its address"
    assert len(inbox.let_go()) == MANY + 1 - inboxes._MOST
    assert inbox.let_go() == set()


async def test_who_had_to_make_room_is_not_left_on_the_disk_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "_MOST", 8)
    home = Home()
    async with discovering(home, driver()) as discovery:
        for number in range(100):
            discovery.see(sighting(f"invented-{number}", f"10.0.0.{number}", at=NOW + number))
            if number % 10 == 0:
                await asyncio.sleep(0.02)
        await until(lambda: discovery.inbox() and discovery._queue.empty(), "all are taken")
        await discovery._desk.save()
    kept = {row.document["key"] for row in await home.store.inbox.all()}
    assert kept == {entry.key for entry in discovery.inbox()}
    monkeypatch.setattr(inboxes, "_MOST", 3)
    async with discovering(home, driver()) as again:
        assert len(again.inbox()) == 3


@asynccontextmanager
async def answering(crowd: int, each: int) -> AsyncIterator[tuple[list[str], int]]:
    """Hold units that answer a question with their name, the first `each` times and with another each time, on addresses of their own."""
    hosts = [address() for _ in range(crowd + 1)]
    plugs = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in hosts]
    loop = asyncio.get_running_loop()
    port = 0
    for host, plug in zip(hosts, plugs, strict=True):
        plug.setblocking(False)
        plug.bind((host, port))
        port = plug.getsockname()[1]

    def answer(number: int) -> None:
        _, asker = plugs[number].recvfrom(100)
        for turn in range(each if number else 1):
            plugs[number].sendto(f"unit-{number}-{turn}".encode(), asker)

    for number, plug in enumerate(plugs):
        loop.add_reader(plug, answer, number)
    yield hosts, port
    for plug in plugs:
        loop.remove_reader(plug)
        plug.close()


def found(data: bytes, _: str) -> by_datagram.Found:
    return by_datagram.Found(key=data.decode(), name=data.decode(), port=1)


async def test_who_answers_a_hundred_times_is_heard_a_few_times_and_the_others_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_datagram, "ROUNDS", (0.3, 0.3))
    told: list[tuple[str, str]] = []
    async with answering(2, 100) as (hosts, port):
        where = SearchContext(
            interfaces=(),
            unicast=tuple(hosts),
            context=context(),
            asked=lambda *_: None,
            dropped=lambda host, why: told.append((host, why)),
        )
        sightings = [each async for each in by_datagram.search(where, "test", [by_datagram.Question(b"?", port)], found)]
    by_host = {host: [each.name for each in sightings if each.address == host] for host in hosts}
    assert by_host[hosts[0]] == ["unit-0-0"]
    assert all(0 < len(by_host[host]) <= by_datagram.FROM_ONE for host in hosts[1:])
    assert {host for host, why in told if "too much" in why} == set(hosts[1:])


async def test_those_beyond_a_number_of_addresses_are_heard_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_datagram, "ROUNDS", (0.3,))
    monkeypatch.setattr(by_datagram, "OTHERS", 0)
    monkeypatch.setattr(by_datagram, "FROM_ONE", 5)
    async with answering(3, 4) as (hosts, port):
        where = SearchContext(interfaces=(), unicast=tuple(hosts), context=context(), asked=lambda *_: None, dropped=lambda *_: None)
        assert len([each async for each in by_datagram.search(where, "test", [by_datagram.Question(b"?", port)], found)]) == 5
