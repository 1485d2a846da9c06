"""What a hub without an owner shows in the terminal it was started in: how one becomes its owner, and how that went."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.cli.qr import drawn
from gateway.thing.principal import Role
from gateway.thing.timestamp import iso
from gateway.trust.clients import Clients
from gateway.trust.pairing import Pairing
from gateway.trust.window import HUB, MOST_MINUTES, Ended

HOW = "`hulian pair --role owner` on this machine makes one."
OWNED = "From now on everybody needs a key, on this machine too; only the hulian command here does not. `hulian pair` lets others in."


@asynccontextmanager
async def first_owner(pairing: Pairing | None, clients: Clients) -> AsyncIterator[None]:
    """Show the code, where somebody sits in front, and say for as long as the context lives how it went; a log is no place for a code."""
    if pairing is None or clients.has_owner or not await _shown(pairing):
        yield
        return
    following = asyncio.create_task(_tell_end(pairing, clients), name="run: first owner")
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait({following})


async def _shown(pairing: Pairing) -> bool:
    """Print how to become the owner; return whether it was with a code."""
    window = pairing.window
    if sys.stdout.isatty() and window.now_open is None and not window.exhausted:
        await pairing.arrange({"role": "owner", "minutes": MOST_MINUTES}, HUB)
    if not sys.stdout.isatty() or window.now_open is None:
        print(f"It has no owner yet: {HOW}", flush=True)  # noqa: T201 - for the person who started it
        return False
    offer = pairing.offer(window.now_open)
    print(f"It has no owner yet. Until {iso(offer['until'])[11:16]} UTC one can pair, with the PIN {offer['pin'][:4]} {offer['pin'][4:]}:")  # noqa: T201 - likewise
    if "qr" in offer:
        print(f"{drawn(offer['qr'])}\n{offer['qr'].lower()}")  # noqa: T201 - likewise
    print(f"On the other machine: hulian join {' or '.join(offer['addresses'])}", flush=True)  # noqa: T201 - likewise
    return True


async def _tell_end(pairing: Pairing, clients: Clients) -> None:
    """Print who became the owner, or that the code on the screen is worth nothing any more."""
    async for change in pairing.window.changes():
        if isinstance(change, Ended):
            print(ending(change, clients), flush=True)  # noqa: T201 - likewise


def ending(ended: Ended, clients: Clients) -> str:
    """Return how the window ended, for the one who sits in front of the hub."""
    client = clients.get(ended.client)
    if client is not None:
        told = f"{client.name} came in as {client.role.value}: {client.id}."
        return f"{told} {OWNED}" if client.role is Role.OWNER else told
    if ended.why == "tries":
        return f"Pairing is closed: ten wrong tries. If they were not yours, somebody is trying to get in. {HOW}"
    return f"Pairing is closed, and the code above is worth nothing any more: {HOW}"
