"""Keys of CoAP as their keeper hands them over: what OSCORE needs to know, and where its counters are kept.

Whose key it is, and whether it still opens anything, is not decided here: the keeper finds a key or does not.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class KeyMaterial(Protocol):
    """One OSCORE security context (RFC 8613): AES-CCM-16-64-128, HKDF-SHA-256, replay window 32."""

    @property
    def identity(self) -> str:
        """Return whose key it is: the client's id."""
        ...

    @property
    def master_secret(self) -> bytes:
        """Return the shared secret, 16 bytes."""
        ...

    @property
    def master_salt(self) -> bytes:
        """Return the salt, 0 to 8 bytes."""
        ...

    @property
    def sender_id(self) -> bytes:
        """Return our own id, 0 to 7 bytes."""
        ...

    @property
    def recipient_id(self) -> bytes:
        """Return the peer's id, 0 to 7 bytes: the kid of its requests."""
        ...

    @property
    def id_context(self) -> bytes | None:
        """Return the id context, None when there is none."""
        ...


class Keyring(Protocol):
    """Finds keys. A key that is not found any more is dead at once, also for what was begun under it."""

    def find(self, kid: bytes, kid_context: bytes | None) -> KeyMaterial | None:
        """Return the key of the peer that calls itself `kid`, or None; cheap, for strangers make it look."""
        ...


class PeerKeyring(Protocol):
    """Finds the keys of peers that are asked, by the name each peer is known by."""

    def find(self, peer: str) -> KeyMaterial | None:
        """Return a peer's key, None when it never had one; raise Forbidden when it had one that does not stand any more. Cheap."""
        ...

    async def changed(self, peer: str, known: KeyMaterial | None) -> None:
        """Return once `find` would return another key than `known`; raise what it would raise."""
        ...


class SharedKeys(Protocol):
    """Finds the pre-shared keys of DTLS."""

    def shared_key(self, identity: str) -> bytes | None:
        """Return the key of the client `identity`, or None."""
        ...


class CounterStore(Protocol):
    """Where counters are kept as plain documents by key; what a method has returned from is on disk."""

    async def all(self) -> Mapping[str, dict[str, Any]]:
        """Return every document."""
        ...

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Store or replace one."""
        ...

    async def remove(self, key: str) -> None:
        """Remove one, if it is there."""
        ...
