"""After a change of owner the vault's old key opens nothing, and the passwords of appliances are there, whenever the power went."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SetupError, StorageDamaged
from gateway.lifecycle import rekeying
from gateway.lifecycle.rekeying import NEXT, rekey
from gateway.storage.state import StateStore
from gateway.trust import vault_key
from gateway.trust.seal import Unsealable, unsealed
from gateway.trust.vault import _about, _key_of, open_vault
from gateway.trust.vault_key import KEY_FILE

SECRETS = {("driver:native", "lamp"): b"token of the lamp", ("driver:midea", "151"): b"token", ("clients", "x/oscore"): b"key of x"}


async def a_home(folder: Path) -> bytes:
    """Fill a data folder; return its key."""
    async with StateStore(folder / "state.db") as store:
        vault = await open_vault(folder, store.secrets)
        for (compartment, name), secret in SECRETS.items():
            await vault.compartment(compartment).put(name, secret)
    return bytes.fromhex((folder / KEY_FILE).read_text())


async def kept(folder: Path) -> dict[tuple[str, str], bytes | None]:
    async with StateStore(folder / "state.db") as store:
        vault = await open_vault(folder, store.secrets)
        return {(compartment, name): vault.compartment(compartment).get(name) for compartment, name in SECRETS}


def opens_anything(folder: Path, root: bytes) -> bool:
    """Return whether a root key opens any row there is."""
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        rows = connection.execute("SELECT compartment, name, sealed FROM secrets").fetchall()
    for compartment, name, row in rows:
        try:
            unsealed(_key_of(root, compartment), row, _about(compartment, name))
        except Unsealable:
            continue
        return True
    return False


async def test_the_old_key_opens_nothing_any_more_and_the_new_one_everything(tmp_path: Path) -> None:
    old = await a_home(tmp_path)
    held = (tmp_path / KEY_FILE).open("rb")
    assert opens_anything(tmp_path, old)
    rekey(tmp_path)
    assert not opens_anything(tmp_path, old)
    assert await kept(tmp_path) == SECRETS
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(KEY_FILE)] == [KEY_FILE]
    with held:
        assert set(held.read()) == {0}, "the old key was overwritten"
    assert old.hex().encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


class PowerCut(BaseException):
    pass


def counted(act: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def doing(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise PowerCut
        return act(*arguments, **named)

    return doing


def cut_off(patch: pytest.MonkeyPatch, folder: Path, step: int) -> bool:
    """Let the power go before the `step`-th thing that is done to the disk; return False when it was done before."""
    left = [step]
    for where, name in (
        (rekeying, "reseal"),
        (rekeying, "replace_key"),
        (vault_key, "_made"),
        (vault_key, "_overwrite"),
        (vault_key, "_flush_folder"),
    ):
        patch.setattr(where, name, counted(getattr(where, name), left))
    for owner, act in ((Path, "rename"), (Path, "unlink"), (Path, "hardlink_to"), (os, "fsync")):
        patch.setattr(owner, act, counted(getattr(owner, act), left))
    try:
        rekey(folder)
    except PowerCut:
        return True
    return False


async def test_cut_off_anywhere_nothing_is_lost_and_the_next_try_finishes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step, was_cut = 0, True
    while was_cut:
        step += 1
        home = tmp_path / str(step)
        home.mkdir(mode=0o700)
        old = await a_home(home)
        with monkeypatch.context() as patch:
            was_cut = cut_off(patch, home, step)
        rekey(home)
        assert await kept(home) == SECRETS
        assert not opens_anything(home, old)
        assert not (home / NEXT).exists()
    assert step > 10


async def test_without_the_old_key_nothing_is_changed_and_it_is_said_what_helps(tmp_path: Path) -> None:
    key = await a_home(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(SetupError, match="hulian reset"):
        rekey(tmp_path)
    assert opens_anything(tmp_path, key)
    (tmp_path / KEY_FILE).write_bytes(key.hex().encode() + b"\n")
    (tmp_path / KEY_FILE).chmod(0o600)
    rekey(tmp_path)
    assert await kept(tmp_path) == SECRETS


async def test_a_row_that_no_key_opens_stays_what_it_is(tmp_path: Path) -> None:
    await a_home(tmp_path)
    async with StateStore(tmp_path / "state.db") as store:
        await store.secrets.put("driver:native", "lamp", b"spoilt")
    rekey(tmp_path)
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        assert vault.compartment("driver:midea").get("151") == b"token"
        with pytest.raises(StorageDamaged):
            vault.compartment("driver:native").get("lamp")


async def test_a_home_without_secrets_gets_another_key_too(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        await open_vault(tmp_path, store.secrets)
    before = (tmp_path / KEY_FILE).read_bytes()
    rekey(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() != before
