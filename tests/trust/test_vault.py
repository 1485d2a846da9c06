import asyncio
import os
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ExtraMissing, SetupError, StorageDamaged
from gateway.storage.state import StateStore
from gateway.trust.seal import Unsealable, derived, sealed, unsealed
from gateway.trust.vault import Vault, _about, open_vault
from gateway.trust.vault_key import KEY_FILE, destroy_key, root_key
from tests.kit.secrets import MemorySecrets, disguises

KEY = bytes(range(32))
CANARY = b"canary-7c1e0f55-token"


async def loaded(store: MemorySecrets, root: bytes = KEY) -> Vault:
    vault = Vault(root, store)
    await vault.load()
    return vault


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_what_was_put_is_what_is_got_also_after_a_restart(secret: bytes, compartment: str, name: str) -> None:
    async def story() -> None:
        store = MemorySecrets()
        await (await loaded(store)).compartment(compartment).put(name, secret)
        again = (await loaded(store)).compartment(compartment)
        assert (again.get(name), again.names()) == (secret, (name,))
        assert len(secret) < 8 or secret not in store.rows[compartment, name]

    asyncio.run(story())


@given(st.binary(max_size=60), st.data())
def test_any_flipped_bit_and_any_cut_is_refused(secret: bytes, data: st.DataObject) -> None:
    text = sealed(KEY, secret, b"about")
    bit = data.draw(st.integers(0, 8 * len(text) - 1))
    flipped = bytearray(text)
    flipped[bit // 8] ^= 1 << bit % 8
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    for spoilt in (bytes(flipped), cut, text + b"\0"):
        with pytest.raises(Unsealable):
            unsealed(KEY, spoilt, b"about")


@given(st.lists(st.text(max_size=8), min_size=4, max_size=4))
def test_a_row_moved_to_another_place_is_refused(words: list[str]) -> None:
    one, two = (words[0], words[1]), (words[2], words[3])
    if one == two:
        return

    async def story() -> None:
        store = MemorySecrets()
        vault = await loaded(store)
        await vault.compartment(one[0]).put(one[1], b"x")
        await vault.compartment("kept").put("kept", b"so that the key opens something")
        store.rows[two] = store.rows[one]
        moved = (await loaded(store)).compartment(two[0])
        with pytest.raises(StorageDamaged):
            moved.get(two[1])

    asyncio.run(story())


def test_keys_are_derived_as_rfc_5869_says() -> None:
    assert derived(KEY, "driver:midea") == HKDF(SHA256(), 32, salt=None, info=b"driver:midea").derive(KEY)
    assert derived(KEY, "driver:midea") != derived(KEY, "driver:native")


async def test_the_key_of_one_compartment_opens_nothing_of_another() -> None:
    store = MemorySecrets()
    vault = await loaded(store)
    one, two = vault.compartment("driver:one"), vault.compartment("driver:two")
    await one.put("unit", b"secret")
    row = store.rows["driver:one", "unit"]
    assert unsealed(one._key, row, _about("driver:one", "unit")) == b"secret"
    with pytest.raises(Unsealable):
        unsealed(two._key, row, _about("driver:one", "unit"))


def test_the_same_secret_never_looks_the_same_twice() -> None:
    assert len({sealed(KEY, b"same", b"") for _ in range(100)}) == 100


async def test_a_secret_is_removed_alone_and_a_compartment_is_gone_with_its_last(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        for place, name in (("a", "1"), ("a", "2"), ("b", "1")):
            await vault.compartment(place).put(name, name.encode())
        await vault.compartment("a").remove("1")
        await vault.compartment("a").remove("nothing")
        await vault.compartment("b").remove("1")
        for each in (vault, await open_vault(tmp_path, store.secrets)):
            assert each.compartments() == ("a",)
            assert (each.compartment("a").get("1"), each.compartment("a").get("2"), each.compartment("b").names()) == (None, b"2", ())
        assert set(await store.secrets.all()) == {("a", "2")}


async def test_nothing_that_can_be_printed_shows_a_secret(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        compartment = vault.compartment("clients")
        await compartment.put("phone/oscore", CANARY)
        shown = f"{vault!r} {vault} {compartment!r} {compartment} {vars_of(vault)} {vars_of(compartment)}"
    assert KEY_FILE not in shown
    assert CANARY.decode() not in shown
    assert (tmp_path / KEY_FILE).read_text().strip() not in shown


def vars_of(each: object) -> str:
    return str(getattr(each, "__dict__", ""))


async def test_a_secret_is_on_disk_only_sealed_and_the_files_are_private(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        await vault.compartment("driver:x").put("unit", CANARY)
        assert on_disk(tmp_path, CANARY) == []
    assert on_disk(tmp_path, CANARY) == []
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def on_disk(folder: Path, secret: bytes) -> list[Path]:
    forms = disguises(secret).values()
    return [path for path in folder.rglob("*") if path.is_file() and any(form in path.read_bytes() for form in forms)]


async def test_one_spoilt_row_costs_one_secret_and_says_which(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        vault = await open_vault(tmp_path, store.secrets)
        await vault.compartment("clients").put("good", b"1")
        await vault.compartment("clients").put("spoilt", b"2")
        row = (await store.secrets.all())["clients", "spoilt"]
        await store.secrets.put("clients", "spoilt", row[:-1] + bytes([row[-1] ^ 1]))
        again = (await open_vault(tmp_path, store.secrets)).compartment("clients")
        assert again.get("good") == b"1"
        with pytest.raises(StorageDamaged, match="'spoilt' of clients"):
            again.get("spoilt")
        await again.put("spoilt", b"3")
        assert again.get("spoilt") == b"3"


# The key file


def test_the_key_is_made_once_and_stays(tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    key = root_key(path, needed=False)
    assert len(key) == 32
    assert root_key(path, needed=True) == root_key(path, needed=False) == key
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]


def test_many_keys_are_as_many(tmp_path: Path) -> None:
    keys = set()
    for number in range(25):
        (tmp_path / str(number)).mkdir()
        keys.add(root_key(tmp_path / str(number) / KEY_FILE, needed=False))
    assert len(keys) == 25


def test_what_a_crash_left_beside_the_key_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / f"{KEY_FILE}.new").write_bytes(b"ab")
    root_key(tmp_path / KEY_FILE, needed=False)
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("text", [b"", b"00" * 16, b"00" * 32, b"zz" * 32 + b"\n", b"00" * 33 + b"\n", b"\xff" * 65, b"0 " * 32 + b"\n"])
def test_half_a_key_is_refused_and_says_what_helps(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(SetupError, match="hulian reset"):
        root_key(path, needed=True)
    with pytest.raises(SetupError, match="remove it"):
        root_key(path, needed=False)
    assert path.read_bytes() == text


def test_a_missing_key_is_not_made_anew_while_secrets_are_sealed_with_it(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"missing.*backup.*hulian reset"):
        root_key(tmp_path / KEY_FILE, needed=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_key_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / KEY_FILE
    root_key(path, needed=False)
    path.chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        root_key(path, needed=True)


def test_a_link_a_pipe_and_a_folder_are_no_key(tmp_path: Path) -> None:
    root_key(tmp_path / "elsewhere", needed=False)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe"):
        with pytest.raises(SetupError):
            root_key(tmp_path / name, needed=False)


def test_a_destroyed_key_is_gone_and_overwritten(tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    key = root_key(path, needed=False)
    (tmp_path / "same-inode").hardlink_to(path)
    destroy_key(path)
    destroy_key(path)
    assert not path.exists()
    assert key.hex().encode() not in (tmp_path / "same-inode").read_bytes()


def test_what_lies_in_the_keys_place_is_removed_too_and_nothing_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    for place, make in (("link", lambda path: path.symlink_to(tmp_path / "elsewhere")), ("pipe", os.mkfifo)):
        make(tmp_path / place)
        destroy_key(tmp_path / place)
    assert [each.name for each in tmp_path.iterdir()] == ["elsewhere"]
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetupError, match="by hand"):
        destroy_key(tmp_path / "folder")


async def test_another_homes_key_or_database_is_noticed_at_start(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        async with StateStore(folder / "state.db") as store:
            vault = await open_vault(folder, store.secrets)
            await vault.compartment("clients").put("a", b"a")
            await vault.compartment("clients").put("b", b"b")
    (one / KEY_FILE).write_bytes((two / KEY_FILE).read_bytes())
    async with StateStore(one / "state.db") as store:
        with pytest.raises(SetupError, match=r"another home's.*hulian reset"):
            await open_vault(one, store.secrets)
        (one / KEY_FILE).unlink()
        with pytest.raises(SetupError, match="missing"):
            await open_vault(one, store.secrets)


# Without the cryptography library


async def test_without_the_library_an_empty_vault_opens_and_a_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
        vault = await open_vault(tmp_path, store.secrets)
        assert vault.compartment("driver:x").get("unit") is None
        with pytest.raises(ExtraMissing, match=r"hulian\[trust\]"):
            await vault.compartment("driver:x").put("unit", CANARY)
        assert vault.compartments() == ()
        assert await store.secrets.all() == {}
        monkeypatch.undo()
        await vault.compartment("driver:x").put("unit", CANARY)
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
        with pytest.raises(ExtraMissing, match=r"hulian\[trust\]"):
            await open_vault(tmp_path, store.secrets)
