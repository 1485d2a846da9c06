"""Appliances and bridges that cannot do certificates (stock Tasmota): one password and its own roots for each, by explicit choice only.

A bridge (Zigbee2MQTT, ESPHome, Node-RED, a Tasmota unit for itself) speaks under roots that nobody else has, and announces what is there.

The vault keeps the password sealed, the broker hashed; in clear it is shown once, to whoever lets the appliance in.
"""

import secrets
from collections.abc import Callable

from gateway.errors import SchemaViolation, StateConflict
from gateway.faces.mqtt.rules import identity, overlap
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.client import Client
from gateway.trust.clients import Clients, Listener
from gateway.trust.vault import Compartment

_BYTES = 16
_ROOTS = 32


def tasmota_roots(topic: str) -> tuple[str, ...]:
    """Return the roots of a Tasmota appliance with this `Topic`; raise SchemaViolation for one that is more than one level."""
    if not topic or any(sign in topic for sign in "/+#$"):
        raise SchemaViolation(f"{topic[:64]!r} is not the Topic of one Tasmota appliance")
    return tuple(f"{branch}/{topic}" for branch in ("tele", "stat", "cmnd"))


async def let_in(
    clients: Clients, vault: Compartment, gateway: str, name: str, roots: tuple[str, ...], by: Principal, *, bridge: bool = False
) -> tuple[Client, str]:
    """Let an appliance in by password; return it and the password, which nobody can see again.

    Raise SchemaViolation for its name or a root that is not its own, StateConflict when there are too many clients or another has a root.
    """
    made, password = clients.new_id(name), secrets.token_urlsafe(_BYTES)
    identity(Client(id=made, name=name, role=Role.DEVICE, added=0.0, by=by.name, roots=roots, bridge=bridge), gateway)
    for other in clients.valid():
        if taken := [root for root in roots if any(overlap(root, theirs) for theirs in other.roots)]:
            raise StateConflict(f"{other.id} ({other.name}) speaks under {taken[0]} already: if it is the same, revoke it first")
    await vault.put(_key(made), password.encode())
    return await clients.add(name, Role.DEVICE, by, id=made, means="password", roots=roots, bridge=bridge), password


async def let_tasmota_in(clients: Clients, vault: Compartment, gateway: str, name: str, topic: str) -> tuple[Client, str]:
    """Let a Tasmota appliance in, at the hub; raise as `let_in` and `tasmota_roots` do."""
    return await let_in(clients, vault, gateway, name, tasmota_roots(topic), LOCAL, bridge=True)


async def let_bridge_in(clients: Clients, vault: Compartment, gateway: str, name: str, roots: tuple[str, ...]) -> tuple[Client, str]:
    """Let a bridge in, at the hub; raise as `let_in` does, SchemaViolation without a root."""
    if not 0 < len(roots) <= _ROOTS:
        raise SchemaViolation(f"a bridge speaks under 1 to {_ROOTS} roots of topics: name them")
    return await let_in(clients, vault, gateway, name, roots, LOCAL, bridge=True)


def passwords_in(vault: Compartment) -> Callable[[Client], str | None]:
    """Return how a client's password is found."""

    def password_of(client: Client) -> str | None:
        kept = vault.get(_key(client.id))
        return None if kept is None else kept.decode()

    return password_of


def forgetting(vault: Compartment) -> Listener:
    """Return what removes the password of a client that was put out."""

    async def forget(client: Client) -> None:
        if client.revoked is not None and client.means == "password":
            await vault.remove(_key(client.id))

    return forget


def _key(client: str) -> str:
    return f"{client}/mqtt"
