"""The vault over the control socket: in by name, out sealed, never in an answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.discovery import Discovery, EntryState
from gateway.discovery.credentials import Credentials
from gateway.errors import BadSyntax, CommandError, SchemaViolation, Unknown
from gateway.faces.control.vault import VaultCalls
from gateway.storage.state import StateStore
from gateway.trust.journal import Journal
from gateway.trust.parcel import unpacked
from gateway.trust.vault import open_vault
from tests.discovery.kit import Home, discovering, sighting
from tests.drivers.kit import until
from tests.kit.secrets import SetClock

CANARY = "canary-a41c-token"
PASSPHRASE = "four words are good"


@dataclass
class Counter:
    """A control socket without the socket."""

    home: Home
    discovery: Discovery
    calls: VaultCalls
    journal: Journal

    async def __call__(self, call: str, **arguments: Any) -> Any:
        async def tell(item: Any) -> None:
            raise AssertionError(item)

        return await self.calls.table()[call](arguments, tell)


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Counter]:
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        home = Home(credentials=Credentials(vault))
        await vault.compartment("clients").put("phone-1/oscore", CANARY.encode())
        async with discovering(home) as discovery:
            journal = Journal(store.journal, SetClock(5.0))
            yield Counter(home, discovery, VaultCalls(vault, home.credentials, discovery, journal), journal)


async def test_what_is_imported_first_answers_when_the_unit_is_accepted(ask: Counter) -> None:
    assert await ask("vault-import", driver="test", key="unit-1", credentials={"code": CANARY}) == {
        "driver": "test",
        "key": "unit-1",
        "registered": False,
        "problem": "",
    }
    ask.discovery.see(sighting("unit-1", needs="1"))
    await until(ask.discovery.registrations, "accepted: who brought its key wants it in the home")
    assert [each.credentials for each in ask.discovery.registrations()] == [{"code": CANARY}]


async def test_a_unit_that_needs_nothing_keeps_what_was_imported_for_it(ask: Counter) -> None:
    await ask("vault-import", driver="test", key="unit-1", credentials={"code": CANARY})
    ask.discovery.see(sighting("unit-1"))
    await until(ask.discovery.inbox, "an entry")
    assert (await ask.discovery.accept("unit-1")).credentials == {"code": CANARY}
    assert ask.home.credentials.of("test", "unit-1") == {"code": CANARY}


async def test_a_unit_in_the_home_begins_anew_with_what_is_imported(ask: Counter) -> None:
    ask.discovery.see(sighting("unit-1", needs="1"))
    await until(ask.discovery.inbox, "an entry")
    await ask.discovery.accept("unit-1", {"code": "old"})
    assert (await ask("vault-import", driver="test", key="unit-1", credentials={"code": CANARY}))["registered"]
    assert ask.home.dropped == [], "its devices are still its own"
    assert [each.credentials for each in ask.home.adopted] == [{"code": "old"}, {"code": CANARY}]
    assert [entry.state for entry in ask.discovery.inbox()] == [EntryState.ACCEPTED]


async def test_the_list_has_names_and_the_journal_who_and_neither_a_secret(ask: Counter) -> None:
    await ask("vault-import", driver="test", key="unit-1", credentials={"code": CANARY})
    listed = await ask("vault-list")
    assert listed == [{"compartment": "clients", "names": ["phone-1/oscore"]}, {"compartment": "driver:test", "names": ["unit-1"]}]
    await ask("vault-export", passphrase=PASSPHRASE)
    entries = [(entry.what, entry.actor, entry.target, entry.result) for entry in await ask.journal.newest(9)]
    assert entries == [("vault-import", "local", "test:unit-1", "done"), ("vault-export", "local", "", "done")]
    assert CANARY not in json.dumps(listed) + str(await ask.journal.newest(9))


async def test_the_export_is_sealed_and_has_the_appliances_credentials_only(ask: Counter) -> None:
    for key in ("unit-1", "unit-2"):
        await ask("vault-import", driver="test", key=key, credentials={"code": f"{CANARY}-{key}"})
    answer = await ask("vault-export", passphrase=PASSPHRASE)
    assert answer["units"] == 2
    assert CANARY not in json.dumps(answer)
    assert json.loads(unpacked(answer["parcel"].encode(), PASSPHRASE)) == {
        "units": [{"driver": "test", "key": key, "credentials": {"code": f"{CANARY}-{key}"}} for key in ("unit-1", "unit-2")]
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, BadSyntax),
        ({"driver": 5, "key": "x", "credentials": {"a": "b"}}, BadSyntax),
        ({"driver": "test", "key": "", "credentials": {"a": "b"}}, BadSyntax),
        ({"driver": "test", "key": "a\0b", "credentials": {"a": "b"}}, BadSyntax),
        ({"driver": "test", "key": "k" * 10_000, "credentials": {"a": "b"}}, BadSyntax),
        ({"driver": "nobody", "key": "x", "credentials": {"a": "b"}}, Unknown),
        ({"driver": "../clients", "key": "phone-1/oscore", "credentials": {"a": "b"}}, Unknown),
        ({"driver": "test", "key": "x"}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": [CANARY]}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {"a b": CANARY}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {"a": {"b": CANARY}}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {"a": ""}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {"a": f"{CANARY}\n"}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {"a": CANARY * 1000}}, SchemaViolation),
        ({"driver": "test", "key": "x", "credentials": {str(n): CANARY for n in range(33)}}, SchemaViolation),
    ],
)
async def test_bad_imports_are_refused_and_the_refusal_shows_no_secret(
    ask: Counter, arguments: dict[str, Any], error: type[CommandError]
) -> None:
    with pytest.raises(error) as refused:
        await ask("vault-import", **arguments)
    assert CANARY not in str(refused.value.document())
    assert [each["compartment"] for each in await ask("vault-list")] == ["clients"]


@pytest.mark.parametrize("passphrase", [None, 5, "", "short", "a" * 40])
async def test_an_export_without_a_good_passphrase_is_refused(ask: Counter, passphrase: Any) -> None:
    with pytest.raises(CommandError):
        await ask("vault-export", passphrase=passphrase)
    assert await ask.journal.newest(9) == ()
