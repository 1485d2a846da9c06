"""Letting a client in: certificate, keys, a line in the register. It is in when that line is on disk, and not a moment before.

What is made for it first (its keys in the vault) opens nothing without the line; what a crash left over `keys` sweeps out at the start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, Final

from gateway.errors import BadSyntax, Forbidden, SchemaViolation, StateConflict
from gateway.thing.identifier import check_identifier
from gateway.thing.principal import Principal, Role
from gateway.trust.authority import Authority
from gateway.trust.client import checked_client_name
from gateway.trust.clients import Clients
from gateway.trust.keys import OSCORE, PSK, Keys, key_name
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import Compartment

PSK_BYTES: Final = 16
"""Of chance in a key for DTLS; it is a text, for the usual clients are given it on a command line."""
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
    """`secrets`: the vault's compartment `clients`; `reach()`: the addresses of this hub, as a client is told them."""

    def __init__(
        self,
        clients: Clients,
        authority: Authority,
        keys: Keys,
        secrets: Compartment,
        *,
        gateway: str,
        reach: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._clients = clients
        self._authority = authority
        self._keys = keys
        self._secrets = secrets
        self._gateway = gateway
        self._reach = reach

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
        issued = await self._authority.issue(wanted.id, wanted.request)
        oscore = OscoreKey.fresh(wanted.id, self._keys.taken())
        psk = token_urlsafe(PSK_BYTES).encode()
        await self._secrets.put(key_name(wanted.id, OSCORE), oscore.row())
        await self._secrets.put(key_name(wanted.id, PSK), psk)
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
            **({"device": client.roots[0].rpartition("/")[2]} if client.roots else {}),
            **self._reach(),
        }

    def _roots(self, request: Mapping[str, Any], role: Role) -> tuple[str, ...]:
        """Return the topics an appliance may speak under: those of its device id, which is nobody else's."""
        if role is not Role.DEVICE:
            return ()
        device = request.get("device")
        if not isinstance(device, str):
            raise BadSyntax("an appliance says which `device` it is: the id it has in its topics")
        if device == self._gateway:
            raise Forbidden(f"{device} is this hub itself")
        root = f"hulian/1/{check_identifier(device)}"
        other = next((client.id for client in self._clients.valid() if root in client.roots), None)
        if other is not None:
            raise StateConflict(f"{other} speaks for {device} already: if that is the same appliance, revoke it first")
        return (root,)
