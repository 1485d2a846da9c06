"""What appliances ask a hub to know: passwords, tokens, keys. They are in the vault, each driver's in a compartment of its own.

A driver is handed the credentials of one registration, never a compartment: what another driver's units ask for is out of its reach.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

import orjson

from gateway.discovery.store import Documents
from gateway.errors import ExtraMissing, SchemaViolation, SetupError, StorageDamaged, StorageFailed
from gateway.thing.concealed import CONCEALED
from gateway.thing.log import Log
from gateway.thing.value import Value
from gateway.trust.vault import Compartment, Vault

PREFIX: Final = "driver:"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}\Z").match
_MOST, _LONGEST = 32, 4096
_SCRUB: Final = "scrub"
"""The setting that says whether the file may still have clear text in pages it no longer uses; False once it has none."""
_log = Log()


def checked_credentials(document: Any) -> dict[str, str]:
    """Return credentials that came from a person: names to texts; raise SchemaViolation for anything else, without showing it."""
    if not isinstance(document, Mapping) or not 0 < len(document) <= _MOST:
        raise SchemaViolation(f"credentials are a mapping of 1 to {_MOST} names to texts")
    for name, text in document.items():
        if not isinstance(name, str) or not _NAME(name):
            raise SchemaViolation("the name of a credential has 1 to 64 of the letters, digits, '.', '_' and '-'")
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST or not text.isprintable():
            raise SchemaViolation(f"the credential {name} is a text of 1 to {_LONGEST} characters, on one line", property=name)
    return dict(document)


class Credentials:
    """The credentials of every unit, by driver and key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def drivers(self) -> tuple[str, ...]:
        """Return the drivers that have any."""
        return tuple(name.removeprefix(PREFIX) for name in self._vault.compartments() if name.startswith(PREFIX))

    def keys(self, driver: str) -> tuple[str, ...]:
        """Return the units of a driver that have any."""
        return self._compartment(driver).names()

    def of(self, driver: str, key: str) -> dict[str, str]:
        """Return the credentials of a unit, none when it has none; raise StorageDamaged when they cannot be read."""
        sealed = self._compartment(driver).get(key)
        credentials: dict[str, str] = {} if sealed is None else orjson.loads(sealed)
        CONCEALED.add(credentials.values())
        return credentials

    def readable(self, driver: str, key: str) -> dict[str, str]:
        """Return the credentials of a unit, none also when they cannot be read: that is logged, and costs this unit only."""
        try:
            return self.of(driver, key)
        except StorageDamaged as error:
            _log.error("credentials lost", unit=f"{driver}:{key}", why=str(error))
            return {}

    async def keep(self, driver: str, key: str, credentials: Mapping[str, str]) -> None:
        """Store or replace a unit's credentials, sealed and on disk when this returns; an empty one removes them. Raise ExtraMissing."""
        CONCEALED.add(credentials.values())
        if credentials:
            await self._compartment(driver).put(key, orjson.dumps(dict(credentials)))
        else:
            await self.forget(driver, key)

    async def forget(self, driver: str, key: str) -> None:
        """Remove a unit's credentials, if there are any."""
        if key in self.keys(driver):
            await self._compartment(driver).remove(key)

    def _compartment(self, driver: str) -> Compartment:
        return self._vault.compartment(f"{PREFIX}{driver}")


class OlderStore(Protocol):
    """A store that may have credentials in clear, written before there was a vault."""

    @property
    def registrations(self) -> Documents:
        """Accepted units."""
        ...

    async def setting(self, name: str) -> Value:
        """Return a small value, None when there is none."""
        ...

    async def keep(self, name: str, value: Value) -> None:
        """Keep a small value."""
        ...

    async def scrub(self) -> None:
        """Rewrite the file without what was removed from it."""
        ...


async def seal_older(store: OlderStore, credentials: Credentials) -> None:
    """Move credentials that an older version kept in clear into the vault, and rewrite the file so that none is left in it.

    Each step is on disk before the next, and may be done again: killed anywhere, the next start goes on. Raise SetupError when
    the cryptography library is not installed.
    """
    clear = [row.document for row in await store.registrations.all() if row.document.get("credentials")]
    if clear:
        await store.keep(_SCRUB, True)
        for document in clear:
            await _seal(store.registrations, credentials, document)
    if await store.setting(_SCRUB) is not False:  # never done: what was removed long ago may still lie in unused pages
        await _scrub(store)


async def _scrub(store: OlderStore) -> None:
    """Leave no clear text in the file; what fails now is tried again at the next start, and is no reason not to start."""
    try:
        await store.scrub()
        await store.keep(_SCRUB, False)
    except StorageFailed as error:
        _log.error("credentials are in the vault now, and their clear text is still on the disk", why=str(error))
        return
    _log.debug("credentials are in the vault, and nowhere else")


async def _seal(registrations: Documents, credentials: Credentials, document: Mapping[str, Any]) -> None:
    driver, key = str(document["driver"]), str(document["key"])
    try:
        await credentials.keep(driver, key, document["credentials"])
    except ExtraMissing as error:
        raise SetupError(
            f"the credentials of {driver}:{key} were kept in clear by an older version, and are to be sealed now: {error}"
        ) from error
    await registrations.put(driver, key, {name: value for name, value in document.items() if name != "credentials"})
