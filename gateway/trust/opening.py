"""Everything of trust that a running gateway has, opened in the order it depends on."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from gateway.thing.clock import Clock
from gateway.trust.access import Access
from gateway.trust.appliances import Appliances
from gateway.trust.authority import Authority
from gateway.trust.clients import Clients, ClientStore
from gateway.trust.journal import Journal, JournalStore
from gateway.trust.keys import Keys
from gateway.trust.login import COMPARTMENT, Logins
from gateway.trust.vault import AUTHORITY, CLIENTS, SecretStore, Vault, open_vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who may come in, and what is kept for them."""

    vault: Vault
    journal: Journal
    clients: Clients
    access: Access
    authority: Authority
    keys: Keys
    appliances: Appliances
    logins: Logins


async def open_trust(
    folder: Path,
    *,
    secrets: SecretStore,
    journal: JournalStore,
    clients: ClientStore,
    gateway: str,
    clock: Clock,
    random: Random,
    open: bool,
) -> Trust:
    """Read what is kept in the data folder and its store; raise SetupError or ExtraMissing. `open`: loopback needs no key, ever."""
    vault = await open_vault(folder, secrets)
    register = Clients(clients, clock, random)
    await register.load()

    def certified() -> bool:
        return any(client.serial for client in register.valid())

    keys = Keys(vault.compartment(CLIENTS), register, clock)
    await keys.load()
    kept = Journal(journal, clock)
    access = Access(register, clock, open=open)
    logins = Logins(access, vault.compartment(COMPARTMENT), kept, clock)
    await logins.load()
    return Trust(
        vault=vault,
        journal=kept,
        clients=register,
        access=access,
        authority=Authority(vault.compartment(AUTHORITY), gateway, clock, expected=certified),
        keys=keys,
        appliances=Appliances(register, keys, clock),
        logins=logins,
    )
