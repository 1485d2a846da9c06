"""Pairing on the wire: two machines, one with a hub, one that knows an address and a PIN or a QR code."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.cli.knocking import Hub as Knocked
from gateway.cli.knocking import join_by_pin, join_by_qr
from gateway.errors import BadFormat, CommandError, Forbidden, RateExceeded, ReadOnly, StateConflict, TimedOut, TooLarge, Unauthenticated
from gateway.faces.coap.pairing import BURST, EDHOC, LONGEST, PAIR, Doorbell, pairing_resources
from gateway.protocol.coap.client import CoapClient, refusal
from gateway.protocol.coap.message import CBOR, JSON, Method, Request, Response
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.payload import decode, encode
from gateway.thing.principal import LOCAL, Role
from gateway.trust.edhoc import new_key
from gateway.trust.invitation import Invitation, read_invitation
from tests.kit.pairing import Hub, a_hub, wish

HOST = "127.0.24.9"


@asynccontextmanager
async def on_the_wire() -> AsyncIterator[tuple[Hub, Knocked]]:
    async with a_hub() as hub:
        resources = pairing_resources(hub.pairing, hub.access, hub.disk.clock)

        async def handle(request: Request) -> Response:
            return await resources[request.path](request)

        async with CoapServer(HOST, 0, handle) as server, CoapClient(host=HOST) as client:
            yield hub, Knocked(client=client, address=f"{HOST}:{server.port}")


async def test_by_pin_over_coap() -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.USER)
        answer = await join_by_pin(knocked, offer["pin"], wish())
        assert hub.clients.get(answer["client"]) is not None


async def test_by_qr_over_coap() -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.VIEWER)
        answer = await join_by_qr(knocked, read_invitation(offer["qr"]), wish())
        assert answer["role"] == "viewer"


async def test_another_hub_at_the_address_of_the_qr_code_is_found_out_and_learns_no_code() -> None:
    async with on_the_wire() as (hub, knocked), on_the_wire() as (impostor, at_impostor):
        await impostor.open(Role.USER)
        offer = await hub.open(Role.USER)
        said: list[Mapping[str, Any]] = []
        watched = replace(at_impostor, client=_Overheard(at_impostor.client, said))
        with pytest.raises(Unauthenticated, match="does not have its key"):
            await join_by_qr(watched, read_invitation(offer["qr"]), wish())
        assert [each["path"] for each in said] == [".well-known/edhoc"]
        assert (await join_by_qr(knocked, read_invitation(offer["qr"]), wish()))["client"]


class _Overheard(CoapClient):
    """A client whose messages somebody writes down."""

    def __init__(self, client: CoapClient, said: list[Mapping[str, Any]]) -> None:
        self._client = client
        self._said = said

    async def request(self, method: Method, url: str, **more: Any) -> Response:
        self._said.append({"path": url.split("/", 3)[3], "payload": more.get("payload")})
        return await self._client.request(method, url, **more)


class _Lossy(CoapClient):
    """A client that never gets the first answer to a message."""

    def __init__(self, client: CoapClient) -> None:
        self._client = client
        self._lost: set[bytes] = set()

    async def request(self, method: Method, url: str, *, payload: bytes = b"", **more: Any) -> Response:
        response = await self._client.request(method, url, payload=payload, **more)
        if payload not in self._lost:
            self._lost.add(payload)
            raise TimedOut(url)
        return response


@pytest.mark.parametrize("means", ["pin", "qr"])
async def test_every_first_answer_may_be_lost(means: str) -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.USER)
        lossy = replace(knocked, client=_Lossy(knocked.client))
        if means == "pin":
            answer = await join_by_pin(lossy, offer["pin"], wish())
        else:
            answer = await join_by_qr(lossy, read_invitation(offer["qr"]), wish())
        assert [client.id for client in hub.clients.all()] == [answer["client"]]


async def test_what_crosses_the_wire_holds_no_secret() -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.USER)
        said: list[Mapping[str, Any]] = []
        answer = await join_by_pin(replace(knocked, client=_Overheard(knocked.client, said)), offer["pin"], wish("Canary phone"))
        crossed = b"".join(each["payload"] for each in said)
        secrets = (offer["pin"], answer["oscore"]["master_secret"], answer["psk"]["key"], "Canary phone", "BEGIN CERTIFICATE")
        assert not [secret for secret in secrets if secret.encode() in crossed]


async def test_a_closed_window_is_said_as_4_03() -> None:
    async with on_the_wire() as (_, knocked):
        with pytest.raises(Forbidden, match="closed"):
            await join_by_pin(knocked, "12345678", wish())
        with pytest.raises(Forbidden, match="closed"):
            await join_by_qr(knocked, Invitation("hub-x", new_key().compressed, bytes(16), ()), wish())


async def test_a_wrong_pin_is_said_as_4_01() -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.USER)
        with pytest.raises(Unauthenticated, match="PIN is wrong"):
            await join_by_pin(knocked, f"{(int(offer['pin']) + 1) % 10**8:08d}", wish())


@pytest.mark.parametrize("content_format", [JSON, CBOR])
async def test_json_and_cbor_are_both_understood_and_answered_in_kind(content_format: int) -> None:
    async with on_the_wire() as (hub, knocked):
        await hub.open(Role.USER)
        payload = encode({"do": "prove", "session": "AAAA", "proof": "AAAA"}, content_format)
        response = await knocked.client.request(
            Method.POST, f"coap://{knocked.address}/pair", payload=payload, content_format=content_format
        )
        assert response.code == (4, 1)


async def test_only_post_is_answered_and_only_what_is_small_and_of_a_known_format() -> None:
    async with a_hub() as hub:
        bell = Doorbell(hub.pairing, hub.access, hub.disk.clock)
        for method in set(Method) - {Method.POST}:
            with pytest.raises(ReadOnly):
                await bell.pair(Request(method=method, path=PAIR, peer="192.0.2.1:1"))
        with pytest.raises(TooLarge):
            await bell.pair(Request(method=Method.POST, path=PAIR, payload=b"x" * (LONGEST + 1), peer="192.0.2.2:1"))
        with pytest.raises(BadFormat):
            await bell.pair(Request(method=Method.POST, path=PAIR, payload=b"x", content_format=0, peer="192.0.2.2:1"))
        with pytest.raises(BadFormat):
            await bell.edhoc(Request(method=Method.POST, path=EDHOC, payload=b"x", content_format=JSON, peer="192.0.2.2:1"))


async def test_one_address_is_slowed_down_and_others_are_not() -> None:
    async with a_hub() as hub:
        bell = Doorbell(hub.pairing, hub.access, hub.disk.clock)

        async def knock(peer: str) -> type[Exception] | None:
            try:
                await bell.pair(Request(method=Method.POST, path=PAIR, payload=b"{}", content_format=JSON, peer=peer))
            except CommandError as error:
                return type(error)
            return None

        answers = [await knock("192.0.2.66:5") for _ in range(int(BURST) + 5)]
        assert answers.count(RateExceeded) == 5
        assert await knock("192.0.2.7:5") is not RateExceeded


async def test_an_owner_with_a_key_opens_and_closes_the_window_and_nobody_else_does() -> None:
    async with a_hub() as hub:
        bell = Doorbell(hub.pairing, hub.access, hub.disk.clock)
        owner = await hub.clients.add("ann", Role.OWNER, LOCAL)
        user = await hub.clients.add("bob", Role.USER, LOCAL)
        asked = Request(
            method=Method.POST, path=PAIR, payload=encode({"do": "open", "role": "viewer"}, CBOR), content_format=CBOR, peer="192.0.2.7:5"
        )
        for stranger in (asked, replace(asked, local=True)):  # loopback without a key is nobody here, owner or not
            with pytest.raises(Unauthenticated):
                await bell.pair(stranger)
        with pytest.raises(Forbidden):
            await bell.pair(replace(asked, identity=user.id))
        response = await bell.pair(replace(asked, identity=owner.id))
        offer = decode(response.payload, response.content_format)
        assert isinstance(offer, dict)
        assert (offer["role"], offer["by"]) == ("viewer", owner.id)
        with pytest.raises(StateConflict, match=owner.id):
            await bell.pair(replace(asked, identity=owner.id))
        closing = replace(asked, payload=encode({"do": "close"}, CBOR))
        with pytest.raises(Forbidden):
            await bell.pair(replace(closing, identity=user.id))
        await bell.pair(replace(closing, identity=owner.id))
        assert hub.window.now_open is None
        await hub.clients.revoke(owner.id)
        with pytest.raises(Unauthenticated):
            await bell.pair(replace(asked, identity=owner.id))


async def test_loopback_without_a_key_opens_nothing_here_even_before_there_is_an_owner() -> None:
    async with a_hub() as hub:
        bell = Doorbell(hub.pairing, hub.access, hub.disk.clock)
        payload = encode({"do": "open", "role": "owner"}, JSON)
        assert hub.access.open
        with pytest.raises(Unauthenticated):
            await bell.pair(Request(method=Method.POST, path=PAIR, payload=payload, content_format=JSON, peer="127.0.0.1:5", local=True))
        assert hub.window.now_open is None


async def test_junk_at_the_door_is_refused_and_the_door_still_opens() -> None:
    async with on_the_wire() as (hub, knocked):
        offer = await hub.open(Role.USER)
        for path, payload in (("pair", b"\xff" * 40), ("pair", b"[]"), (".well-known/edhoc", b"\xf5" * 40), (".well-known/edhoc", b"")):
            response = await knocked.client.request(Method.POST, f"coap://{knocked.address}/{path}", payload=payload)
            error = refusal(response)
            assert error is not None
            assert response.code[0] == 4
        assert (await join_by_pin(knocked, offer["pin"], wish()))["client"]


async def test_nothing_but_the_two_resources_is_public() -> None:
    async with a_hub() as hub:
        assert set(pairing_resources(hub.pairing, hub.access, hub.disk.clock)) == {PAIR, EDHOC}
