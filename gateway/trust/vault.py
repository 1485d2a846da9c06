"""The vault: every secret of the home, sealed at rest, in compartments that are opened one at a time.

The root key lies in a file of its own; each compartment has a key derived from it, and each secret is bound to its compartment and
name, so that rows cannot be moved about. Sealed rows stay in memory, and a secret is opened when it is asked for: whoever is handed
a `Compartment` can reach that one only. Two compartments are the gateway's own (`authority`, `clients`); a driver has `driver:{name}`.

What it protects: a copy of the database, a backup, a thrown-away card without the key file. It does not protect from somebody who
is this user on this machine, and an older row put back in its own place is not noticed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from gateway.errors import SetupError, StorageDamaged
from gateway.trust.seal import Unsealable, derived, sealed, unsealed
from gateway.trust.vault_key import KEY_FILE, RECOVER, root_key

AUTHORITY: Final = "authority"
CLIENTS: Final = "clients"
Place = tuple[str, str]
"""Compartment and name."""


class SecretStore(Protocol):
    """Where sealed rows are kept; what a method has returned from is on disk."""

    async def all(self) -> Mapping[Place, bytes]:
        """Return every sealed row."""
        ...

    async def put(self, compartment: str, name: str, sealed: bytes) -> None:
        """Store or replace one."""
        ...

    async def remove(self, compartment: str, name: str) -> None:
        """Remove one, if it is there."""
        ...


class Vault:
    """All compartments under one root key (32 bytes, random)."""

    __slots__ = ("_compartments", "_root", "_rows", "_store")

    def __init__(self, root: bytes, store: SecretStore) -> None:
        self._root = root
        self._store = store
        self._rows: dict[str, dict[str, bytes]] = {}
        self._compartments: dict[str, Compartment] = {}

    async def load(self) -> None:
        """Read the sealed rows; raise SetupError when the key opens none of them, ExtraMissing when nothing here can open any."""
        rows = await self._store.all()
        for (compartment, name), text in rows.items():
            self._rows.setdefault(compartment, {})[name] = text
        if rows and not any(self._opens(place) for place in rows):
            raise SetupError(f"{KEY_FILE} does not open the secrets of this home: the key or the database is another home's. {RECOVER}")

    def _opens(self, place: Place) -> bool:
        compartment, name = place
        try:
            self.compartment(compartment).get(name)
        except StorageDamaged:
            return False
        return True

    def compartment(self, name: str) -> "Compartment":
        """Return one compartment; it is made with its first secret."""
        if name not in self._compartments:
            self._compartments[name] = Compartment(name, _key_of(self._root, name), self._rows.setdefault(name, {}), self._store)
        return self._compartments[name]

    def compartments(self) -> tuple[str, ...]:
        """Return the names of those with a secret in them."""
        return tuple(sorted(name for name, rows in self._rows.items() if rows))


class Compartment:
    """The secrets of one owner, by name. A repr shows neither keys nor secrets."""

    __slots__ = ("_key", "_rows", "_store", "name")

    def __init__(self, name: str, key: bytes, rows: dict[str, bytes], store: SecretStore) -> None:
        self.name = name
        self._key = key
        self._rows = rows
        self._store = store

    def __repr__(self) -> str:
        return f"Compartment({self.name!r}, {len(self._rows)} secrets)"

    def names(self) -> tuple[str, ...]:
        """Return what there is a secret for."""
        return tuple(self._rows)

    def get(self, name: str) -> bytes | None:
        """Return a secret, None when there is none; raise StorageDamaged when its row was changed."""
        text = self._rows.get(name)
        if text is None:
            return None
        try:
            return unsealed(self._key, text, _about(self.name, name))
        except Unsealable as error:
            raise StorageDamaged(f"the secret {name!r} of {self.name} cannot be opened ({error}): put it in anew, or {RECOVER}") from error

    async def put(self, name: str, secret: bytes) -> None:
        """Store or replace a secret; on disk, sealed, when this returns. Raise ExtraMissing without the cryptography library."""
        text = sealed(self._key, secret, _about(self.name, name))
        await self._store.put(self.name, name, text)
        self._rows[name] = text

    async def remove(self, name: str) -> None:
        """Remove a secret, if it is there."""
        await self._store.remove(self.name, name)
        self._rows.pop(name, None)


def resealed(rows: Mapping[Place, bytes], old: Callable[[], bytes], new: bytes) -> dict[Place, bytes]:
    """Return the rows sealed under the root key `new`; those that are already stay, and so do those that `old()` does not open either."""
    changed = dict(rows)
    for place, row in rows.items():
        if _opened(new, place, row) is None and (secret := _opened(old(), place, row)) is not None:
            changed[place] = sealed(_key_of(new, place[0]), secret, _about(*place))
    return changed


def _opened(root: bytes, place: Place, row: bytes) -> bytes | None:
    try:
        return unsealed(_key_of(root, place[0]), row, _about(*place))
    except Unsealable:
        return None


def _key_of(root: bytes, compartment: str) -> bytes:
    return derived(root, f"hulian vault 1 {compartment}")


def _about(compartment: str, name: str) -> bytes:
    encoded = compartment.encode()
    return len(encoded).to_bytes(4) + encoded + name.encode()


async def open_vault(folder: Path, store: SecretStore) -> Vault:
    """Open the vault of the data folder, making its key the first time; raise SetupError, which says what to do, or ExtraMissing."""
    needed = bool(await store.all())
    vault = Vault(root_key(folder / KEY_FILE, needed=needed), store)
    await vault.load()
    return vault
