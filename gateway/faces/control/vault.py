"""The calls about the vault: what is in it by name, credentials in, and a sealed copy out. No answer ever has a secret in it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.discovery import Discovery
from gateway.discovery.credentials import Credentials, checked_credentials
from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.thing.principal import LOCAL
from gateway.trust.journal import Journal
from gateway.trust.parcel import packed
from gateway.trust.vault import Vault

_LONGEST_KEY: Final = 128


class VaultCalls:
    """Import and export are about the credentials of appliances; the keys of clients and of the authority stay in the house."""

    def __init__(self, vault: Vault, credentials: Credentials, discovery: Discovery, journal: Journal) -> None:
        self._vault = vault
        self._credentials = credentials
        self._discovery = discovery
        self._journal = journal

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"vault-list": self._list, "vault-import": self._import, "vault-export": self._export}

    async def _list(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return the names in every compartment."""
        return [{"compartment": name, "names": list(self._vault.compartment(name).names())} for name in self._vault.compartments()]

    async def _import(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Keep the credentials of one unit; return whether it is in the home now, and began anew with them, or why it is not."""
        driver, key, credentials = (arguments.get(name) for name in ("driver", "key", "credentials"))
        if not isinstance(driver, str) or not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
            raise BadSyntax(f"`driver` is a text, and `key` one of 1 to {_LONGEST_KEY} characters")
        given = await self._discovery.give(driver, key, checked_credentials(credentials))
        await self._journal.record("vault-import", actor=LOCAL.name, target=f"{driver}:{key}", source="control")
        return {"driver": driver, "key": key, "registered": given.registered, "problem": given.problem}

    async def _export(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return the credentials of every unit as a parcel only the passphrase opens."""
        passphrase = arguments.get("passphrase")
        if not isinstance(passphrase, str):
            raise BadSyntax("`passphrase` is a text")
        units = [
            {"driver": driver, "key": key, "credentials": self._credentials.of(driver, key)}
            for driver in self._credentials.drivers()
            for key in self._credentials.keys(driver)
        ]
        parcel = await asyncio.to_thread(packed, orjson.dumps({"units": units}), passphrase)
        await self._journal.record("vault-export", actor=LOCAL.name, source="control", units=len(units))
        return {"units": len(units), "parcel": parcel.decode()}
