"""A client: somebody or something that was let in, with a key of its own."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from gateway.errors import SchemaViolation
from gateway.thing.identifier import new_identifier
from gateway.thing.principal import Principal, Role

NAME_LENGTH: Final = 64
_WORD = re.compile(r"[a-z0-9]+").findall

Means = Literal["certificate", "password"]
"""How it shows who it is on MQTT. A password is for appliances that cannot do certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client, without its secrets (those are in the vault under `clients`).

    `id`: the common name of its certificate, its `c/{client}` branch on MQTT, its name in every Principal. `name`: what people
    call it. `roots`: for an appliance, the topics it may speak under (`hulian/1/{device}`). `bridge`: it speaks for devices of its
    own and may announce them, but none of the hub's words. `added`, `expires`, `revoked`: seconds since the epoch. `by`: who let it
    in. `serial`: of its certificate (hex). `key`: SHA-256 of its public key (hex).
    """

    id: str
    name: str
    role: Role
    added: float
    by: str
    means: Means = "certificate"
    roots: tuple[str, ...] = ()
    bridge: bool = False
    expires: float | None = None
    revoked: float | None = None
    serial: str = ""
    key: str = ""

    @property
    def principal(self) -> Principal:
        """Return who it is to the home."""
        return Principal(self.id, self.role)

    def valid(self, now: float) -> bool:
        """Return whether it may still come in."""
        return self.revoked is None and (self.expires is None or now < self.expires)


def client_of(document: Mapping[str, Any]) -> Client:
    """Return the client that `dataclasses.asdict` made a document of."""
    return Client(**{**document, "role": Role(document["role"]), "roots": tuple(document["roots"])})


def checked_client_name(name: str) -> str:
    """Return the name, trimmed; raise SchemaViolation for one that is empty, too long, or has control or direction characters."""
    trimmed = name.strip()
    if not trimmed or len(trimmed) > NAME_LENGTH or any(unicodedata.category(each)[0] == "C" for each in trimmed):
        raise SchemaViolation(f"a client's name has 1 to {NAME_LENGTH} characters and no control characters")
    return trimmed


def new_client_id(name: str, random: Random) -> str:
    """Return a fresh id: the plain part of the name and eight random characters, so that it is no other client's and no topic word."""
    word = "-".join(_WORD(name.lower()))[:24].strip("-") or "client"
    return new_identifier(word, random)
