"""`hulian backup` and `hulian restore`, as a person and as a script use them."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import tarfile
from pathlib import Path
from shutil import copytree

import pytest

from gateway.storage.opening import lock
from gateway.storage.secrets import SecretTable
from gateway.storage.state import StateStore
from gateway.trust.vault import open_vault
from tests.kit.demo import ROOT

pytest.importorskip("cryptography")

PASSPHRASE = "four quiet words here"
SECRET = b"canary-of-the-vault"


async def home(data: Path) -> None:
    async with StateStore(data / "state.db") as state:
        await state.identifier(lambda: "hub-7f3k2m")
        vault = await open_vault(data, state.secrets)
        await vault.compartment("driver:midea").put("ac", SECRET)


async def secret(data: Path) -> bytes | None:
    async with StateStore(data / "state.db") as state:
        table: SecretTable = state.secrets
        return (await open_vault(data, table)).compartment("driver:midea").get("ac")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made") / "home"
    data.mkdir()
    asyncio.run(home(data))
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(copytree(made, tmp_path / "home"))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.name.endswith(".lock"))


@pytest.fixture
def passphrase(tmp_path: Path) -> str:
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    return f"--passphrase-file={tmp_path / 'passphrase'}"


def hulian(data: Path, *arguments: str, into: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(data), *arguments]
    return subprocess.run(command, cwd=ROOT, input=into, capture_output=True, check=False, timeout=50, env=os.environ | {"COLUMNS": "300"})


def test_a_home_with_its_key_moves_to_another_machine(data: Path, passphrase: str, tmp_path: Path) -> None:
    file, other = tmp_path / "home.hulian", tmp_path / "other"
    made = hulian(data, "backup", str(file), passphrase)
    assert made.returncode == 0, made.stderr
    assert b"sealed with your passphrase" in made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    restored = hulian(other, "restore", str(file), passphrase)
    assert restored.returncode == 0, restored.stderr
    assert (other / "vault.key").stat().st_mode & 0o777 == 0o600
    assert asyncio.run(secret(other)) == SECRET


def test_without_a_passphrase_the_key_stays_at_home_and_that_is_said(data: Path, tmp_path: Path) -> None:
    made = hulian(data, "backup", "-")
    assert b"open only with vault.key of this folder, which is not in it" in made.stderr
    assert (data / "vault.key").read_bytes().strip() not in made.stdout
    restored = hulian(tmp_path / "other", "restore", "-", into=made.stdout)
    assert restored.returncode == 0
    assert b"vault.key is not the key of these secrets" in restored.stdout
    again = hulian(data, "restore", "-", "--json", into=made.stdout)
    assert json.loads(again.stdout)["keyFits"] is True
    assert asyncio.run(secret(data)) == SECRET


def test_another_passphrase_changes_nothing(data: Path, passphrase: str, tmp_path: Path) -> None:
    archive = hulian(data, "backup", "-", passphrase).stdout
    (tmp_path / "home.hulian").write_bytes(archive)
    (tmp_path / "passphrase").write_text("four other words here\n")
    refused = hulian(tmp_path / "other", "restore", str(tmp_path / "home.hulian"), passphrase)
    assert refused.returncode == 1
    assert b"the passphrase is another one" in refused.stderr
    assert not (tmp_path / "other" / "state.db").exists()


def test_a_check_may_be_done_while_the_gateway_runs_and_a_restore_may_not(data: Path) -> None:
    archive = hulian(data, "backup", "-").stdout
    held = lock(data / "state.db")
    try:
        checked, refused = (hulian(data, "restore", "-", *more, into=archive) for more in (("--check",), ()))
    finally:
        os.close(held)
    assert checked.returncode == 0, checked.stderr
    assert refused.returncode == 2
    assert b"another gateway is running" in refused.stderr


def test_a_key_is_not_opened_into_a_backup_that_was_altered(data: Path, passphrase: str, tmp_path: Path) -> None:
    file = tmp_path / "home.hulian"
    hulian(data, "backup", str(file), passphrase)
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "inside", filter="data")
    head = tmp_path / "inside" / "backup.json"
    head.write_text(head.read_text().replace("hub-7f3k2m", "hub-other1"))
    with tarfile.open(file, "w:gz", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("backup.json", "state.db"):
            tar.add(tmp_path / "inside" / name, name)
    refused = hulian(tmp_path / "other", "restore", str(file), passphrase)
    assert refused.returncode == 2
    assert b"was altered" in refused.stderr
    assert (
        hulian(tmp_path / "other", "restore", str(file), "--without-key").returncode == 0
    )  # the sums are right: it is who made it that is not known


def test_a_check_changes_nothing(data: Path, tmp_path: Path) -> None:
    archive = hulian(data, "backup", "-").stdout
    checked = hulian(tmp_path / "other", "restore", "-", "--check", into=archive)
    assert checked.returncode == 0
    assert b"Sound: hub-7f3k2m" in checked.stdout
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("backup", "{file}"), b"is there already", 2),
        (("backup", "{folder}/no/such/place"), b"cannot be written", 2),
        (("backup", "{folder}/new", "--with-key"), b"no terminal to ask", 2),
        (("backup", "{folder}/new", "--passphrase-file={file}"), b"at least 12 characters", 1),
        (("backup", "{folder}/new", "--passphrase-file={folder}/none"), b"cannot be read", 2),
        (("restore", "{file}"), b"no backup", 2),
        (("restore", "{folder}"), b"cannot be read", 2),
        (("restore", "{folder}/none"), b"cannot be read", 2),
    ],
)
def test_mistakes_are_told_and_leave_nothing_behind(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], words: bytes, code: int
) -> None:
    (tmp_path / "file").write_text("short\n")
    before = left(tmp_path)
    refused = hulian(data, *(each.format(file=tmp_path / "file", folder=tmp_path) for each in arguments))
    assert words in refused.stderr, refused
    assert refused.returncode == code
    assert b"Traceback" not in refused.stderr
    assert left(tmp_path) == before


def test_a_backup_is_not_poured_onto_a_terminal(data: Path) -> None:
    near, far = pty.openpty()
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(data), "backup", "-"]
    done = subprocess.run(command, cwd=ROOT, stdout=far, stderr=subprocess.PIPE, check=False, timeout=50)
    os.close(near)
    os.close(far)
    assert b"nothing for a terminal" in done.stderr
