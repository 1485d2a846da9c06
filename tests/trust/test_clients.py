"""The register of clients, the door, and the table of roles."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from gateway.errors import BadSyntax, Forbidden, SchemaViolation, StateConflict, Unauthenticated, Unknown
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust import clients as register
from gateway.trust.access import Access, ProductState
from gateway.trust.client import Client, client_of
from gateway.trust.clients import Clients
from gateway.trust.roles import TABLE, Permission, may, require, role_to_lower_to


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore(tmp_path / "state.db") as store:
        yield store


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def clients(store: StateStore, clock: SystemClock) -> Clients:
    return Clients(store.clients, clock, Random(1))


async def test_what_was_let_in_and_put_out_is_known_after_a_restart(clients: Clients, store: StateStore, clock: SystemClock) -> None:
    phone = await clients.add("我的手机", Role.OWNER, LOCAL, serial="1f", key="ab")
    lamp = await clients.add("Lamp", Role.DEVICE, phone.principal, roots=("hulian/1/lamp-1",), expires=clock.now() + 60)
    gone = await clients.revoke((await clients.add("Guest", Role.VIEWER, LOCAL)).id)
    again = Clients(store.clients, clock, Random(2))
    await again.load()
    assert again.all() == clients.all() == (phone, lamp, gone)
    assert [client.id for client in again.valid()] == [phone.id, lamp.id]
    assert (lamp.by, gone.revoked is not None) == (phone.id, True)


async def test_a_role_is_lowered_step_by_step_heard_of_and_kept(clients: Clients, store: StateStore, clock: SystemClock) -> None:
    await clients.add("Ann", Role.OWNER, LOCAL)
    phone = await clients.add("Phone", Role.OWNER, LOCAL, serial="1f", key="ab")
    heard: list[Role] = []

    async def listen(client: Client) -> None:
        heard.append(client_of((await store.clients.all())[client.id]).role)

    clients.on_change(listen)
    assert (await clients.lower("Phone", Role.USER)).principal == Principal(phone.id, Role.USER)
    assert (await clients.lower(phone.id, Role.VIEWER)).serial == "1f"
    assert heard == [Role.USER, Role.VIEWER]
    again = Clients(store.clients, clock, Random(2))
    await again.load()
    assert again.find(phone.id).role is Role.VIEWER


@pytest.mark.parametrize(
    ("has", "wanted"),
    [
        *((Role.VIEWER, role) for role in (Role.VIEWER, Role.USER)),
        (Role.USER, Role.USER),
        *((role, Role.VIEWER) for role in (Role.SERVICE, Role.FACTORY, Role.DEVICE)),
    ],
)
async def test_no_role_is_raised_nor_one_beside_the_ladder_changed(clients: Clients, has: Role, wanted: Role) -> None:
    known = await clients.add("Somebody", has, LOCAL)
    with pytest.raises(StateConflict):
        await clients.lower(known.id, wanted)
    assert clients.find(known.id) == known


async def test_who_is_out_is_not_lowered(clients: Clients, clock: SystemClock) -> None:
    gone = await clients.revoke((await clients.add("Gone", Role.USER, LOCAL)).id)
    late = await clients.add("Late", Role.USER, LOCAL, expires=clock.now() - 1)
    for known in (gone, late):
        with pytest.raises(StateConflict):
            await clients.lower(known.id, Role.VIEWER)
    with pytest.raises(Unknown):
        await clients.lower("nobody", Role.VIEWER)


async def test_a_home_keeps_an_owner_also_when_two_go_at_the_same_moment(clients: Clients) -> None:
    ann, bob = [await clients.add(name, Role.OWNER, LOCAL) for name in ("Ann", "Bob")]
    done = await asyncio.gather(clients.lower(ann.id, Role.USER), clients.put_out(bob.id), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Client", "StateConflict"]
    left = next(client for client in clients.valid() if client.role is Role.OWNER)
    with pytest.raises(StateConflict, match="only owner"):
        await clients.lower(left.id, Role.VIEWER)
    with pytest.raises(StateConflict, match="only owner"):
        await clients.put_out(left.id)


@pytest.mark.parametrize("value", ["owner", "service", "device", "", None, 1, ["user"], {"user": 1}])
def test_what_is_no_lower_role_is_refused(value: object) -> None:
    assert [role_to_lower_to(name) for name in ("user", "viewer")] == [Role.USER, Role.VIEWER]
    with pytest.raises(BadSyntax):
        role_to_lower_to(value)


async def test_listeners_hear_of_a_client_after_it_is_stored(clients: Clients, store: StateStore) -> None:
    heard: list[tuple[str, bool, bool]] = []

    async def listen(client: Client) -> None:
        stored = client_of((await store.clients.all())[client.id])
        heard.append((client.id, stored == client, client.revoked is None))

    clients.on_change(listen)
    made = await clients.add("Phone", Role.USER, LOCAL)
    await clients.revoke(made.id)
    await clients.revoke(made.id)
    assert heard == [(made.id, True, True), (made.id, True, False)]


async def test_clear_revokes_everybody_before_it_forgets_them(clients: Clients, store: StateStore) -> None:
    ids = [(await clients.add(f"Phone {number}", Role.USER, LOCAL)).id for number in range(3)]
    heard: list[tuple[str, bool]] = []

    async def listen(client: Client) -> None:
        heard.append((client.id, client.revoked is not None))

    clients.on_change(listen)
    await clients.clear()
    assert heard == [(made, True) for made in ids]
    assert (clients.all(), await store.clients.all()) == ((), {})


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\0b", "a\nb", "\u202egnp.exe", "\ud800"])
async def test_a_name_is_a_name(clients: Clients, name: str) -> None:
    with pytest.raises(SchemaViolation, match="name"):
        await clients.add(name, Role.USER, LOCAL)
    assert clients.all() == ()


@pytest.mark.parametrize("name", ["../x", "+/#", "$SYS", "s", "c", "rpc", "手机", "x" * 64])
async def test_an_id_is_fit_for_a_topic_whatever_the_name(clients: Clients, name: str) -> None:
    made = await clients.add(name, Role.USER, LOCAL)
    assert made.name == name
    assert set(made.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 8 <= len(made.id) <= 64
    assert (await clients.add(name, Role.USER, LOCAL)).id != made.id


async def test_a_client_is_found_by_id_name_or_beginning_and_never_by_guess(clients: Clients) -> None:
    one, two = await clients.add("Phone", Role.USER, LOCAL), await clients.add("Phone", Role.USER, LOCAL)
    lone = await clients.add("Tablet", Role.USER, LOCAL)
    assert clients.find(one.id) == one
    assert clients.find("Tablet") == clients.find("tabl") == lone
    for doubtful in ("Phone", "phone-", "nobody"):
        with pytest.raises(Unknown):
            clients.find(doubtful)
    await clients.revoke(two.id)
    assert clients.find("Phone") == one


async def test_there_is_an_end_to_letting_in(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "CLIENTS_LIMIT", 2)
    first = await clients.add("One", Role.USER, LOCAL)
    await clients.add("Two", Role.USER, LOCAL)
    with pytest.raises(StateConflict, match="revoke"):
        await clients.add("Three", Role.USER, LOCAL)
    await clients.revoke(first.id)
    await clients.add("Three", Role.USER, LOCAL)
    with pytest.raises(StateConflict, match="already"):
        await clients.add("One", Role.USER, LOCAL, id=first.id)


async def test_loopback_is_open_until_there_is_an_owner_and_never_again(clients: Clients, clock: SystemClock) -> None:
    access = Access(clients, clock)
    await clients.add("Guest", Role.VIEWER, LOCAL)
    assert (access.state, access.local()) == (ProductState.FRESH, LOCAL)
    owner = await clients.add("Phone", Role.OWNER, LOCAL, expires=clock.now() + 60)
    assert access.state is ProductState.PAIRED
    with pytest.raises(Unauthenticated):
        access.local()
    clock.advance(61)
    assert not owner.valid(clock.now())
    with pytest.raises(Unauthenticated):  # an owner whose key has run out leaves no open house behind
        access.local()
    while_pairing = Access(clients, clock)
    while_pairing.pairing = True
    assert while_pairing.state is ProductState.PAIRING
    assert Access(clients, clock, open=True).local() == LOCAL


async def test_a_key_opens_for_as_long_as_its_client_is_in(clients: Clients, clock: SystemClock) -> None:
    access = Access(clients, clock)
    user = await clients.add("Phone", Role.USER, LOCAL, expires=clock.now() + 60)
    viewer = await clients.add("Panel", Role.VIEWER, LOCAL)
    assert access.principal(user.id) == Principal(user.id, Role.USER)
    await clients.revoke(viewer.id)
    clock.advance(61)
    for closed in (user.id, viewer.id, "nobody-234567", ""):
        with pytest.raises(Unauthenticated):
            access.principal(closed)


def test_the_roles_of_people_are_a_ladder_and_the_others_control_nothing() -> None:
    assert TABLE[Role.VIEWER] < TABLE[Role.USER] < TABLE[Role.OWNER]
    for role in (Role.VIEWER, Role.SERVICE, Role.FACTORY, Role.DEVICE):
        assert not {Permission.CONTROL, Permission.CONFIRM, Permission.WRITE_PRIVATE, Permission.ADMINISTER} & TABLE[role]
    assert [role for role in Role if may(role, Permission.ADMINISTER)] == [Role.OWNER]
    assert [role for role in Role if may(role, Permission.SPEAK)] == [Role.DEVICE]
    with pytest.raises(Forbidden, match="viewer may not control"):
        require(Principal("x", Role.VIEWER), Permission.CONTROL)
