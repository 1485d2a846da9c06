"""Keys for the toy world, a place for their counters, and the library's own client as somebody who has a key."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiocoap
from aiocoap.oscore import FilesystemSecurityContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    identity: str
    master_secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    master_salt: bytes = field(default_factory=lambda: secrets.token_bytes(8))
    sender_id: bytes = b"\x00"
    recipient_id: bytes = field(default_factory=lambda: bytes(secrets.randbelow(0xFF) for _ in range(4)))
    """Never with 0xff in it: tests find the payload of a datagram by its marker."""
    id_context: bytes | None = None


@dataclass
class Ring:
    """A keyring that is a dictionary."""

    keys: dict[bytes, Key] = field(default_factory=dict)

    def add(self, identity: str, **parts: Any) -> Key:
        key = Key(identity=identity, **parts)
        self.keys[key.recipient_id] = key
        return key

    def find(self, kid: bytes, kid_context: bytes | None) -> Key | None:
        key = self.keys.get(kid)
        return key if key is not None and key.id_context == kid_context else None


@dataclass
class Shelf:
    """A store of counters in memory: what a crash leaves is what was put."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def all(self) -> Mapping[str, dict[str, Any]]:
        return dict(self.rows)

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        self.rows[key] = dict(document)

    async def remove(self, key: str) -> None:
        self.rows.pop(key, None)


def context_folder(folder: Path, key: Key) -> Path:
    """Write the key down as the library's client keeps it, from the client's side."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "sender-id_hex": key.recipient_id.hex(),
        "recipient-id_hex": key.sender_id.hex(),
        "secret_hex": key.master_secret.hex(),
        "salt_hex": key.master_salt.hex(),
    } | ({} if key.id_context is None else {"id-context_hex": key.id_context.hex()})
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder


@asynccontextmanager
async def somebody(folder: Path, key: Key, base: str) -> AsyncIterator[aiocoap.Context]:
    """The library's client with a key for everything under `base`."""
    client = await aiocoap.Context.create_client_context(transports=["oscore", "simple6"])
    context = FilesystemSecurityContext(str(context_folder(folder, key)))
    client.client_credentials[f"{base}/*"] = context
    try:
        yield client
    finally:
        await client.shutdown()
        context._destroy()
