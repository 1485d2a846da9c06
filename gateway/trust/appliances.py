"""The keys under which the hub asks appliances: those of the clients that were let in as one (role device).

An appliance that was ever let in is asked under its key or not at all. When its client is put out, it is not asked in clear instead:
whoever took the key from it, or its place on the network, would be asked, too.
"""

import asyncio
from collections import defaultdict

from gateway.errors import Forbidden
from gateway.thing.clock import Clock
from gateway.thing.principal import Role
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.keys import Keys
from gateway.trust.oscore_key import OscoreKey

_ROOT = "hulian/1/"


class Appliances:
    """Finds keys by device id. Make it after `keys`, which hears of a change first."""

    def __init__(self, clients: Clients, keys: Keys, clock: Clock) -> None:
        self._clients = clients
        self._keys = keys
        self._clock = clock
        self._of: defaultdict[str, list[str]] = defaultdict(list)
        self._moved = asyncio.Event()
        for client in clients.all():
            self._note(client)
        clients.on_change(self._changed)

    def knows(self, device: str) -> bool:
        """Return whether a device has, or had, a key."""
        return device in self._of

    def find(self, device: str) -> OscoreKey | None:
        """Return the key of a device, None when it never had one; raise Forbidden when what it had does not stand any more."""
        if device not in self._of:
            return None
        client = self._last(device)
        if client is None or client.revoked is not None:
            raise Forbidden(f"{device} was put out: it is asked again when it was paired anew (hulian pair --role device)")
        if not client.valid(self._clock.now()):
            raise Forbidden(
                f"{device} was let in for a time that is over: revoke {client.id}, and pair it anew (hulian pair --role device)"
            )
        key = self._keys.own(client.id)
        if key is None:
            raise Forbidden(f"the key of {device} cannot be read: revoke {client.id}, and pair it anew (hulian pair --role device)")
        return key

    async def changed(self, device: str, known: object) -> None:
        """Return once `find` would return another key than `known`; raise what it would raise."""
        while self.find(device) == known:
            await self._moved.wait()

    def _last(self, device: str) -> Client | None:
        """Return the client that speaks for a device; where none may, the one that was let in last."""
        clients = [client for name in self._of[device] if (client := self._clients.get(name)) is not None]
        return next((client for client in clients if client.valid(self._clock.now())), clients[-1] if clients else None)

    def _note(self, client: Client) -> None:
        if client.role is Role.DEVICE and client.means == "certificate":
            for root in client.roots:
                known = self._of[root.removeprefix(_ROOT)]
                if client.id not in known:
                    known.append(client.id)

    async def _changed(self, client: Client) -> None:
        self._note(client)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
