"""After a transfer or a reset, what was the old owner's is in no byte of any file, whatever happens on the way."""

import asyncio
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.errors import HulianError, SetupError, StorageDamaged
from gateway.lifecycle.ownership import Erasure, erase_now, is_data_folder, note, noted
from gateway.storage import erasure
from gateway.storage.commands import CommandRecord
from gateway.storage.devices import DeviceRecord
from gateway.storage.history import HistoryStore
from gateway.storage.links import LinkRecord
from gateway.storage.state import StateStore
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.clients import Clients
from gateway.trust.journal import Journal
from gateway.trust.vault import open_vault
from gateway.trust.vault_key import KEY_FILE
from tests.home.kit import HandClock

CANARY = "canary-9f3c71d2"
OLD = (
    "linker",
    "name",
    "room",
    "tag",
    "client",
    "history",
    "command",
    "journal",
    "inbox",
    "setting",
    "sequence",
    "broker",
    "backup",
    "damaged",
    "removed",
)
"""What of the old owner's there is; each has the canary and its own word in it."""
NOW = 1_800_000_000.0
DEVICE = "lamp-7f3k2m"


def canary(word: str) -> str:
    return f"{CANARY}-{word}"


async def lived_in(folder: Path) -> None:
    """Fill a data folder as an owner does who stays a while."""
    clock = HandClock()
    async with StateStore(folder / "state.db") as store, HistoryStore(folder / "history.db", clock) as history:
        await store.identifier(lambda: "hub-7f3k2m")
        await store.begin_boot()
        described = Description(id=DEVICE, kind="lamp", identity={"maker": "Acme"})
        record = DeviceRecord(description=described, name=canary("name"), room=canary("room"), tags=(canary("tag"),), seen=NOW)
        await store.devices.save(record)
        link = LinkRecord(source=DEVICE, relation="feeds", kind="refrigerator", by=canary("linker"), made=NOW)
        await store.links.change((), (link,))
        await store.registrations.put("native", DEVICE, {"host": "192.0.2.9"})
        await store.inbox.put("native", "other", {"title": canary("inbox")})
        await store.keep("anything", canary("setting"))
        await store.sequences.put("x", {"of": canary("sequence")})
        await Clients(store.clients, clock, Random(1)).add(canary("client"), Role.OWNER, LOCAL)
        await Journal(store.journal, clock).record("paired", target=canary("journal"))
        command = Command(
            id="1",
            device=DEVICE,
            operation=Operation.WRITE_PROPERTY,
            name="power",
            input=canary("command"),
            principal=Principal("x", Role.OWNER),
        )
        await store.commands.add(CommandRecord(command=command, accepted=NOW))
        for number in range(200):
            history.record(DEVICE, "text", f"{canary('history')} {number}", NOW)
        vault = await open_vault(folder, store.secrets)
        await vault.compartment("driver:native").put(DEVICE, b"token of the lamp")
        for name in ("clients", "authority", "pairing"):
            await vault.compartment(name).put("key", b"of the old owner")
    _remove_carelessly(folder / "state.db", canary("removed"))
    (folder / "broker").mkdir()
    (folder / "broker" / "mosquitto.db").write_text(canary("broker"))
    (folder / "backups").mkdir()
    (folder / "backups" / "one").write_text(canary("backup"))
    (folder / "state.db.damaged-1").write_text(canary("damaged"))
    (folder / "hulian.toml").write_text("# stays\n")


def _remove_carelessly(path: Path, word: str) -> None:
    """Leave a removed row behind in the free pages of a database, as an older version did."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        for number in range(100):
            connection.execute("INSERT INTO settings VALUES (?, ?)", (f"removed {number}", f'"{word} {"x" * 500}"'))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("DELETE FROM settings WHERE name LIKE 'removed %'")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def bytes_of(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def opened(folder: Path) -> Mapping[str, Any]:
    async with StateStore(folder / "state.db") as store:
        vault = await open_vault(folder, store.secrets)
        return {
            "identifier": await store.identifier(lambda: "another"),
            "devices": await store.devices.all(),
            "registrations": await store.registrations.all(),
            "compartments": vault.compartments(),
            "token": vault.compartment("driver:native").get(DEVICE),
            "journal": await Journal(store.journal, HandClock()).newest(10),
            "clients": await store.clients.all(),
            "links": await store.links.all(),
        }


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("template")
    asyncio.run(lived_in(made))
    held = bytes_of(made)
    assert [word for word in OLD if canary(word).encode() not in held] == []
    return made


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


async def test_after_a_transfer_the_appliances_are_there_and_nothing_else(folder: Path) -> None:
    note(folder, "transfer")
    assert erase_now(folder, NOW) == "transfer"
    left = bytes_of(folder)
    assert [word for word in OLD if canary(word).encode() in left] == []
    state = await opened(folder)
    (record,) = state["devices"]
    assert (state["identifier"], record.description.id, record.name, record.room, record.tags, record.seen) == (
        "hub-7f3k2m",
        DEVICE,
        "",
        "",
        (),
        None,
    )
    assert len(state["registrations"]) == 1
    assert (state["compartments"], state["token"]) == (("driver:native",), b"token of the lamp")
    assert [(entry["what"], entry["at"]) for entry in map(asdict, state["journal"])] == [("transferred", NOW)]
    assert state["clients"] == {}
    assert [(link.source, link.kind, link.by) for link in state["links"]] == [(DEVICE, "refrigerator", "")]
    assert noted(folder) is None


async def test_after_a_reset_nothing_is_there_and_the_key_was_overwritten(folder: Path) -> None:
    held = (folder / KEY_FILE).open("rb")
    note(folder, "reset")
    assert erase_now(folder, NOW) == "reset"
    assert sorted(path.name for path in folder.iterdir()) == ["history.db.lock", "hulian.toml", "state.db.lock"]
    with held:
        assert set(held.read()) == {0}
    state = await opened(folder)
    assert (state["identifier"], state["devices"], state["compartments"]) == ("another", (), ())


@pytest.mark.parametrize("what", ["transfer", "reset"])
async def test_cut_off_at_any_step_the_next_start_finishes_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, what: Erasure
) -> None:
    for step in range(1, 100):
        home = tmp_path_factory.mktemp("home") / "data"
        shutil.copytree(folder, home)
        note(home, what)
        with monkeypatch.context() as patch:
            was_cut = _cut_off(patch, home, step)
        if noted(home) is not None:  # else the power went after the last step
            assert was_cut
            assert erase_now(home, NOW) == what
        left = bytes_of(home)
        assert [word for word in OLD if canary(word).encode() in left] == []
        if not was_cut:
            break
    assert step > 5


def _cut_off(patch: pytest.MonkeyPatch, folder: Path, step: int) -> bool:
    """Let the power go at the `step`-th removal or statement; return False when it was done before."""
    left = step

    class Cut(BaseException):
        pass

    def counted(act: Any) -> Any:
        def doing(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if not left:
                raise Cut
            return act(*arguments, **named)

        return doing

    patch.setattr(Path, "unlink", counted(Path.unlink))
    patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
    patch.setattr(erasure, "_clean", counted(erasure._clean))
    patch.setattr(erasure, "_flush", counted(erasure._flush))
    try:
        erase_now(folder, NOW)
    except Cut:
        return True
    return False


async def test_a_damaged_state_cannot_be_handed_on_but_can_be_reset(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"not a database" * 500)
    for ending in ("-wal", "-shm"):
        (folder / f"state.db{ending}").unlink(missing_ok=True)
    note(folder, "transfer")
    with pytest.raises(StorageDamaged):
        erase_now(folder, NOW)
    note(folder, "reset")
    assert erase_now(folder, NOW) == "reset"
    assert canary("history").encode() not in bytes_of(folder)


async def test_nothing_is_erased_under_a_gateway_that_runs_now_or_later(folder: Path) -> None:
    async with StateStore(folder / "state.db"):
        with pytest.raises(SetupError, match="another gateway is running"):
            erase_now(folder, NOW, "reset")
    assert noted(folder) is None
    assert canary("history").encode() in bytes_of(folder)
    assert erase_now(folder, NOW, "reset") == "reset"
    assert canary("history").encode() not in bytes_of(folder)


def test_without_a_note_nothing_happens(tmp_path: Path) -> None:
    assert erase_now(tmp_path, NOW) is None
    assert not list(tmp_path.iterdir())


def test_a_reset_stays_a_reset_and_a_spoilt_note_is_one(tmp_path: Path) -> None:
    note(tmp_path, "transfer")
    note(tmp_path, "reset")
    note(tmp_path, "transfer")
    assert noted(tmp_path) == "reset"
    (tmp_path / erasure.NOTE).write_text("tran")
    assert noted(tmp_path) == "reset"


def test_a_folder_is_a_data_folder_only_with_something_of_ours_in_it(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    assert not is_data_folder(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(b"")
    assert is_data_folder(tmp_path)


async def test_the_demo_of_the_same_user_is_left_alone(folder: Path) -> None:
    (folder / "demo").mkdir()
    (folder / "demo" / "state.db").write_text("the demo's")
    note(folder, "reset")
    erase_now(folder, NOW)
    assert (folder / "demo" / "state.db").read_text() == "the demo's"


async def test_a_full_or_failing_disk_is_said_and_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(folder, "reset")

    def failing(*_: Any, **__: Any) -> None:
        raise OSError(5, "input/output error", "history.db")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", failing)
        with pytest.raises(HulianError, match=r"history\.db cannot be erased"):
            erase_now(folder, NOW)
    assert noted(folder) == "reset"
    assert erase_now(folder, NOW) == "reset"
