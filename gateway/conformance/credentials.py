"""What the judge itself was let in with: the folder `hulian join` writes, read for TLS with a broker and OSCORE with CoAP.

The sequence numbers of the key are counted in a file beside it: a number used twice would give the key away.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.errors import SetupError
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.keys import KeyMaterial
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.mqtt import BrokerAddress
from gateway.thing.clock import SystemClock

PEER: Final = "hub"
"""The name under which the folder's one peer is asked."""
COUNTERS: Final = "judge-counters.json"


@dataclass(frozen=True, slots=True)
class Key:
    """One OSCORE key as its file has it; sender is whoever owns the folder."""

    identity: str
    master_secret: bytes = field(repr=False)
    master_salt: bytes = field(repr=False)
    sender_id: bytes
    recipient_id: bytes
    id_context: bytes | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """One folder, read. `client`: who its owner is to the hub; `key`: None where it has none for CoAP."""

    folder: Path
    client: str
    key: Key | None
    role: str = ""

    def broker(self, address: BrokerAddress) -> BrokerAddress:
        """Return how to get into a broker: with the folder's certificate where TLS is spoken."""
        if not address.tls:
            return address
        own = self.folder / "client.pem", self.folder / "client.key"
        return replace(address, authority=self.folder / "authority.pem", certificate=own[0], key=own[1])

    @asynccontextmanager
    async def keys(self) -> AsyncIterator[PeerKeys | None]:
        """Have the key for CoAP ready for the length of the block."""
        if self.key is None:
            yield None
            return
        async with Contexts(_File(self.folder / COUNTERS), SystemClock()) as contexts:
            yield PeerKeys(ring_of(self.key), contexts)


def read_credentials(folder: Path) -> Credentials:
    """Return what is in a folder; raise SetupError naming what is missing or wrong."""
    connection = _document(folder / "connection.json")
    client = connection.get("client")
    if not isinstance(client, str) or not client:
        raise SetupError(f"{folder / 'connection.json'} does not say `client`: it is no credentials folder; `hulian join` writes one")
    file = folder / "oscore.json"
    role = connection.get("role")
    return Credentials(folder, client, _key(file, client) if file.is_file() else None, role if isinstance(role, str) else "")


def _key(file: Path, client: str) -> Key:
    document = _document(file)
    try:
        facts = {name: bytes.fromhex(document[name]) for name in ("master_secret", "master_salt", "sender_id", "recipient_id")}
    except (KeyError, TypeError, ValueError) as error:
        raise SetupError(f"{file} holds no key that can be used: {error}") from error
    return Key(identity=client, **facts)


def _document(file: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(file.read_bytes())
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}; `hulian join` writes such a folder") from error
    except orjson.JSONDecodeError as error:
        raise SetupError(f"{file} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise SetupError(f"{file} is no JSON object")
    return document


def ring_of(key: Key) -> "_Ring":
    """Return what finds this one key, whoever is meant."""
    return _Ring(key)


class _Ring:
    """The one key, whoever is meant."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def find(self, peer: str) -> KeyMaterial | None:  # noqa: ARG002 - there is one
        return self._key

    async def changed(self, peer: str, known: KeyMaterial | None) -> None:  # noqa: ARG002 - it does not change
        await asyncio.Event().wait()


class _File:
    """Counters of a key in a small file; what a method has returned from is on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def all(self) -> Mapping[str, dict[str, Any]]:
        return _document(self._path) if self._path.is_file() else {}

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        await self._write({**await self.all(), key: document})

    async def remove(self, key: str) -> None:
        await self._write({name: kept for name, kept in (await self.all()).items() if name != key})

    async def _write(self, documents: Mapping[str, Any]) -> None:
        await asyncio.to_thread(_written, self._path, orjson.dumps(documents))


def _written(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it was opened for this user only
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}: sequence numbers must be kept") from error
