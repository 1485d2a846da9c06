"""A unit's UDP door, over real sockets on loopback."""

import asyncio
import socket
from collections.abc import Iterator
from random import Random

import pytest

from firmware_sim.network import Network
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of, join
from tests.kit.addresses import address


class Client:
    """A socket on 127.0.0.1 that asks and remembers what came back."""

    def __init__(self) -> None:
        self.plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.plug.setblocking(False)
        self.plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        self.plug.bind(("127.0.0.1", 0))

    def ask(self, data: bytes, host: str, port: int) -> None:
        self.plug.sendto(data, (host, port))

    async def answer(self, patience: float = 5.0) -> tuple[bytes, Peer]:
        async with asyncio.timeout(patience):
            return await asyncio.get_running_loop().sock_recvfrom(self.plug, 2048)

    async def silence(self, seconds: float = 0.1) -> bool:
        try:
            await self.answer(seconds)
        except TimeoutError:
            return True
        return False


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.plug.close()


def echo(network: Network, **more: object) -> Datagrams:
    return echo_at(network, 0, **more)


def echo_at(network: Network, port: int, **more: object) -> Datagrams:
    def heard(data: bytes, peer: Peer) -> None:
        door.say(data, peer)

    door = Datagrams(network, port, heard, **more)  # type: ignore[arg-type]
    return door


async def test_a_unit_answers_from_its_own_address(client: Client) -> None:
    async with echo(Network(address())) as door:
        client.ask(b"hello", door._address, door.port)
        assert await client.answer() == (b"hello", (door._address, door.port))


@pytest.mark.parametrize("group", ["127.255.255.255", "224.0.23.0"])
async def test_what_is_said_to_everybody_is_answered_by_each_from_its_own_address(client: Client, group: str) -> None:
    async with echo(Network(address())) as first:
        second = echo_at(Network(address()), first.port, everybody=(group,))
        third = echo_at(Network(address()), first.port, everybody=(group,))
        async with second, third:
            client.ask(b"who", group, first.port)
            answers = {(await client.answer())[1][0] for _ in range(2)}
            assert answers == {second._address, third._address}, "one that does not listen to everybody keeps quiet"


async def test_loss_goes_both_ways_and_silence_is_whole(client: Client) -> None:
    network = Network(address())
    async with echo(network) as door:
        for change in ({"loss": 1.0}, {"loss": 0.0, "silent": True}):
            network.set(**change)  # type: ignore[arg-type]
            client.ask(b"hello", network.address, door.port)
            assert await client.silence()


async def test_a_datagram_may_come_twice_and_the_second_late(client: Client) -> None:
    network = Network(address(), random=Random(4))
    network.set(twice=1.0, late=0.2)
    async with echo(network) as door:
        client.ask(b"hello", network.address, door.port)
        assert [(await client.answer())[0] for _ in range(2)] == [b"hello", b"hello"]
        assert await client.silence()


async def test_what_is_late_is_forgotten_when_the_door_closes(client: Client) -> None:
    network = Network(address())
    network.set(delay=0.3)
    async with echo(network) as door:
        client.ask(b"hello", network.address, door.port)
        await asyncio.sleep(0.05)
    assert await client.silence(0.5)


def test_damage_changes_some_messages_and_never_makes_them_longer() -> None:
    network = Network(random=Random(1))
    network.set(garbled=0.5)
    worn = [network.worn(b"0123456789") for _ in range(1000)]
    assert 400 < sum(data != b"0123456789" for data in worn) < 600
    assert all(len(data) <= 10 for data in worn)
    assert network.worn(b"") == b""


def test_a_taken_place_is_said(client: Client) -> None:
    assert broadcast_of("127.0.0.9") == "127.255.255.255"
    assert broadcast_of("192.168.1.9") == "255.255.255.255"
    with pytest.raises(OSError, match=r"Invalid argument|No such device"):
        join(client.plug, "127.0.0.1", "127.0.0.1")


async def test_two_units_cannot_have_one_address() -> None:
    async with echo(Network(address())) as first:
        with pytest.raises(OSError, match="in use"):
            async with Datagrams(Network(first._address), first.port, lambda _, __: None):
                pass
