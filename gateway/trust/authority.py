"""The home's certificate authority: made when it is first needed, kept in the vault, one for as long as the home has one owner.

Certificates say who somebody is (common name = client id), never what they may do: that is in the register, where it can change.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from gateway.errors import StorageDamaged
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.extra import extra
from gateway.trust.issued import RECOVER, Issued, ServerIdentity
from gateway.trust.vault import Compartment

DAYS: Final = 3650.0
"""How long a client's certificate is good for: nobody renews that of a panel on the wall, and who should be out is revoked."""
_HOME, _SERVER = "home", "server"
_log = Log()


class _Signer(Protocol):
    @property
    def certificate(self) -> bytes: ...

    @property
    def expires(self) -> float: ...

    def row(self) -> bytes: ...

    def issue(self, client: str, text: bytes, *, now: float, days: float) -> Issued: ...

    def serve(self, names: Iterable[str], addresses: Iterable[str], *, now: float, old: bytes | None) -> tuple[ServerIdentity, bytes]: ...

    def revocation_list(self, serials: Iterable[str], *, now: float) -> bytes: ...


class Authority:
    """Certifies clients and the hub itself. `expected`: whether clients were certified before, so that there must be one already.

    Every method raises ExtraMissing without the cryptography library, and StorageDamaged when the authority is lost or damaged.
    """

    def __init__(self, compartment: Compartment, home: str, clock: Clock, *, expected: Callable[[], bool] = lambda: False) -> None:
        self._compartment = compartment
        self._home = home
        self._clock = clock
        self._expected = expected
        self._signer: _Signer | None = None
        self._lock = asyncio.Lock()

    async def certificate(self) -> bytes:
        """Return the authority's own certificate (PEM): what clients check the hub with."""
        return (await self._ready()).certificate

    async def expires(self) -> float:
        """Return when the authority ends, in seconds since the epoch."""
        return (await self._ready()).expires

    async def issue(self, client: str, public_key: bytes, *, days: float = DAYS) -> Issued:
        """Certify a client's public key (PEM or DER, bare or in a PKCS #10 request).

        Raise SchemaViolation or TooLarge for the key, BadSyntax for the id, StateConflict when the hub's clock is past the authority.
        """
        signer = await self._ready()
        return await asyncio.to_thread(signer.issue, client, public_key, now=self._clock.now(), days=days)

    async def serve(self, names: Iterable[str], addresses: Iterable[str]) -> ServerIdentity:
        """Return the hub's own certificate for these names and addresses: the last one while it fits and is not near its end.

        Raise ConfigurationInvalid for a name or address that is not one of a home.
        """
        signer = await self._ready()
        async with self._lock:
            old = self._readable(_SERVER)
            identity, row = await asyncio.to_thread(signer.serve, tuple(names), tuple(addresses), now=self._clock.now(), old=old)
            if row != old:
                await self._compartment.put(_SERVER, row)
        return identity

    async def revocation_list(self, serials: Iterable[str]) -> bytes:
        """Return the signed list (PEM) with these certificates on it (serials in hex, as in `Issued`)."""
        signer = await self._ready()
        return await asyncio.to_thread(signer.revocation_list, tuple(serials), now=self._clock.now())

    async def renew(self) -> None:
        """Make a new authority: everything the old one certified is worth nothing (change of owner)."""
        async with self._lock:
            self._signer = await self._made()

    async def _ready(self) -> _Signer:
        async with self._lock:
            if self._signer is None:
                row = self._compartment.get(_HOME)
                if row is None and self._expected():
                    raise StorageDamaged(f"the home's certificate authority is gone, and clients were certified by it: {RECOVER}")
                self._signer = await (self._made() if row is None else asyncio.to_thread(_read, self._home, row))
            return self._signer

    async def _made(self) -> _Signer:
        signer = await asyncio.to_thread(_make, self._home, self._clock.now())
        await self._compartment.put(_HOME, signer.row())
        await self._compartment.remove(_SERVER)
        return signer

    def _readable(self, name: str) -> bytes | None:
        """Return a row that can be made anew; None when it is spoilt."""
        try:
            return self._compartment.get(name)
        except StorageDamaged as error:
            _log.warning("server certificate made anew", why=str(error))
            return None


def _make(home: str, now: float) -> _Signer:
    with extra("certifying clients"):
        from gateway.trust.signer import Signer  # noqa: PLC0415 - an extra
    return Signer.made(home, now)


def _read(home: str, row: bytes) -> _Signer:
    with extra("certifying clients"):
        from gateway.trust.signer import Signer  # noqa: PLC0415 - an extra
    return Signer.read(home, row)
