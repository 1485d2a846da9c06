"""Identities as mosquitto's dynamic security plugin wants them: one role for each client, because 2.0.11 puts no name into a pattern.

The plugin is told of every change at once, over its control topic; deleting a client cuts its connections. A *disabled* client
that comes with a certificate would keep its rights there, so nobody is ever disabled.
"""

import base64
import hashlib
import os
from collections.abc import Iterable
from typing import Any, Final

from gateway.protocol.broker.plan import Identity

ANYBODY: Final = "anybody"
"""Group of those who come without a key, through the open door."""
CONTROL_TOPIC: Final = "$CONTROL/dynamic-security/v1"

_SALT: Final = 12
"""Bytes; the plugin knows no other length."""
_ROUNDS: Final = 1000
"""Of PBKDF2: passwords are minted with 128 bits, so that no number of guesses finds one; the broker hashes in its only thread."""

Document = dict[str, Any]


def full_rights(name: str) -> Identity:
    """Return an identity with every topic, but for those the broker keeps to itself (`$...`)."""
    return Identity(name=name, publish=("#",), receive=("#",), subscribe=("#",))


def controller(name: str) -> Identity:
    """Return the one identity that may change the others."""
    return Identity(name=name, publish=(CONTROL_TOPIC,), receive=(f"{CONTROL_TOPIC}/response",), literal=(f"{CONTROL_TOPIC}/response",))


def whole(identities: Iterable[Identity], *, open: bool) -> Document:
    """Return the plugin's file: everything is refused that is not allowed here."""
    known = tuple(identities)
    roles = [role_of(identity) for identity in known]
    document: Document = {
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": False, "subscribe": False, "unsubscribe": True},
        "clients": [_client(identity) | _hashed(identity.password) for identity in known],
        "roles": roles,
    }
    if open:
        roles.append(role_of(full_rights(ANYBODY)))
        document["groups"] = [{"groupname": ANYBODY, "roles": [{"rolename": ANYBODY}]}]
        document["anonymousGroup"] = ANYBODY
    return document


def role_of(identity: Identity) -> Document:
    """Return what an identity may do."""
    allowed = (
        ("publishClientSend", identity.publish),
        ("publishClientReceive", identity.receive),
        ("subscribePattern", identity.subscribe),
        ("subscribeLiteral", identity.literal),
    )
    rules = [_rule(kind, topic, allow=True) for kind, topics in allowed for topic in topics]
    return {"rolename": identity.name, "acls": [*(_PRIVATE if "#" in identity.subscribe else ()), *rules]}


def commands_in(identity: Identity) -> tuple[Document, ...]:
    """Return what lets one in. Only here a password is in clear: the plugin hashes it itself."""
    password = {} if identity.password is None else {"password": identity.password}
    return ({"command": "createRole", **role_of(identity)}, {"command": "createClient", **_client(identity), **password})


def commands_out(name: str) -> tuple[Document, ...]:
    """Return what puts one out, whose connections it cuts."""
    return ({"command": "deleteClient", "username": name}, {"command": "deleteRole", "rolename": name})


def _client(identity: Identity) -> Document:
    """Return who it is; without a password only a certificate lets it in."""
    return {"username": identity.name, "roles": [{"rolename": identity.name}]}


def _hashed(password: str | None) -> Document:
    if password is None:
        return {}
    salt = os.urandom(_SALT)
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS, 64)
    return {"password": base64.b64encode(hashed).decode(), "salt": base64.b64encode(salt).decode(), "iterations": _ROUNDS}


def _rule(kind: str, topic: str, *, allow: bool) -> Document:
    return {"acltype": kind, "topic": topic, "priority": 0 if allow else 1, "allow": allow}


_PRIVATE: Final = tuple(
    _rule(kind, f"{tree}/#", allow=False)
    for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
    for tree in ("$CONTROL", "$SYS")
)
"""The plugin lets the pattern `#` stand for these too when somebody subscribes."""
