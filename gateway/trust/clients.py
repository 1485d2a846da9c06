"""The register of clients: who was let in, and who was put out again. What it has said is on disk.

Whoever keeps something for a client (rules of the broker, keys of CoAP, live sessions) listens with `on_change` and acts at
once: a revoked client is deaf and mute within seconds, also on connections that are open.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from random import Random
from typing import Any, Protocol

from gateway.errors import StateConflict, Unknown
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal, Role
from gateway.trust.client import Client, Means, checked_client_name, client_of, new_client_id
from gateway.trust.roles import LADDER

CLIENTS_LIMIT = 4096
"""Clients that may be let in at a time."""

Listener = Callable[[Client], Awaitable[None]]


class ClientStore(Protocol):
    """Where clients are kept, as plain documents by id; what a method has returned from is on disk."""

    async def all(self) -> Mapping[str, dict[str, Any]]:
        """Return every document, in the order they came."""
        ...

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Store or replace one."""
        ...

    async def remove(self, key: str) -> None:
        """Remove one, if it is there."""
        ...


class Clients:
    """All clients of a home, by id."""

    def __init__(self, store: ClientStore, clock: Clock, random: Random) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._clients: dict[str, Client] = {}
        self._listeners: list[Listener] = []
        self._lessening = asyncio.Lock()

    async def load(self) -> None:
        """Read what is stored."""
        self._clients = {key: client_of(document) for key, document in (await self._store.all()).items()}

    def on_change(self, listener: Listener) -> None:
        """Await `listener` with every client that is added, changed or revoked, after it was stored."""
        self._listeners.append(listener)

    def all(self) -> tuple[Client, ...]:
        """Return every client, revoked ones too, in the order they came."""
        return tuple(self._clients.values())

    def valid(self) -> tuple[Client, ...]:
        """Return the clients that may come in now."""
        now = self._clock.now()
        return tuple(client for client in self._clients.values() if client.valid(now))

    def get(self, id: str) -> Client | None:
        """Return one client, revoked or not."""
        return self._clients.get(id)

    def find(self, wanted: str) -> Client:
        """Return the client meant by an id, a name, or the only id that begins so; raise Unknown."""
        if (known := self._clients.get(wanted)) is not None:
            return known
        alive = [client for client in self._clients.values() if client.revoked is None]
        found = [client for client in alive if client.name == wanted] or [client for client in alive if client.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(client.id for client in found or alive) or "none yet"
        raise Unknown(f"{'more than one client' if found else 'no client'} {wanted!r}; there is {names}")

    @property
    def has_owner(self) -> bool:
        """Return whether the home has an owner: from then on nobody comes in without a key, also when the owner's key has run out."""
        return any(client.role is Role.OWNER and client.revoked is None for client in self._clients.values())

    def new_id(self, name: str) -> str:
        """Return an id for a client of this name that no client has or had."""
        while (made := new_client_id(name, self._random)) in self._clients:
            pass
        return made

    async def add(
        self,
        name: str,
        role: Role,
        by: Principal,
        *,
        id: str | None = None,
        means: Means = "certificate",
        roots: tuple[str, ...] = (),
        bridge: bool = False,
        expires: float | None = None,
        serial: str = "",
        key: str = "",
    ) -> Client:
        """Let one in; raise SchemaViolation for its name, StateConflict when there are too many or the id is taken."""
        checked = checked_client_name(name)
        if len(self.valid()) >= CLIENTS_LIMIT:
            raise StateConflict(f"{CLIENTS_LIMIT} clients are in already: revoke some first")
        identifier = id or self.new_id(checked)
        if identifier in self._clients:
            raise StateConflict(f"there is a client {identifier} already")
        client = Client(
            id=identifier,
            name=checked,
            role=role,
            added=self._clock.now(),
            by=by.name,
            means=means,
            roots=roots,
            bridge=bridge,
            expires=expires,
            serial=serial,
            key=key,
        )
        await self._keep(client)
        return client

    async def revoke(self, id: str) -> Client:
        """Put one out for good; raise Unknown. Twice is no error."""
        known = self._clients.get(id)
        if known is None:
            raise Unknown(f"no client {id}")
        if known.revoked is None:
            known = replace(known, revoked=self._clock.now())
            await self._keep(known)
        return known

    async def put_out(self, id: str) -> Client:
        """Revoke one because somebody asks for it; raise Unknown, or StateConflict for the only owner."""
        async with self._lessening:  # two owners at once would each leave the other
            self._spare_the_only_owner(self.find(id))
            return await self.revoke(id)

    async def lower(self, id: str, role: Role) -> Client:
        """Give one a role that may less; raise Unknown, or StateConflict for who is out, has no higher one, or is the only owner."""
        async with self._lessening:
            known = self.find(id)
            if not known.valid(self._clock.now()) or known.role not in LADDER or known.role in LADDER[: LADDER.index(role) + 1]:
                raise StateConflict(f"{known.id} is {known.role.value}, or out: a role is only lowered, from owner to user to viewer")
            self._spare_the_only_owner(known)
            lowered = replace(known, role=role)
            await self._keep(lowered)
            return lowered

    def _spare_the_only_owner(self, client: Client) -> None:
        if [each for each in self.valid() if each.role is Role.OWNER] == [client]:
            raise StateConflict(f"{client.id} is the only owner: let another in first (`hulian pair --role owner`), or `hulian transfer`")

    async def clear(self) -> None:
        """Revoke everybody and forget them: a change of owner, or a reset."""
        for client in self.all():
            await self.revoke(client.id)
        for client in self.all():
            await self._store.remove(client.id)
            del self._clients[client.id]

    async def _keep(self, client: Client) -> None:
        await self._store.put(client.id, asdict(client))
        self._clients[client.id] = client
        for listener in self._listeners:
            await listener(client)
