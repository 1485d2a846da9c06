"""A native appliance as an independent CoAP client sees it (aiocoap's own client, over UDP on loopback)."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiocoap
import cbor2
import pytest
from aiocoap import Message
from aiocoap.numbers import Code

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires import coap_site
from firmware_sim.wires.native_coap import Wire
from firmware_sim.wires.order import etag

PATIENCE = 20


class Client:
    """Asks one appliance."""

    def __init__(self, context: aiocoap.Context, base: str) -> None:
        self.context = context
        self.base = base

    def message(self, method: str, path: str, payload: bytes = b"", **options: Any) -> Message:
        message = Message(code=getattr(Code, method), uri=f"{self.base}{path}", payload=payload)
        for name, value in options.items():
            setattr(message.opt, name, value)
        return message

    async def __call__(self, method: str, path: str, payload: bytes = b"", **options: Any) -> Message:
        async with asyncio.timeout(PATIENCE):
            return await self.context.request(self.message(method, path, payload, **options)).response


@asynccontextmanager
async def asking(appliance: Appliance, network: Network, **options: Any) -> AsyncIterator[Client]:
    async with Wire(appliance, network, WireOptions(modules=("native_coap",), port=0, **options)) as wire:
        context = await aiocoap.Context.create_client_context(transports=["simple6"])
        try:
            yield Client(context, f"coap://{network.address}:{wire.port}")
        finally:
            await ended(context)


async def ended(context: aiocoap.Context) -> None:
    await context.shutdown()
    await asyncio.sleep(0)  # its sockets close in the next turn of the loop


def code(response: Message) -> str:
    return str(response.code.dotted)


def error(response: Message) -> str:
    assert int(response.opt.content_format) == 50
    return str(json.loads(response.payload)["code"])


async def test_what_there_is_can_be_found(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        core = await ask("GET", "/.well-known/core")
        assert int(core.opt.content_format) == 40
        assert b'</d/self/s>;obs;rt="hl.state";ct="50 60 110 112"' in core.payload
        named = await ask("GET", f"/.well-known/core?ep={plug.identifier}")
        assert f'</d/self/td>;rt="wot.thing";ep="{plug.identifier}"'.encode() in named.payload
        assert b"," not in named.payload
        only = await ask("GET", "/.well-known/core?rt=hl.st*&hl.kind=plug")
        assert only.payload.startswith(b"</d/self/s>")
        assert b"," not in only.payload
        assert (await ask("GET", "/.well-known/core?hl.kind=light")).payload == b""
        assert json.loads((await ask("GET", "/d")).payload) == ["self"]
        assert b"</d/self/td>" in (await ask("GET", "/d", accept=40)).payload


async def test_the_thing_description_comes_in_blocks_with_its_hash(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        whole = await ask("GET", "/d/self/td")
        assert int(whole.opt.content_format) == 432
        assert len(whole.payload) > 4096
        assert whole.opt.etag == hashlib.sha256(whole.payload).digest()[:8]
        assert (await ask("GET", "/.well-known/wot")).payload == whole.payload
        assert cbor2.loads((await ask("GET", "/d/self/td", accept=60)).payload) == json.loads(whole.payload)
        again = await ask("GET", "/d/self/td", etags=[whole.opt.etag])
        assert (code(again), again.payload) == ("2.03", b"")
        hrefs = [form["href"] for form in json.loads(whole.payload)["properties"]["power"]["forms"]]
        assert hrefs == [f"{ask.base}/d/self/p/power"]


async def test_the_state_in_every_format(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        state = json.loads((await ask("GET", "/d/self/s")).payload)
        assert state == plug.document()
        compact = await ask("GET", "/d/self/s", accept=60)
        assert (int(compact.opt.content_format), cbor2.loads(compact.payload)) == (60, state)
        assert compact.opt.etag == etag(plug.boot, plug.seq)
        senml = json.loads((await ask("GET", "/d/self/s", accept=110)).payload)
        assert senml[0]["bn"].startswith("urn:uuid:")
        assert {"n": "voltage", "u": "V", "v": state["voltage"]} in [
            {key: value for key, value in record.items() if key not in ("bn", "bt")} for record in senml
        ]
        labels = cbor2.loads((await ask("GET", "/d/self/s", accept=112)).payload)
        assert {record[0] for record in labels} == {record["n"] for record in senml}


@pytest.mark.parametrize(("accept", "read"), [(50, json.loads), (60, cbor2.loads), (None, json.loads)])
async def test_one_property(plug: Appliance, network: Network, accept: int | None, read: Callable[[bytes], Any]) -> None:
    async with asking(plug, network) as ask:
        response = await ask("GET", "/d/self/p/ratedCurrent", accept=accept)
        assert read(response.payload) == plug.values()["ratedCurrent"]
        assert response.opt.max_age is not None


async def test_private_properties_are_read_here_only(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        assert json.loads((await ask("GET", "/d/self/p/identity")).payload) == plug.values()["identity"]
        assert "identity" not in json.loads((await ask("GET", "/d/self/s")).payload)


@pytest.mark.parametrize("content_format", [None, 50, 60])
async def test_a_property_is_written(plug: Appliance, network: Network, content_format: int | None) -> None:
    async with asking(plug, network) as ask:
        payload = cbor2.dumps(1500) if content_format == 60 else b"1500"
        response = await ask("PUT", "/d/self/p/overloadLimit", payload, content_format=content_format)
        assert (code(response), response.payload) == ("2.04", b"")
        assert plug.values()["overloadLimit"] == 1500


async def test_several_properties_are_written_at_once_or_not_at_all(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        refused = await ask("iPATCH", "/d/self/s", b'{"power": true, "overloadLimit": 1}', content_format=52)
        assert (code(refused), error(refused), plug.values()["power"]) == ("4.22", "schema", False)
        done = await ask("iPATCH", "/d/self/s", b'{"power": true, "overloadLimit": 1500}', content_format=52)
        assert (code(done), plug.values()["power"], plug.values()["overloadLimit"]) == ("2.04", True, 1500)


async def test_a_write_may_depend_on_the_state(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        seen = (await ask("GET", "/d/self/p/power")).opt.etag
        assert code(await ask("PUT", "/d/self/p/power", b"true", if_match=[seen])) == "2.04"
        late = await ask("PUT", "/d/self/p/power", b"false", if_match=[seen])
        assert (code(late), error(late)) == ("4.12", "precondition")
        assert code(await ask("PUT", "/d/self/p/power", b"false", if_match=[b""])) == "2.04"
        assert code(await ask("PUT", "/d/self/p/power", b"false", if_none_match=True)) == "4.12"


async def test_the_same_id_acts_once(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        assert code(await ask("PUT", "/d/self/p/power?id=once&why=scene", b"true")) == "2.04"
        plug.write({"power": False})
        assert code(await ask("PUT", "/d/self/p/power?id=once", b"true")) == "2.04"
        assert plug.values()["power"] is False
        run = json.loads((await ask("GET", "/d/self/run/once")).payload)
        assert (run["state"], run["op"]) == ("completed", "writeproperty")


async def test_a_long_action_has_a_place_of_its_own(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        begun = await ask("POST", "/d/self/a/runDiagnostics?id=long", b'{"level": "quick"}')
        assert (code(begun), begun.opt.location_path) == ("2.01", ("d", "self", "run", "long"))
        assert json.loads((await ask("GET", "/d/self/run/long")).payload)["state"] == "running"
        gone = await ask("DELETE", "/d/self/run/long")
        assert code(gone) in ("2.02", "4.09")
        plug.advance(600)
        ended = json.loads((await ask("GET", "/d/self/run/long")).payload)
        assert ended["state"] == ("cancelled" if code(gone) == "2.02" else "completed")
        assert code(await ask("DELETE", "/d/self/run/long")) == "4.09"


async def test_a_short_action_is_done_when_it_is_answered(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        assert code(await ask("POST", "/d/self/a/identify")) == "2.04"


async def test_what_needs_a_person_is_done_with_the_token(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        plug.write({"power": True, "feedsKind": "refrigerator"})
        refused = await ask("PUT", "/d/self/p/power", b"false")
        assert (code(refused), error(refused)) == ("4.09", "needs-confirm")
        token = json.loads(refused.payload)["confirm"]
        assert code(await ask("PUT", f"/d/self/p/power?confirm={token}", b"false")) == "2.04"


@pytest.mark.parametrize(
    ("method", "path", "payload", "options", "expected"),
    [
        ("GET", "/nothing", b"", {}, "4.04"),
        ("GET", "/d/other/s", b"", {}, "4.04"),
        ("GET", "/d/self/p/nothing", b"", {}, "4.04"),
        ("GET", "/d/self/e/nothing", b"", {}, "4.04"),
        ("GET", "/d/self/run/nothing", b"", {}, "4.04"),
        ("DELETE", "/d/self/run/nothing", b"", {}, "4.04"),
        ("POST", "/d/self/a/nothing", b"", {}, "4.04"),
        ("PUT", "/d/self/p/nothing", b"1", {}, "4.04"),
        ("GET", "/d/self/a/identify", b"", {}, "4.05"),
        ("POST", "/d/self/s", b"{}", {}, "4.05"),
        ("DELETE", "/d/self/p/power", b"", {}, "4.05"),
        ("PUT", "/d/self/td", b"{}", {}, "4.05"),
        ("FETCH", "/d/self/s", b"[]", {}, "4.05"),
        ("PUT", "/d/self/p/powerDraw", b"1", {}, "4.05"),
        ("GET", "/d/self/s", b"", {"accept": 41}, "4.06"),
        ("GET", "/d/self/p/faults", b"", {"accept": 110}, "4.06"),
        ("GET", "/.well-known/core", b"", {"accept": 50}, "4.06"),
        ("PUT", "/d/self/p/power", b"true", {"accept": 110}, "4.06"),
        ("PUT", "/d/self/p/power", b"<a/>", {"content_format": 41}, "4.15"),
        ("iPATCH", "/d/self/s", b"\xa0", {"content_format": 60}, "4.15"),
        ("PUT", "/d/self/p/power", b"", {}, "4.00"),
        ("PUT", "/d/self/p/power", b"tru", {}, "4.00"),
        ("PUT", "/d/self/p/power", b"\xff", {"content_format": 60}, "4.00"),
        ("PUT", "/d/self/p/power", cbor2.dumps(float("nan")), {"content_format": 60}, "4.00"),
        ("PUT", "/d/self/p/power", b"\xc0\x74" + b"2026-11-22T00:00:00Z", {"content_format": 60}, "4.00"),
        ("PUT", "/d/self/p/power", b"1", {}, "4.22"),
        ("PUT", "/d/self/p/power?id=a/b", b"true", {}, "4.00"),
        ("PUT", "/d/self/p/power?exp=yesterday", b"true", {}, "4.00"),
        ("PUT", "/d/self/p/power?exp=2026-01-01T00:00:00Z", b"true", {}, "4.09"),
        ("PUT", "/d/self/p/power?ttl=0", b"true", {}, "4.09"),
        ("PUT", "/d/self/p/power", b'"' + b"x" * 70_000 + b'"', {}, "4.13"),
        ("GET", "/d/self/s", b"", {"proxy_scheme": "http"}, "5.05"),
        ("GET", "/d/self/s", b"", {"oscore": b"\x09"}, "4.02"),
        ("GET", "/d/self/s", b"", {"block2": (0, False, 7)}, "4.00"),
        ("GET", "/d/self/e/faultRaised?since=x", b"", {}, "4.00"),
    ],
)
async def test_what_cannot_be_done_is_said_with_its_code(
    plug: Appliance, network: Network, method: str, path: str, payload: bytes, options: dict[str, Any], expected: str
) -> None:
    async with asking(plug, network) as ask:
        response = await ask(method, path, payload, **options)
        assert code(response) == expected
        assert error(response)
        assert plug.values()["power"] is False


async def test_small_blocks_are_given_on_request(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        whole = await ask("GET", "/d/self/s", block2=(0, False, 1))
        assert json.loads(whole.payload) == plug.document()


async def test_an_observer_sees_every_last_value(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        request = ask.context.request(ask.message("GET", "/d/self/p/power", observe=0))
        async with asyncio.timeout(PATIENCE):
            assert (await request.response).payload == b"false"
            changes = aiter(request.observation)
            for value in (True, False, True):
                plug.write({"power": value})
                assert json.loads((await anext(changes)).payload) is value
        request.observation.cancel()


async def test_an_observer_of_the_large_state_gets_it_whole(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        request = ask.context.request(ask.message("GET", "/d/self/s", observe=0, block2=(0, False, 3)))
        async with asyncio.timeout(PATIENCE):
            assert json.loads((await request.response).payload)["power"] is False
            plug.write({"power": True})
            while True:
                if json.loads((await anext(aiter(request.observation))).payload)["power"]:
                    break
        request.observation.cancel()


async def test_observers_of_acks_and_events_miss_none(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        acks = ask.context.request(ask.message("GET", "/d/self/ack", observe=0))
        async with asyncio.timeout(PATIENCE):
            assert (await acks.response).payload == b"null"
            # Only now: aiocoap's client loses a socket when two first requests to one peer start together.
            events = ask.context.request(ask.message("GET", "/d/self/e/faultRaised", observe=0))
            assert (await events.response).payload == b"null"
            seen = [asyncio.create_task(collect(acks, 4)), asyncio.create_task(collect(events, 2))]
            await ask("PUT", "/d/self/p/power?id=a1", b"true")
            await ask("PUT", "/d/self/p/power?id=a2", b"false")
            plug.raise_fault("COMM.NO-SIGNAL")
            plug.raise_fault("COMM.LICENCE")
            told, raised = [await task for task in seen]
        assert [(ack["id"], ack["state"]) for ack in told] == [
            ("a1", "accepted"),
            ("a1", "completed"),
            ("a2", "accepted"),
            ("a2", "completed"),
        ]
        assert [event["code"] for event in raised] == ["COMM.NO-SIGNAL", "COMM.LICENCE"]
        since = json.loads((await ask("GET", f"/d/self/e/faultRaised?since={raised[0]['seq']}")).payload)
        assert [event["code"] for event in since] == ["COMM.LICENCE"]


async def collect(request: Any, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for message in request.observation:
        found.append(json.loads(message.payload))
        if len(found) == count:
            request.observation.cancel()
            break
    return found


async def test_a_lost_notification_is_not_the_last_word(plug: Appliance, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coap_site, "_QUIET", 0.3)
    async with asking(plug, network) as ask:
        request = ask.context.request(ask.message("GET", "/d/self/p/power", observe=0))
        async with asyncio.timeout(PATIENCE):
            await request.response
            monkeypatch.setattr(network, "drops", lambda: True)
            plug.write({"power": True})
            await asyncio.sleep(0.1)
            monkeypatch.setattr(network, "drops", lambda: False)
            assert json.loads((await anext(aiter(request.observation))).payload) is True
        request.observation.cancel()


async def test_silence_is_not_answered_and_then_it_is(plug: Appliance, network: Network) -> None:
    async with asking(plug, network) as ask:
        network.set(silent=True)
        request = asyncio.create_task(ask("GET", "/d/self/s"))
        done, _ = await asyncio.wait([request], timeout=0.5)
        assert not done
        network.set(silent=False)
        assert code(await request) == "2.05"


async def test_a_lost_answer_is_given_again_and_the_command_acts_once(
    plug: Appliance, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.set(delay=0.05)
    async with asking(plug, network) as ask:
        fates = iter([False, True])  # the request arrives, its answer is lost
        monkeypatch.setattr(network, "drops", lambda: next(fates, False))
        before = plug.seq
        assert code(await ask("PUT", "/d/self/p/power", b"true")) == "2.04"
        assert next(fates, "spent") == "spent"
        assert [plug.values()["power"], plug.seq] == [True, before + 1]


async def test_units_stand_side_by_side_on_the_same_port(street: Callable[[], str]) -> None:
    homes = [(make_appliance("plug", identifier=f"plug-{number}"), Network(street())) for number in range(3)]
    wires = [Wire(plug, network, WireOptions(modules=("native_coap",))) for plug, network in homes]
    context = await aiocoap.Context.create_client_context(transports=["simple6"])
    try:
        for wire in wires:
            await wire.__aenter__()
        for plug, network in homes:
            answer = await context.request(Message(code=Code.GET, uri=f"coap://{network.address}/d/self/p/identity")).response
            assert json.loads(answer.payload) == plug.values()["identity"]
        assert {wire.port for wire in wires} == {5683}
    finally:
        for wire in wires:
            await wire.__aexit__(None, None, None)
        await ended(context)


async def test_a_taken_port_is_an_error_and_is_free_after_closing(plug: Appliance, network: Network) -> None:
    async with Wire(plug, network, WireOptions(port=0)) as wire:
        with pytest.raises(OSError, match="in use"):
            await Wire(plug, network, WireOptions(port=wire.port)).__aenter__()
        port = wire.port
    async with Wire(plug, network, WireOptions(port=port)) as again:
        assert again.port == port


async def test_garbage_is_dropped_without_a_trace(plug: Appliance, network: Network, caplog: pytest.LogCaptureFixture) -> None:
    async with asking(plug, network) as ask:
        host, _, port = ask.base.removeprefix("coap://").partition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for datagram in (
                b"",
                b"\x40",
                b"\x40\x01\x00\x01\xb1\xff",
                b"\x4f\x01\x00\x01" + b"x" * 15,
                b"\x40\x01\x00\x01\xe0",
                b"\x60\x45\x00\x01",
            ):
                stranger.sendto(datagram, (host, int(port)))
        assert code(await ask("GET", "/d/self/s")) == "2.05"
        assert "Traceback" not in caplog.text
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
