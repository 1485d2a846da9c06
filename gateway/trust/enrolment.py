"""Letting a client in: certificate, keys, a line in the register. It is in when that line is on disk, and not a moment before.

What is made for it first (its keys in the vault) opens nothing without the line; what a crash left over is swept out at the start.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import BadSyntax, SchemaViolation
from gateway.thing.identifier import check_identifier
from gateway.thing.principal import Principal, Role
from gateway.trust.authority import Authority
from gateway.trust.client import Client, checked_client_name
from gateway.trust.clients import Clients
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import Compartment

PSK_BYTES: Final = 16
LONGEST_REQUEST: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A client that may come in. `request`: its public key or certificate request (PEM)."""

    id: str
    name: str
    role: Role
    request: bytes
    roots: tuple[str, ...] = ()


class Enrolment:
    """`keys`: the vault's compartment `clients`; `reach()`: the addresses of this hub, as a client is told them."""

    def __init__(
        self, clients: Clients, authority: Authority, keys: Compartment, *, gateway: str, reach: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._clients = clients
        self._authority = authority
        self._keys = keys
        self._gateway = gateway
        self._reach = reach
        clients.on_change(self._forget_keys)

    def checked(self, request: Mapping[str, Any], role: Role) -> Wanted:
        """Return what a request asks for (`name`, `request`, and `device` for an appliance); raise SchemaViolation or BadSyntax."""
        name, certificate_request = request.get("name"), request.get("request")
        if not isinstance(name, str) or not isinstance(certificate_request, str):
            raise BadSyntax("`name` and `request` are texts")
        if len(certificate_request) > LONGEST_REQUEST:
            raise SchemaViolation(f"a certificate request has at most {LONGEST_REQUEST} characters")
        checked = checked_client_name(name)
        return Wanted(
            id=self._clients.new_id(checked),
            name=checked,
            role=role,
            request=certificate_request.encode(),
            roots=self._roots(request, role),
        )

    async def admit(self, wanted: Wanted, by: str) -> dict[str, Any]:
        """Let it in and return everything it needs; raise the error of its key or its name, with nothing stored that counts."""
        issued = await self._authority.issue(wanted.id, wanted.request, wanted.role)
        oscore = OscoreKey.fresh(wanted.id, self._taken())
        psk = secrets.token_bytes(PSK_BYTES)
        await self._keys.put(f"{wanted.id}/oscore", oscore.row())
        await self._keys.put(f"{wanted.id}/psk", psk)
        client = await self._clients.add(
            wanted.name, wanted.role, Principal(by, Role.OWNER), id=wanted.id, roots=wanted.roots, serial=issued.serial, key=issued.key
        )
        return {
            "gateway": self._gateway,
            "client": client.id,
            "name": client.name,
            "role": client.role.value,
            "certificate": issued.certificate.decode(),
            "authority": (await self._authority.certificate()).decode(),
            "oscore": oscore.client_document(),
            "psk": {"identity": client.id, "key": psk.hex()},
            **self._reach(),
        }

    async def sweep(self) -> None:
        """Remove the keys of those who never came in, or were put out."""
        for name in self._keys.names():
            client = self._clients.get(name.partition("/")[0])
            if client is None or client.revoked is not None:
                await self._keys.remove(name)

    async def _forget_keys(self, client: Client) -> None:
        if client.revoked is not None:
            for kind in ("oscore", "psk"):
                await self._keys.remove(f"{client.id}/{kind}")

    def _taken(self) -> frozenset[bytes]:
        rows = (self._keys.get(name) for name in self._keys.names() if name.endswith("/oscore"))
        return frozenset(OscoreKey.read(row).recipient_id for row in rows if row is not None)

    def _roots(self, request: Mapping[str, Any], role: Role) -> tuple[str, ...]:
        """Return the topics an appliance may speak under: those of its device id."""
        if role is not Role.DEVICE:
            return ()
        device = request.get("device")
        if not isinstance(device, str):
            raise BadSyntax("an appliance says which `device` it is: the id it has in its topics")
        return (f"hulian/1/{check_identifier(device)}",)
