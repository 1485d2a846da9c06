"""The calls about who may come in. Whoever can open the control socket stands at the hub, so is the owner `local`."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from gateway.errors import BadSyntax, ExtraMissing
from gateway.faces.control.server import Call, Tell
from gateway.lifecycle.ownership import Erasure
from gateway.thing.clock import Clock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.extra import INSTALL
from gateway.trust.journal import Journal
from gateway.trust.pairing import Pairing
from gateway.trust.roles import role_to_lower_to
from gateway.trust.window import Ended, Window

MOST_ENTRIES = 5000


class PairingCalls:
    """`pairing` is None where its libraries are missing. `erase(what)` notes a transfer or reset and lets the gateway begin anew."""

    def __init__(self, pairing: Pairing | None, clients: Clients, journal: Journal, clock: Clock, erase: Callable[[Erasure], None]) -> None:
        self._pairing = pairing
        self._clients = clients
        self._journal = journal
        self._clock = clock
        self._erase = erase

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {
            "pair": self._pair,
            "offer": self._offer,
            "enrol": self._enrol,
            "clients": self._list,
            "revoke": self._revoke,
            "lower": self._lower,
            "journal": self._entries,
            "transfer": self._transfer,
            "reset": self._reset,
        }

    async def _pair(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        """Open the window, tell how it goes, and close it when whoever asked goes away."""
        pairing = self._able()
        window = await pairing.arrange(arguments, LOCAL, source="control")
        try:
            await tell(pairing.offer(window) | {"tries": 0})
            return await self._outcome(pairing, window, tell)
        finally:
            if (now := pairing.window.now_open) is not None and now.id == window.id:
                await asyncio.shield(pairing.window.close("stopped"))

    async def _outcome(self, pairing: Pairing, opened: Window, tell: Tell) -> Any:
        async for change in pairing.window.changes():
            if isinstance(change, Ended):
                client = self._clients.get(change.client)
                return {"ended": change.why, "client": None if client is None else self._shown(client)}
            if change.id != opened.id:
                break
            if change.tries:
                await tell({"tries": change.tries})
        return {"ended": "stopped", "client": None}

    async def _offer(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return what an open window offers, None when it is closed: the hub opens one itself as long as it has no owner."""
        pairing = self._able()
        window = pairing.window.now_open
        return None if window is None else pairing.offer(window) | {"tries": window.tries}

    async def _enrol(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Let a client in right here, without a window: the request came over this socket."""
        pairing = self._able()
        try:
            role = Role(str(arguments.get("role")))
        except ValueError as error:
            raise BadSyntax(f"`role` is one of {', '.join(Role)}") from error
        wanted = pairing.enrolment.checked(arguments, role)
        document = await pairing.enrolment.admit(wanted, LOCAL.name)
        await self._journal.record("paired", actor=LOCAL.name, target=wanted.id, source="control", role=role.value, means="terminal")
        return document

    async def _list(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return [self._shown(client) for client in self._clients.all()]

    async def _revoke(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        client = self._clients.find(_text(arguments, "client"))
        revoked = await self._clients.put_out(client.id)
        await self._journal.record("revoked", actor=LOCAL.name, target=client.id, source="control")
        return self._shown(revoked)

    async def _lower(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        client, role = self._clients.find(_text(arguments, "client")), role_to_lower_to(arguments.get("role"))
        lowered = await self._clients.lower(client.id, role)
        await self._journal.record("lowered", actor=LOCAL.name, target=client.id, source="control", role=role.value)
        return self._shown(lowered)

    async def _entries(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        limit = arguments.get("limit", 100)
        if type(limit) is not int or not 0 < limit <= MOST_ENTRIES:
            raise BadSyntax(f"`limit` is a whole number from 1 to {MOST_ENTRIES}")
        return [asdict(entry) for entry in await self._journal.newest(limit)]

    async def _transfer(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        self._able()
        self._erase("transfer")
        return {"erasing": "transfer"}

    async def _reset(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        self._erase("reset")
        return {"erasing": "reset"}

    def _able(self) -> Pairing:
        if self._pairing is None:
            raise ExtraMissing(f"pairing needs libraries that are not installed: {INSTALL}, then start the gateway again")
        return self._pairing

    def _shown(self, client: Client) -> dict[str, Any]:
        state = "valid" if client.valid(self._clock.now()) else "revoked" if client.revoked is not None else "expired"
        facts = {name: value for name, value in asdict(client).items() if name not in ("serial", "key")}
        return facts | {"role": client.role.value, "roots": list(client.roots), "state": state}


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise BadSyntax(f"`{name}` must be a text")
    return value
