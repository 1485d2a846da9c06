"""The keys clients come with over CoAP, by how they name themselves: a kid of OSCORE, an identity of DTLS.

A key is found while its client is let in, and not one request longer: revoking takes it out of memory and out of the vault.
In the vault's compartment `clients` they are `{client}/oscore` and `{client}/psk`; whoever lets a client in puts them there first.
"""

import asyncio
from typing import Final

from gateway.errors import StorageDamaged
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import Compartment

OSCORE: Final = "oscore"
PSK: Final = "psk"
_log = Log()


def key_name(client: str, kind: str) -> str:
    """Return the name a client's key has in the compartment `clients`."""
    return f"{client}/{kind}"


class Keys:
    """All keys of the clients that are in; `load` before anything else."""

    def __init__(self, compartment: Compartment, clients: Clients, clock: Clock) -> None:
        self._compartment = compartment
        self._clients = clients
        self._clock = clock
        self._by_kid: dict[bytes, OscoreKey] = {}
        self._by_client: dict[str, OscoreKey] = {}
        clients.on_change(self._changed)

    async def load(self) -> None:
        """Read the keys of every client, and remove those of clients that are out or never came in; a spoilt one is logged and left out."""
        for name in self._compartment.names():
            client = self._clients.get(name.partition("/")[0])
            if client is None or client.revoked is not None:
                await self._compartment.remove(name)
        self._by_kid = await asyncio.to_thread(self._read_all)
        self._by_client = {key.identity: key for key in self._by_kid.values()}

    def find(self, kid: bytes, kid_context: bytes | None = None) -> OscoreKey | None:
        """Return the key of the client that names itself `kid`, None when there is none that may come in now."""
        key = self._by_kid.get(kid)
        if key is None or kid_context is not None or not self._may_come_in(key.identity):
            return None
        return key

    def own(self, identity: str) -> OscoreKey | None:
        """Return the key of a client, None when there is none; whether the client may come in is not asked."""
        return self._by_client.get(identity)

    def shared_key(self, identity: str) -> bytes | None:
        """Return the pre-shared key of DTLS of the client `identity`, None when there is none that may come in now."""
        if not self._may_come_in(identity):
            return None
        try:
            return self._compartment.get(key_name(identity, PSK))
        except StorageDamaged as error:
            _log.error("key left out", client=identity, why=str(error))
            return None

    def taken(self) -> frozenset[bytes]:
        """Return the kids a new client cannot have."""
        return frozenset(self._by_kid)

    def _may_come_in(self, identity: str) -> bool:
        client = self._clients.get(identity)
        return client is not None and client.valid(self._clock.now())

    def _read_all(self) -> dict[bytes, OscoreKey]:
        clients = [name.partition("/")[0] for name in self._compartment.names() if name.endswith(f"/{OSCORE}")]
        return {key.recipient_id: key for client in clients if (key := self._read(client)) is not None}

    def _read(self, client: str) -> OscoreKey | None:
        try:
            row = self._compartment.get(key_name(client, OSCORE))
            return None if row is None else OscoreKey.read(row)
        except StorageDamaged as error:
            _log.error("key left out", client=client, why=str(error))
            return None

    async def _changed(self, client: Client) -> None:
        """Forget what the client had; remove it from the vault when the client is out, else take what is there now."""
        if (old := self._by_client.pop(client.id, None)) is not None:
            self._by_kid.pop(old.recipient_id, None)
        if client.revoked is not None:
            for kind in (OSCORE, PSK):
                await self._compartment.remove(key_name(client.id, kind))
        elif (key := self._read(client.id)) is not None:
            self._by_kid[key.recipient_id] = self._by_client[client.id] = key
