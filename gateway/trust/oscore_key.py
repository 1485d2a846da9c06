"""A client's key for CoAP: what both sides need for one OSCORE context (RFC 8613; AES-CCM-16-64-128, HKDF-SHA-256).

It is made by the hub when a client is let in, and is the client's for as long as it stays: its counters are kept elsewhere.
"""

import secrets
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Final, Self

import orjson

from gateway.errors import BadSyntax, StorageDamaged
from gateway.thing.identifier import check_identifier

SECRET_BYTES: Final = 16
SALT_BYTES: Final = 8
KID_BYTES: Final = 4
HUB_ID: Final = b"\x00"
"""The hub's own id: one byte, so that no client's is the same."""
_KID_LIMIT: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class OscoreKey:
    """One key. `identity`: the client's id. `recipient_id`: the client's kid; `sender_id`: the hub's."""

    identity: str
    master_secret: bytes = field(repr=False)
    master_salt: bytes = field(repr=False)
    recipient_id: bytes
    sender_id: bytes = HUB_ID

    @property
    def id_context(self) -> bytes | None:
        """Return None: there is one context a client."""
        return None

    @classmethod
    def fresh(cls, client: str, taken: Container[bytes] = ()) -> Self:
        """Return a new key for a client, with a kid that is not `taken`."""
        while (kid := secrets.token_bytes(KID_BYTES)) in taken:
            pass
        return cls(
            identity=client,
            master_secret=secrets.token_bytes(SECRET_BYTES),
            master_salt=secrets.token_bytes(SALT_BYTES),
            recipient_id=kid,
        )

    @classmethod
    def read(cls, row: bytes) -> Self:
        """Return the key `row()` wrote; raise StorageDamaged."""
        try:
            document = orjson.loads(row)
            key = cls(identity=check_identifier(document["client"]), **{name: bytes.fromhex(document[name]) for name in _BYTES})
        except (ValueError, TypeError, KeyError, BadSyntax) as error:
            raise StorageDamaged("this is no key of CoAP: revoke the client and pair it again") from error
        sound = len(key.master_secret) == SECRET_BYTES and len(key.master_salt) <= SALT_BYTES
        if not sound or key.sender_id == key.recipient_id or not 0 < len(key.recipient_id) <= _KID_LIMIT or len(key.sender_id) > _KID_LIMIT:
            raise StorageDamaged(f"the key of CoAP of {key.identity} is not whole: revoke the client and pair it again")
        return key

    def row(self) -> bytes:
        """Return it as the vault keeps it, the secret in clear."""
        return orjson.dumps({"client": self.identity, **{name: getattr(self, name).hex() for name in _BYTES}})

    def client_document(self) -> dict[str, Any]:
        """Return it as the client needs it, in hex: its own side of the two ids, and the secret in clear."""
        return {
            "master_secret": self.master_secret.hex(),
            "master_salt": self.master_salt.hex(),
            "sender_id": self.recipient_id.hex(),
            "recipient_id": self.sender_id.hex(),
        }


_BYTES: Final = ("master_secret", "master_salt", "recipient_id", "sender_id")
