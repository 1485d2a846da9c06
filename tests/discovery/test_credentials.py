import asyncio
import gc
import gzip
import io
import json
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any

import pytest

from gateway.discovery.credentials import Credentials, seal_older
from gateway.drivers.spi import Ask, Candidate, Context
from gateway.errors import ExtraMissing, SetupError, StorageFailed
from gateway.profile.library import Library
from gateway.storage.backup import back_up
from gateway.storage.state import MIGRATIONS, StateStore
from gateway.thing.clock import SystemClock
from gateway.trust.vault import Vault, open_vault
from tests.discovery.kit import Home, discovering, driver, sighting
from tests.drivers.kit import until
from tests.kit.secrets import MemorySecrets, disguises

CANARY = "canary-5f2b-token-of-a-unit"


def found(folder: Path) -> list[tuple[str, str]]:
    """Return in which file of a folder, and how, the canary lies about."""
    raw = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [(name, form) for name, bytes_ in raw.items() for form, text in disguises(CANARY.encode()).items() if text in bytes_]


async def test_credentials_are_kept_sealed_beside_the_registration_and_come_back_with_it() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        await discovery.accept("unit-1", {"code": CANARY})
        assert CANARY not in json.dumps([dict(row.document) for row in home.store.registrations.rows.values()])
        assert home.credentials.of("test", "unit-1") == {"code": CANARY}
    home.adopted.clear()
    async with discovering(home) as discovery:
        assert [registration.credentials for registration in home.adopted] == [{"code": CANARY}]
        discovery.see(sighting("unit-1", "127.0.0.6", needs="1"))
        await until(lambda: home.store.registrations.rows["test", "unit-1"].document["address"] == "127.0.0.6", "stored again")
        assert CANARY not in str(home.store.registrations.rows["test", "unit-1"].document)
        assert home.credentials.of("test", "unit-1") == {"code": CANARY}


@pytest.mark.parametrize("how", ["ignore", "forget"])
async def test_credentials_go_with_the_unit(how: str) -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        await discovery.accept("unit-1", {"code": CANARY})
        await getattr(discovery, how)("unit-1")
        assert home.credentials.drivers() == ()


async def test_without_the_library_a_unit_with_a_secret_is_not_accepted_and_one_without_is(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    async with discovering(home) as discovery:
        discovery.see(sighting("secret", needs="1"))
        discovery.see(sighting("open"))
        await until(lambda: len(discovery.inbox()) == 2, "entries")
        with pytest.raises(ExtraMissing, match=r"hulian\[trust\]"):
            await discovery.accept("secret", {"code": CANARY})
        await discovery.accept("open")
        assert [registration.key for registration in home.adopted] == ["open"]
        assert list(home.store.registrations.rows) == [("test", "open")]


async def test_a_spoilt_secret_costs_one_unit_its_password_and_not_the_home_its_start() -> None:
    home, secrets = Home(), MemorySecrets()
    home.credentials = Credentials(Vault(bytes(32), secrets))
    async with discovering(home) as discovery:
        for key in ("unit-1", "unit-2"):
            discovery.see(sighting(key, needs="1"))
        await until(lambda: len(discovery.inbox()) == 2, "entries")
        for key in ("unit-1", "unit-2"):
            await discovery.accept(key, {"code": key})
    row = secrets.rows["driver:test", "unit-1"]
    secrets.rows["driver:test", "unit-1"] = row[:-1] + bytes([row[-1] ^ 1])
    vault = Vault(bytes(32), secrets)
    await vault.load()
    home.credentials = Credentials(vault)
    home.adopted.clear()
    async with discovering(home):
        assert {registration.key: dict(registration.credentials) for registration in home.adopted} == {
            "unit-1": {},
            "unit-2": {"code": "unit-2"},
        }


# A driver has its own secrets only


NOT_HANDED = (type, type(sys), FunctionType, asyncio.Future, asyncio.AbstractEventLoop)


def reachable(*roots: object) -> list[object]:
    """Return everything that can be reached from some objects, but not through modules, types, code, or the tasks of the loop.

    That is what a driver is handed. It lives in this process all the same: nothing in Python keeps one that means harm from the rest.
    """
    seen: dict[int, object] = {}
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, NOT_HANDED):
            continue
        seen[id(each)] = each
        waiting += gc.get_referents(each)
    return list(seen.values())


async def test_a_driver_can_reach_the_secrets_of_its_own_unit_and_no_others() -> None:
    home, told = Home(), []
    vault = Vault(bytes(32), MemorySecrets())
    home.credentials = Credentials(vault)
    await home.credentials.keep("other", "unit-1", {"code": CANARY})

    async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
        told.append((candidate, ask))
        return {"code": await ask("code", "the code of the unit")}

    async with discovering(home, driver(pair=pair)) as discovery:
        discovery.see(sighting("unit-1"))
        await until(discovery.inbox, "an entry")
        registration = await discovery.accept("unit-1", {"code": "own"})
        context: Context = discovery._context
        mine = reachable(registration, context, *told[0])
    assert registration.credentials == {"code": "own"}
    assert registration in mine
    assert not any(each is vault for each in mine)
    assert not any(isinstance(each, str | bytes) and CANARY in str(each) for each in mine)
    assert any(each is vault for each in reachable(home.credentials)), "the search itself finds a vault where there is one"


async def test_drivers_of_odd_names_still_have_compartments_of_their_own() -> None:
    vault = Vault(bytes(32), MemorySecrets())
    credentials = Credentials(vault)
    await vault.compartment("authority").put("home", CANARY.encode())
    for driver_name in ("authority", "", "driver:x", "../authority"):
        assert credentials.keys(driver_name) == ()
    await credentials.keep("authority", "home", {"a": "b"})
    assert vault.compartment("authority").get("home") == CANARY.encode()


# What an older version kept in clear

OLD = {"driver": "test", "address": "127.0.0.5", "port": 7, "facts": {}}


async def older(folder: Path, number: int = 40) -> None:
    """Write registrations as the version before the vault did, some of them removed again."""
    async with StateStore(folder / "state.db") as store:
        for unit in range(number):
            await store.registrations.put(
                "test", f"unit-{unit}", {**OLD, "key": f"unit-{unit}", "credentials": {"code": f"{CANARY}-{unit}"}}
            )
        await store.registrations.put("test", "open", {**OLD, "key": "open", "credentials": {}})
        for unit in range(number // 2, number):
            await store.registrations.remove("test", f"unit-{unit}")


async def sealed(folder: Path) -> dict[str, dict[str, str]]:
    async with StateStore(folder / "state.db") as store:
        credentials = Credentials(await open_vault(folder, store.secrets))
        await seal_older(store, credentials)
        assert all(not row.document.get("credentials") for row in await store.registrations.all())
        assert found(folder) == []
        return {key: credentials.of("test", key) for key in credentials.keys("test")}


async def test_clear_credentials_are_sealed_once_and_their_clear_text_is_gone_from_every_byte(tmp_path: Path) -> None:
    await older(tmp_path)
    assert found(tmp_path) != []
    wanted = {f"unit-{unit}": {"code": f"{CANARY}-{unit}"} for unit in range(20)}
    assert await sealed(tmp_path) == wanted
    assert found(tmp_path) == []
    assert await sealed(tmp_path) == wanted


async def test_what_was_sealed_comes_back_with_its_registration(tmp_path: Path) -> None:
    await older(tmp_path, 2)
    home = Home()
    async with StateStore(tmp_path / "state.db") as store:
        home.credentials = Credentials(await open_vault(tmp_path, store.secrets))
        await seal_older(store, home.credentials)
        for row in await store.registrations.all():
            await home.store.registrations.put(row.driver, row.key, row.document)
        async with discovering(home):
            assert {each.key: dict(each.credentials) for each in home.adopted} == {"unit-0": {"code": f"{CANARY}-0"}, "open": {}}


async def test_the_copy_made_before_the_upgrade_has_no_clear_text_either_and_everything_else(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as before:
        before.execute("PRAGMA journal_mode=WAL")
        for number, script in enumerate(MIGRATIONS[:2], start=1):
            before.executescript(f"{script}; PRAGMA user_version={number};")
        for unit in range(40):
            document = {**OLD, "key": f"unit-{unit}", "credentials": {"code": f"{CANARY}-{unit}"}}
            before.execute("INSERT INTO registrations VALUES (?, ?, ?)", ("test", f"unit-{unit}", json.dumps(document)))
        before.execute("INSERT INTO settings VALUES ('identifier', '\"hub-1\"')")
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    assert len(await sealed(tmp_path)) == 40
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name == "state.db.schema-2"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert found(tmp_path) == []
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert kept.execute("PRAGMA user_version").fetchone() == (2,)
        assert kept.execute("SELECT value FROM settings").fetchall() == [('"hub-1"',)]
        documents = [json.loads(body) for (body,) in kept.execute("SELECT document FROM registrations")]
    assert documents == [{**OLD, "key": f"unit-{unit}"} for unit in range(40)]


async def test_copies_that_cannot_be_made_anew_stop_nobody_are_named_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await older(tmp_path, 2)
    (tmp_path / "backups").mkdir(mode=0o700)
    (tmp_path / "backups" / "state.db.schema-2").write_bytes(CANARY.encode() * 100)
    (tmp_path / "backups" / "state.db.schema-2").chmod(0o600)
    async with StateStore(tmp_path / "state.db") as store:
        credentials = Credentials(await open_vault(tmp_path, store.secrets))
        for _ in range(2):
            caplog.clear()
            await seal_older(store, credentials)
            assert "still on the disk" in caplog.text
        assert credentials.of("test", "unit-0") == {"code": f"{CANARY}-0"}
    (tmp_path / "backups" / "state.db.schema-2").unlink()
    assert await sealed(tmp_path) != {}


async def test_what_was_removed_long_before_there_was_a_vault_is_gone_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as before:
        for number, script in enumerate(MIGRATIONS[:2], start=1):
            before.executescript(f"{script}; PRAGMA user_version={number};")
        for unit in range(40):
            before.execute("INSERT INTO registrations VALUES ('test', ?, ?)", (f"unit-{unit}", json.dumps({"credentials": CANARY})))
        before.execute("PRAGMA secure_delete=OFF")
        before.execute("DELETE FROM registrations")
    (tmp_path / "state.db").chmod(0o600)
    assert found(tmp_path) != []
    assert await sealed(tmp_path) == {}
    assert found(tmp_path) == []
    assert (tmp_path / "backups" / "state.db.schema-2").exists()


async def test_no_backup_is_made_while_there_are_passwords_in_clear(tmp_path: Path) -> None:
    await older(tmp_path, 2)
    into = io.BytesIO()
    with pytest.raises(SetupError, match="start the gateway once"):
        back_up(tmp_path, into, program="0", made="now", key=None)
    assert into.getvalue() == b""
    await sealed(tmp_path)
    back_up(tmp_path, into, program="0", made="now", key=None)
    assert CANARY.encode() not in gzip.decompress(into.getvalue())


class Killed(Exception):
    pass


class Breaking:
    """A store that dies at its Nth write."""

    def __init__(self, store: Any, left: int) -> None:
        self._store = store
        self._left = left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name in {"registrations", "secrets"}:
            return Table(found, self)
        return self.counted(found) if name in {"keep", "scrub"} else found

    def counted(self, work: Any) -> Any:
        async def counting(*arguments: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise Killed
            return await work(*arguments)

        return counting


class Table:
    def __init__(self, table: Any, breaking: Breaking) -> None:
        self._table = table
        self._breaking = breaking

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._table, name)
        return self._breaking.counted(found) if name in {"put", "remove"} else found


@pytest.mark.parametrize("at", range(8))
async def test_killed_at_any_write_nothing_is_lost_and_the_next_start_leaves_no_clear_text(tmp_path: Path, at: int) -> None:
    await older(tmp_path, 4)
    async with StateStore(tmp_path / "state.db") as store:
        breaking = Breaking(store, at)
        vault = await open_vault(tmp_path, breaking.secrets)
        try:
            await seal_older(breaking, Credentials(vault))
        except Killed:
            assert at < 7
        else:
            assert at == 7, "the whole takes seven writes"
    assert await sealed(tmp_path) == {f"unit-{unit}": {"code": f"{CANARY}-{unit}"} for unit in range(2)}


async def test_without_the_library_clear_credentials_stay_as_they_are_and_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await older(tmp_path, 2)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    async with StateStore(tmp_path / "state.db") as store:
        credentials = Credentials(await open_vault(tmp_path, store.secrets))
        with pytest.raises(SetupError, match=r"test:unit-0.*hulian\[trust\]"):
            await seal_older(store, credentials)
        assert (await store.registrations.all())[0].document["credentials"] == {"code": f"{CANARY}-0"}


async def test_scrubbing_waits_for_its_turn_and_a_closed_store_says_so(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        await store.keep("a", CANARY)
        await store.keep("a", "b")
        await store.scrub()
        assert found(tmp_path) == []
        assert await store.setting("a") == "b"
    with pytest.raises(StorageFailed):
        await store.scrub()


def test_the_context_of_a_driver_has_no_way_to_a_vault() -> None:
    context = Context(gateway="hub-1", clock=SystemClock.__new__(SystemClock), random=Random(1), library=Library())
    assert not any(isinstance(each, Vault | Credentials) for each in reachable(context))
