"""A hub whose key or database is not what it was: it says what to do, and touches nothing."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from gateway.app import Settings, run_gateway
from gateway.errors import SetupError
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.clients import Clients
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import open_vault
from gateway.trust.vault_key import KEY_FILE
from tests.kit.demo import ROOT


async def a_home(folder: Path) -> dict[str, bytes]:
    """Make a data folder with secrets and a client in it; return its files."""
    folder.mkdir(mode=0o700, exist_ok=True)
    async with StateStore(folder / "state.db") as store:
        vault = await open_vault(folder, store.secrets)
        clients = Clients(store.clients, SystemClock(), Random())
        key = OscoreKey.fresh("phone-1")
        await vault.compartment("clients").put("phone-1/oscore", key.row())
        await clients.add("phone", Role.OWNER, LOCAL, id="phone-1", serial="5")
        await vault.compartment("driver:native").put("x", b"{}")
    return files(folder)


def files(folder: Path) -> dict[str, bytes]:
    """Return the files that matter; the log of the database and its lock may come and go."""
    return {name: (folder / name).read_bytes() for name in ("state.db", KEY_FILE) if (folder / name).exists()}


async def refusal(folder: Path) -> str:
    settings = Settings(data=folder, socket=folder / "control.sock", mqtt_port=0, coap_port=0, announce=False)
    with pytest.raises(SetupError) as refused:
        async with run_gateway(settings, clock=SystemClock(), random=Random()):
            raise AssertionError("it started")
    return str(refused.value)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:31])


def anothers(path: Path) -> None:
    path.write_bytes(os.urandom(32).hex().encode() + b"\n")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "lost": (Path.unlink, "missing"),
    "half": (half, "half"),
    "empty": (emptied, "half"),
    "another's": (anothers, "another home's"),
    "open to all": (lambda path: path.chmod(0o644), "chmod 600"),
}


@pytest.mark.parametrize("how", SPOILT)
async def test_a_hub_whose_key_is_spoilt_does_not_start_and_goes_on_when_it_is_put_back(tmp_path: Path, how: str) -> None:
    before = await a_home(tmp_path)
    spoil, why = SPOILT[how]
    spoil(tmp_path / KEY_FILE)
    spoilt = files(tmp_path).get(KEY_FILE)
    told = await refusal(tmp_path)
    assert why in told
    assert "hulian reset" in told
    assert files(tmp_path).get(KEY_FILE) == spoilt
    (tmp_path / KEY_FILE).write_bytes(before[KEY_FILE])
    (tmp_path / KEY_FILE).chmod(0o600)
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        assert OscoreKey.read(vault.compartment("clients").get("phone-1/oscore") or b"").identity == "phone-1"


async def test_another_homes_database_is_noticed(tmp_path: Path) -> None:
    await a_home(tmp_path / "one")
    await a_home(tmp_path / "two")
    shutil.copy(tmp_path / "two" / "state.db", tmp_path / "one" / "state.db")
    assert "another home's" in await refusal(tmp_path / "one")


async def test_two_hubs_on_one_folder_are_one_too_many(tmp_path: Path) -> None:
    await a_home(tmp_path)
    async with StateStore(tmp_path / "state.db") as first:
        vault = await open_vault(tmp_path, first.secrets)
        assert "another gateway is running" in await refusal(tmp_path)
        await vault.compartment("clients").put("phone-1/psk", b"still mine")
        assert vault.compartment("clients").get("phone-1/psk") == b"still mine"


async def test_the_program_says_it_in_words_and_ends_with_2(tmp_path: Path) -> None:
    await a_home(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    command = [sys.executable, "-m", "gateway.cli.main", "run", "--data", str(tmp_path), "--mqtt-port", "0", "--coap-port", "0"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=50, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert "vault.key is missing" in done.stderr
    assert "Traceback" not in done.stderr
