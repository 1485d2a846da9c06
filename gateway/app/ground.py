"""What everything stands on: the data folder, who this gateway is, and who may come in."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from gateway.app.settings import Settings, make_folder
from gateway.discovery.credentials import Credentials, seal_older
from gateway.lifecycle.ownership import finish_erasure
from gateway.profile.library import Library
from gateway.storage.history import HistoryStore
from gateway.storage.restoring import finish_restore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.identifier import new_identifier
from gateway.trust.opening import Trust, open_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`identifier`: the gateway's id; `boot`: the number of this start; `credentials`: what appliances ask for."""

    settings: Settings
    clock: SystemClock
    random: Random
    store: StateStore
    history: HistoryStore
    identifier: str
    boot: int
    trust: Trust
    credentials: Credentials
    library: Library


async def open_ground(stack: AsyncExitStack, settings: Settings, clock: SystemClock, random: Random) -> Ground:
    """Open the data folder for as long as `stack` lives; what a reset or a restore left to do is done first."""
    make_folder(settings.data)
    await finish_erasure(settings.data, clock.now())
    await asyncio.to_thread(finish_restore, settings.data)
    store = await stack.enter_async_context(StateStore(settings.data / "state.db"))
    identifier = await store.identifier(lambda: new_identifier("hub", random))
    boot = await store.begin_boot()
    history = await stack.enter_async_context(HistoryStore(settings.data / "history.db", clock))
    trust = await open_trust(
        settings.data,
        secrets=store.secrets,
        journal=store.journal,
        clients=store.clients,
        gateway=identifier,
        clock=clock,
        random=random,
        open=settings.demo,
    )
    credentials = Credentials(trust.vault)
    await seal_older(store, credentials)
    return Ground(
        settings=settings,
        clock=clock,
        random=random,
        store=store,
        history=history,
        identifier=identifier,
        boot=boot,
        trust=trust,
        credentials=credentials,
        library=Library(cache=settings.data / "cache"),
    )
