"""What can be asked at the hub itself about who may come in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.errors import BadSyntax, CommandError, ExtraMissing, StateConflict, Unknown
from gateway.faces.control.pairing import PairingCalls
from gateway.lifecycle.ownership import Erasure
from gateway.trust.bundle import new_request
from gateway.trust.journal import Journal
from tests.kit.pairing import Hub, a_hub, by_pin, by_qr


@dataclass
class Desk:
    hub: Hub
    calls: PairingCalls
    erased: list[Erasure]
    told: list[Any] = field(default_factory=list)

    async def ask(self, call: str, /, **arguments: Any) -> Any:
        async def tell(item: Any) -> None:
            self.told.append(item)

        return await self.calls.table()[call](arguments, tell)

    def later(self, call: str, /, **arguments: Any) -> asyncio.Task[Any]:
        return asyncio.create_task(self.ask(call, **arguments))

    async def offered(self) -> Mapping[str, Any]:
        while not self.told:
            await asyncio.sleep(0)
        return dict(self.told[0])

    async def let_in(self, name: str, role: str, **more: Any) -> dict[str, Any]:
        _, request = new_request("x")
        document: dict[str, Any] = await self.ask("enrol", name=name, role=role, request=request.decode(), **more)
        return document


@asynccontextmanager
async def a_desk() -> AsyncIterator[Desk]:
    async with a_hub() as hub:
        erased: list[Erasure] = []
        journal = Journal(hub.disk.journal, hub.disk.clock)
        yield Desk(hub, PairingCalls(hub.pairing, hub.clients, journal, hub.disk.clock, erased.append), erased)


async def test_whoever_opens_it_is_told_the_offer_the_tries_and_who_came_in() -> None:
    async with a_desk() as desk:
        asking = desk.later("pair", role="user", minutes=2)
        offer = await desk.offered()
        assert {"pin", "qr", "until", "addresses", "role", "gateway"} <= offer.keys()
        answer = await by_pin(desk.hub, offer["pin"])
        outcome = await asking
        assert outcome["ended"] == "paired"
        assert outcome["client"]["id"] == answer["client"]
        assert desk.told[0]["tries"] == 0


async def test_when_the_time_is_over_it_says_so() -> None:
    async with a_desk() as desk:
        asking = desk.later("pair", role="user", minutes=1)
        await desk.offered()
        await desk.hub.disk.clock.advance(61, step=30)
        assert await asking == {"ended": "time", "client": None}


async def test_when_whoever_opened_it_goes_away_it_closes() -> None:
    async with a_desk() as desk:
        asking = desk.later("pair", role="user")
        await desk.offered()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert desk.hub.window.now_open is None
        assert await desk.ask("offer") is None


async def test_a_second_opener_leaves_the_first_ones_window_open() -> None:
    async with a_desk() as desk:
        asking = desk.later("pair", role="user")
        offer = await desk.offered()
        with pytest.raises(StateConflict, match=r"on this machine opened it.*Ctrl-C"):
            await desk.ask("pair", role="owner")
        assert (await desk.ask("offer"))["pin"] == offer["pin"]
        await by_qr(desk.hub, str(offer["qr"]))
        assert (await asking)["ended"] == "paired"


async def test_a_client_is_let_in_right_here_without_a_window() -> None:
    async with a_desk() as desk:
        document = await desk.let_in("Home Assistant", "user")
        assert desk.hub.clients.find("Home Assistant").id == document["client"]
        appliance = await desk.let_in("lamp", "device", device="light-1")
        assert desk.hub.clients.find(appliance["client"]).roots == ("hulian/1/light-1",)
        for name, role in (("x", "king"), ("", "user"), ("a\0", "user")):
            with pytest.raises(CommandError):
                await desk.let_in(name, role)
        with pytest.raises(BadSyntax):
            await desk.ask("enrol", role="user")
        assert len(desk.hub.clients.all()) == 2


async def test_one_is_put_out_but_never_the_only_owner() -> None:
    async with a_desk() as desk:
        first, user = await desk.let_in("ann", "owner"), await desk.let_in("bob", "user")
        assert (await desk.ask("revoke", client="bob"))["state"] == "revoked"
        with pytest.raises(StateConflict, match="only owner"):
            await desk.ask("revoke", client=first["client"])
        await desk.let_in("eve", "owner")
        await desk.ask("revoke", client="ann")
        assert {each["name"]: each["state"] for each in await desk.ask("clients")} == {"ann": "revoked", "bob": "revoked", "eve": "valid"}
        with pytest.raises(Unknown):
            await desk.ask("revoke", client="nobody")
        assert "key" not in (await desk.ask("clients"))[0]
        assert [entry["what"] for entry in await desk.ask("journal")] == ["paired", "paired", "revoked", "paired", "revoked"]
        assert user["client"] == (await desk.ask("journal", limit=3))[0]["target"]


@pytest.mark.parametrize("limit", [0, -1, 5001, "5", True, None])
async def test_an_impossible_limit_is_refused(limit: Any) -> None:
    async with a_desk() as desk:
        with pytest.raises(BadSyntax):
            await desk.ask("journal", limit=limit)


async def test_transfer_and_reset_are_handed_on() -> None:
    async with a_desk() as desk:
        assert await desk.ask("transfer") == {"erasing": "transfer"}
        assert await desk.ask("reset") == {"erasing": "reset"}
        assert desk.erased == ["transfer", "reset"]


async def test_without_its_libraries_pairing_says_what_to_install_and_reset_works() -> None:
    async with a_desk() as desk:
        bare = PairingCalls(
            None, desk.hub.clients, Journal(desk.hub.disk.journal, desk.hub.disk.clock), desk.hub.disk.clock, desk.erased.append
        )
        desk.calls = bare
        for name in ("pair", "offer", "enrol", "transfer"):
            with pytest.raises(ExtraMissing, match=r"hulian\[trust\]"):
                await desk.ask(name, role="user")
        assert await desk.ask("clients") == []
        assert await desk.ask("reset") == {"erasing": "reset"}
