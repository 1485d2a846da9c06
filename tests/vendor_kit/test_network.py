"""The plug's own bad network and the places it must have alone: what its hands and its command line promise."""

import asyncio
import socket
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.kit.addresses import address
from tests.kit.vendor import part_of_kit

MANY = 400


def network(**facts: float) -> Any:
    made = part_of_kit("plug.network").Network()
    made._random = Random(7)
    for name, value in facts.items():
        made.set(name, value)
    return made


def test_a_share_of_the_datagrams_is_lost_and_a_share_comes_twice() -> None:
    arrived: list[int] = []
    bad = network(loss=0.25, twice=0.5)
    for number in range(MANY):
        bad.carry(lambda number=number: arrived.append(number))
    assert 0.65 * MANY < len(set(arrived)) < 0.85 * MANY
    assert 1.3 * len(set(arrived)) < len(arrived) < 1.7 * len(set(arrived))


async def test_what_is_late_on_a_link_that_was_cut_never_arrives() -> None:
    arrived: list[str] = []
    late = network(delay=0.02)
    late.carry(lambda: arrived.append("before"))
    late.cut()
    late.carry(lambda: arrived.append("after"))
    assert arrived == []
    await asyncio.sleep(0.06)
    assert arrived == ["after"]


def test_on_a_stream_nothing_is_lost_and_what_was_comes_later() -> None:
    assert network().lateness() == 0.0
    stream = network(loss=1.0, delay=0.01)
    late = [stream.lateness() for _ in range(20)]
    assert 0.01 <= min(late) < max(late)
    assert max(late) > 0.4


@pytest.mark.parametrize(("name", "value"), [("loss", 1.1), ("loss", -1), ("delay", True), ("twice", "0"), ("jitter", 1)])
def test_what_no_network_does_is_refused(name: str, value: object) -> None:
    with pytest.raises(part_of_kit("plug.refusal").Refusal):
        network().set(name, value)


def test_an_address_that_is_shared_without_a_word_is_seen_to_be_taken() -> None:
    places, host = part_of_kit("plug.places"), address()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as first:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        first.bind((f"::ffff:{host}", 0))
        port = first.getsockname()[1]
        with pytest.raises(places.Taken, match=f"{host}:{port} is taken"):
            places.look_at_address(host, port)
    places.look_at_address(host, port)
    with pytest.raises(OSError, match=r"192\.0\.2\.1:5683 cannot be had"):
        places.look_at_address("192.0.2.1", 5683)


def test_a_socket_is_taken_while_somebody_listens_and_free_afterwards(tmp_path: Path) -> None:
    places, path = part_of_kit("plug.places"), tmp_path / "sock"
    places.look_at_socket(path)
    with socket.socket(socket.AF_UNIX) as first:
        first.bind(str(path))
        first.listen()
        with pytest.raises(places.Taken, match="another program listens there"):
            places.look_at_socket(path)
    places.look_at_socket(path)
    with pytest.raises(OSError, match="there is no folder"):
        places.look_at_socket(tmp_path / "none" / "sock")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="there is a file of that name"):
        places.look_at_socket(tmp_path / "file")
