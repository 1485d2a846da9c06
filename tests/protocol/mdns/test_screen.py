"""What stands before the mDNS library: who is on no chosen interface is not heard, however sound the packet."""

from collections import Counter
from ipaddress import IPv4Address

import pytest

from gateway.protocol.interfaces import local_addresses, networks
from gateway.protocol.mdns.node import Screen
from gateway.protocol.restraint import Senders
from gateway.thing.clock import SystemClock
from tests.protocol.mdns.packets import response


class Library:
    """Counts what reaches it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def datagram_received(self, _data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(addr[0])


@pytest.mark.parametrize(
    ("interfaces", "sender", "passes"),
    [
        (["127.0.0.1"], "127.0.0.1", True),
        (["127.0.0.1"], "127.0.27.9", True),
        (["127.0.0.1"], "192.168.27.2", False),
        (["127.0.0.1"], "0.0.0.0", False),
    ],
)
def test_only_who_is_on_a_chosen_interface_is_heard(interfaces: list[str], sender: str, passes: bool) -> None:
    library, counts = Library(), Counter[str]()
    senders = Senders(SystemClock(), rate=10, burst=10, total=10, most=10)
    screen = Screen(library, networks(interfaces), senders, counts, lambda _sender, _reason: None)
    screen.datagram_received(response(), (sender, 5353))
    assert library.heard == ([sender] if passes else [])
    assert counts["from elsewhere"] == (0 if passes else 1)


def test_the_network_of_an_own_address_holds_it_and_a_strange_one_is_alone() -> None:
    for address in local_addresses():
        (network,) = networks([address])
        assert IPv4Address(address) in network
    assert [str(network) for network in networks(["198.51.100.7", "127.0.3.1", "127.0.0.1"])] == ["198.51.100.7/32", "127.0.0.0/8"]
