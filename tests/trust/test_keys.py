import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import StorageDamaged
from gateway.storage.state import StateStore
from gateway.thing.principal import LOCAL, Role
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.keys import Keys
from gateway.trust.oscore_key import HUB_ID, OscoreKey
from gateway.trust.vault import CLIENTS, Compartment, open_vault
from tests.kit.secrets import SetClock


@dataclass
class Hub:
    clients: Clients
    compartment: Compartment
    keys: Keys
    clock: SetClock

    async def let_in(self, name: str = "phone", *, expires: float | None = None) -> tuple[Client, OscoreKey]:
        key = OscoreKey.fresh(self.clients.new_id(name), self.keys.taken())
        await self.compartment.put(f"{key.identity}/oscore", key.row())
        await self.compartment.put(f"{key.identity}/psk", b"sixteen bytes...")
        return await self.clients.add(name, Role.USER, LOCAL, id=key.identity, expires=expires), key


@asynccontextmanager
async def hub(folder: Path) -> AsyncIterator[Hub]:
    clock = SetClock(1000.0)
    async with StateStore(folder / "state.db") as store:
        vault = await open_vault(folder, store.secrets)
        clients = Clients(store.clients, clock, Random())
        await clients.load()
        keys = Keys(vault.compartment(CLIENTS), clients, clock)
        await keys.load()
        yield Hub(clients, vault.compartment(CLIENTS), keys, clock)


async def test_a_key_is_found_from_the_moment_its_client_is_in_and_after_a_restart(tmp_path: Path) -> None:
    async with hub(tmp_path) as first:
        assert first.keys.find(b"abcd") is None
        client, key = await first.let_in()
        assert first.keys.find(key.recipient_id) == key
        assert first.keys.shared_key(client.id) == b"sixteen bytes..."
    async with hub(tmp_path) as again:
        assert again.keys.find(key.recipient_id, None) == key
        assert again.keys.find(key.recipient_id, b"context") is None
        assert again.keys.shared_key("nobody") is None
        assert again.keys.taken() == {key.recipient_id}


async def test_a_revoked_client_has_no_key_in_memory_and_none_in_the_vault(tmp_path: Path) -> None:
    async with hub(tmp_path) as home:
        client, key = await home.let_in()
        _, kept = await home.let_in()
        await home.clients.revoke(client.id)
        assert home.keys.find(key.recipient_id) is None
        assert home.keys.shared_key(client.id) is None
        assert home.compartment.names() == (f"{kept.identity}/oscore", f"{kept.identity}/psk")
        assert home.keys.find(kept.recipient_id) == kept
        await home.clients.clear()
        assert (home.compartment.names(), home.keys.taken()) == ((), frozenset())


async def test_a_client_whose_time_is_over_has_no_key(tmp_path: Path) -> None:
    async with hub(tmp_path) as home:
        client, key = await home.let_in(expires=2000.0)
        home.clock.moment = 1999.0
        assert home.keys.find(key.recipient_id) == key
        home.clock.moment = 2000.0
        assert home.keys.find(key.recipient_id) is None
        assert home.keys.shared_key(client.id) is None


async def test_keys_of_clients_that_never_came_in_open_nothing_and_are_swept_out(tmp_path: Path) -> None:
    async with hub(tmp_path) as home:
        stray = OscoreKey.fresh("phone-stray")
        await home.compartment.put("phone-stray/oscore", stray.row())
        await home.compartment.put("phone-stray/psk", b"x")
        assert home.keys.find(stray.recipient_id) is None
        assert home.keys.shared_key("phone-stray") is None
    async with hub(tmp_path) as again:
        assert again.compartment.names() == ()


async def test_a_client_put_out_just_before_a_crash_is_out_after_it(tmp_path: Path) -> None:
    async with hub(tmp_path) as home:
        client, key = await home.let_in()
        home.clients._listeners.clear()
        await home.clients.revoke(client.id)
        assert home.compartment.names() != ()
    async with hub(tmp_path) as again:
        assert again.keys.find(key.recipient_id) is None
        assert again.compartment.names() == ()


async def test_a_spoilt_key_costs_one_client_and_a_copied_one_dies_with_its_owner(tmp_path: Path) -> None:
    async with hub(tmp_path) as home:
        spoilt, _ = await home.let_in()
        thief, _ = await home.let_in()
        _, good = await home.let_in()
        await home.compartment.put(f"{spoilt.id}/oscore", b"{}")
        await home.compartment.put(f"{thief.id}/oscore", good.row())
    async with hub(tmp_path) as again:
        assert again.keys.taken() == {good.recipient_id}
        assert again.keys.find(good.recipient_id) == good
        await again.clients.revoke(good.identity)
        assert again.keys.find(good.recipient_id) is None
    async with hub(tmp_path) as once_more:
        assert once_more.keys.find(good.recipient_id) is None


def test_a_printed_key_shows_no_secret() -> None:
    key = OscoreKey.fresh("phone-1")
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert key.master_secret.hex() not in shown
        assert repr(key.master_secret) not in shown
        assert repr(key.master_salt) not in shown
        assert "phone-1" in shown


def test_a_thousand_keys_are_a_thousand_with_a_thousand_kids() -> None:
    taken: set[bytes] = set()
    made = []
    for number in range(1000):
        made.append(OscoreKey.fresh(f"c-{number}", taken))
        taken.add(made[-1].recipient_id)
    assert len({key.master_secret for key in made}) == len({key.master_salt for key in made}) == len(taken) == 1000
    assert HUB_ID not in taken


def test_a_kid_that_is_taken_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given_out = iter([b"aaaa", b"aaaa", b"bbbb", b"s" * 16, b"t" * 8])
    monkeypatch.setattr("secrets.token_bytes", lambda _: next(given_out))
    assert OscoreKey.fresh("x", {b"aaaa"}).recipient_id == b"bbbb"


def test_both_sides_read_the_same_key() -> None:
    key = OscoreKey.fresh("phone-1")
    assert OscoreKey.read(key.row()) == key
    document = key.client_document()
    assert bytes.fromhex(document["sender_id"]) == key.recipient_id
    assert bytes.fromhex(document["recipient_id"]) == key.sender_id == HUB_ID
    assert bytes.fromhex(document["master_secret"]) == key.master_secret
    assert "client" not in document


def without(name: str) -> dict[str, str]:
    document: dict[str, str] = orjson.loads(OscoreKey.fresh("phone-1").row())
    del document[name]
    return document


@pytest.mark.parametrize("name", ["client", "master_secret", "master_salt", "recipient_id", "sender_id"])
def test_a_key_that_lacks_something_is_refused(name: str) -> None:
    with pytest.raises(StorageDamaged):
        OscoreKey.read(orjson.dumps(without(name)))


@pytest.mark.parametrize(
    "change",
    [
        {"master_secret": b"short"},
        {"master_secret": bytes(17)},
        {"master_salt": bytes(9)},
        {"recipient_id": b""},
        {"recipient_id": bytes(8)},
        {"recipient_id": HUB_ID},
        {"sender_id": bytes(8)},
    ],
)
def test_a_key_of_the_wrong_size_is_refused(change: dict[str, bytes]) -> None:
    key = dataclasses.replace(OscoreKey.fresh("phone-1"), **change)  # type: ignore[arg-type]
    with pytest.raises(StorageDamaged, match="pair it again"):
        OscoreKey.read(key.row())


@settings(max_examples=40)
@given(st.text(max_size=20), st.one_of(st.binary(max_size=80), st.recursive(st.none() | st.text(), st.lists).map(orjson.dumps)))
def test_junk_is_no_key(client: str, row: bytes) -> None:
    named = orjson.dumps(orjson.loads(OscoreKey.fresh("x").row()) | {"client": f"+/{client}"})
    for junk in (row, named):
        with pytest.raises(StorageDamaged):
            OscoreKey.read(junk)
