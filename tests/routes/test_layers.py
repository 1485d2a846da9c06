"""What stands twice at the doors: each layer refuses by itself, so that taking out one of them is noticed although the other holds."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from gateway.errors import Unauthenticated
from gateway.faces.coap.gate import Gate
from gateway.faces.mqtt.senders import Senders
from gateway.protocol.coap.message import CONTENT, Method, Request, Response
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.access import Access
from gateway.trust.clients import Clients
from gateway.trust.keys import OSCORE, Keys, key_name
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import Vault
from tests.home.kit import START, HandClock
from tests.kit.secrets import MemorySecrets


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def clients(tmp_path: Path, clock: HandClock) -> AsyncIterator[Clients]:
    async with StateStore(tmp_path / "state.db") as store:
        clients = Clients(store.clients, clock, Random(1))
        await clients.add("Ann", Role.OWNER, LOCAL, id="ann-1")
        yield clients


async def test_the_register_is_asked_although_the_key_was_found(clients: Clients, clock: HandClock) -> None:
    access = Access(clients, clock)
    bob = await clients.add("Bob", Role.USER, LOCAL)
    late = await clients.add("Guest", Role.USER, LOCAL, expires=START - 1)
    assert access.principal(bob.id) == Principal(bob.id, Role.USER)
    await clients.revoke(bob.id)
    for identity in (bob.id, late.id, "nobody-1", ""):
        with pytest.raises(Unauthenticated):
            access.principal(identity)
        with pytest.raises(Unauthenticated):
            Senders(access, bound=True).of_branch(identity)


async def test_a_key_is_not_found_although_it_is_still_in_memory(clients: Clients, clock: HandClock) -> None:
    vault = Vault(b"k" * 32, MemorySecrets()).compartment("clients")
    keys = Keys(vault, clients, clock)
    guest = OscoreKey.fresh("guest-1")
    await vault.put(key_name("guest-1", OSCORE), guest.row())
    await clients.add("Guest", Role.USER, LOCAL, id="guest-1", expires=START + 60)
    assert keys.find(guest.recipient_id) is not None
    clock.jump(61)
    assert keys.find(guest.recipient_id) is None


async def test_an_observation_asks_for_its_key_again_with_every_notification() -> None:
    inside = True

    def door(_request: Request) -> Principal:
        if not inside:
            raise Unauthenticated
        return Principal("bob", Role.VIEWER)

    async def stream(_request: Request) -> AsyncIterator[Response]:
        while True:
            yield Response(code=CONTENT)

    async def handle(_request: Request) -> Response:
        raise NotImplementedError

    watching = Gate(door, handle, stream, {}, SystemClock()).watch(Request(method=Method.GET, path=("d",), observe=True))
    assert watching is not None
    assert (await anext(watching)).code == CONTENT
    inside = False
    with pytest.raises(Unauthenticated):
        await anext(watching)
