"""The CoAP face, met by aiocoap's client as an independent one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiocoap
import cbor2
import pytest
from aiocoap import Code

from tests.faces.conftest import FAULT, House, opened

PATIENCE = 20.0
JSON, CBOR, SENML_JSON, SENML_CBOR, MERGE_PATCH, LINKS, TD = 50, 60, 110, 112, 52, 40, 432


@pytest.fixture
async def client() -> AsyncIterator[aiocoap.Context]:
    context = await aiocoap.Context.create_client_context(transports=["simple6"])
    yield context
    await context.shutdown()


async def ask(client: aiocoap.Context, house: House, path: str, *, code: Code = Code.GET, **options: Any) -> aiocoap.Message:
    request = aiocoap.Message(code=code, uri=f"{house.coap}{path}", **options)
    return await asyncio.wait_for(client.request(request).response, PATIENCE)


def body(message: aiocoap.Message) -> Any:
    return json.loads(message.payload)


async def test_state_property_and_twin_are_one(house: House, client: aiocoap.Context) -> None:
    state = await ask(client, house, "/d/light-1/s")
    value = await ask(client, house, "/d/light-1/p/brightness")
    assert state.code is Code.CONTENT
    assert body(state) == house.home.document("light-1")
    assert body(value) == 80
    assert state.opt.etag == value.opt.etag
    assert len(state.opt.etag) == 8


@pytest.mark.parametrize("path", ["/d/light-1/s", "/d/light-1/p/brightness", "/d", "/d/light-1/td"])
async def test_cbor_says_the_same_as_json(house: House, client: aiocoap.Context, path: str) -> None:
    plain = await ask(client, house, path, accept=JSON)
    binary = await ask(client, house, path, accept=CBOR)
    assert binary.opt.content_format == CBOR
    assert cbor2.loads(binary.payload) == body(plain)


async def test_senml_carries_name_unit_and_value(house: House, client: aiocoap.Context) -> None:
    records = body(await ask(client, house, "/d/plug-1/p/powerDraw", accept=SENML_JSON))
    assert len(records) == 1
    assert records[0]["bn"].startswith("urn:uuid:")
    assert (records[0]["n"], records[0]["u"], records[0]["v"]) == ("powerDraw", "W", 24.5)
    pack = cbor2.loads((await ask(client, house, "/d/plug-1/s", accept=SENML_CBOR)).payload)
    values = {record[0]: record.get(2, record.get(3, record.get(4))) for record in pack}
    assert values["powerDraw"] == 24.5
    assert values["power"] is True


async def test_a_write_is_answered_when_the_appliance_shows_it(house: House, client: aiocoap.Context) -> None:
    answer = await ask(client, house, "/d/light-1/p/brightness", code=Code.PUT, payload=b"30")
    assert answer.code is Code.CHANGED
    assert body(await ask(client, house, "/d/light-1/p/brightness")) == 30
    assert answer.opt.etag == (await ask(client, house, "/d/light-1/s")).opt.etag
    assert house.light.executed[0].principal.role == "owner"


async def test_a_patch_writes_all_or_nothing(house: House, client: aiocoap.Context) -> None:
    good = await ask(
        client, house, "/d/light-1/s", code=Code.iPATCH, payload=b'{"power": true, "brightness": 20}', content_format=MERGE_PATCH
    )
    bad = await ask(
        client, house, "/d/light-1/s", code=Code.iPATCH, payload=b'{"power": false, "brightness": 900}', content_format=MERGE_PATCH
    )
    assert (good.code, bad.code) == (Code.CHANGED, Code(4 << 5 | 22))
    assert body(await ask(client, house, "/d/light-1/s"))["power"] is True
    assert len(house.light.executed) == 1


async def test_if_match_guards_against_a_state_that_moved_on(house: House, client: aiocoap.Context) -> None:
    tag = (await ask(client, house, "/d/light-1/s")).opt.etag
    first = await ask(client, house, "/d/light-1/p/brightness", code=Code.PUT, payload=b"30", if_match=[tag])
    second = await ask(client, house, "/d/light-1/p/brightness", code=Code.PUT, payload=b"40", if_match=[tag])
    assert first.code is Code.CHANGED
    assert second.code is Code.PRECONDITION_FAILED
    assert body(await ask(client, house, "/d/light-1/p/brightness")) == 30


@pytest.mark.parametrize(
    ("code", "path", "options", "dotted", "error"),
    [
        (Code.GET, "/d/nobody/s", {}, "4.04", "unknown"),
        (Code.GET, "/d/light-1/p/nothing", {}, "4.04", "unknown"),
        (Code.GET, "/nowhere", {}, "4.04", "unknown"),
        (Code.GET, "/d/light-1/run/none", {}, "4.04", "unknown"),
        (Code.GET, "/d/light-1/s", {"accept": 41}, "4.06", "not-acceptable"),
        (Code.GET, "/d/plug-1/p/faults", {"accept": SENML_JSON}, "4.06", "not-acceptable"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b"{"}, "4.00", "bad-syntax"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b""}, "4.00", "bad-syntax"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b"\xff\x00", "content_format": CBOR}, "4.00", "bad-syntax"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b"30", "content_format": 41}, "4.15", "bad-format"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b"300"}, "4.22", "schema"),
        (Code.PUT, "/d/light-1/p/brightness", {"payload": b"true"}, "4.22", "schema"),
        (Code.PUT, "/d/plug-1/p/powerDraw", {"payload": b"3"}, "4.05", "read-only"),
        (Code.PUT, "/d/plug-1/p/powerOnState", {"payload": b'"off"'}, "4.05", "read-only"),
        (Code.PUT, "/d/light-1/s", {"payload": b"3"}, "4.05", "read-only"),
        (Code.DELETE, "/d", {}, "4.05", "read-only"),
        (Code.POST, "/d/light-1/a/nothing", {}, "4.04", "unknown"),
        (Code.PUT, "/d/light-1/p/brightness?exp=2020-01-01T00:00:00Z", {"payload": b"30"}, "4.09", "expired"),
        (Code.PUT, "/d/light-1/p/brightness?ttl=soon", {"payload": b"30"}, "4.00", "bad-syntax"),
    ],
)
async def test_each_refusal_has_its_code_and_error_object(
    house: House, client: aiocoap.Context, code: Code, path: str, options: dict[str, Any], dotted: str, error: str
) -> None:
    answer = await ask(client, house, path, code=code, **options)
    assert answer.code.dotted == dotted
    assert body(answer)["code"] == error
    assert body(answer)["title"]
    assert house.light.executed == []
    assert (await ask(client, house, "/d/light-1/p/brightness", code=Code.PUT, payload=b"31")).code is Code.CHANGED


async def test_what_an_appliance_does_not_let_be_set_is_read_and_said_to_be_read_only_with_the_reason(
    house: House, client: aiocoap.Context
) -> None:
    assert body(await ask(client, house, "/d/plug-1/p/powerOnState")) == "last"
    refused = await ask(client, house, "/d/plug-1/p/powerOnState", code=Code.PUT, payload=b'"off"')
    assert "a switch for it underneath" in body(refused)["detail"]
    shown = body(await ask(client, house, "/d/plug-1/td"))["properties"]["powerOnState"]
    assert shown["readOnly"] is True
    assert not [form for form in shown["forms"] if "writeproperty" in form["op"]]
    assert [form for form in shown["forms"] if "observeproperty" in form["op"]]


async def test_danger_asks_for_a_confirmation_and_takes_it(house: House, client: aiocoap.Context) -> None:
    house.plug.show({"feedsKind": "refrigerator"})
    refused = await ask(client, house, "/d/plug-1/p/power", code=Code.PUT, payload=b"false")
    assert (refused.code.dotted, body(refused)["code"]) == ("4.09", "needs-confirm")
    done = await ask(client, house, f"/d/plug-1/p/power?confirm={body(refused)['confirm']}", code=Code.PUT, payload=b"false")
    assert done.code is Code.CHANGED
    assert house.home.document("plug-1")["power"] is False


async def test_the_same_id_acts_once(house: House, client: aiocoap.Context) -> None:
    answers = [await ask(client, house, "/d/light-1/p/brightness?id=x1", code=Code.PUT, payload=b"33") for _ in range(2)]
    assert [answer.code for answer in answers] == [Code.CHANGED, Code.CHANGED]
    assert len(house.light.executed) == 1


async def test_what_takes_longer_is_named_and_can_be_asked_about(house: House, client: aiocoap.Context) -> None:
    house.light.silent = True
    answer = await ask(client, house, "/d/light-1/p/brightness?id=slow", code=Code.PUT, payload=b"33")
    assert answer.code is Code.CREATED
    assert answer.opt.location_path == ("d", "light-1", "run", "slow")
    run = body(await ask(client, house, "/d/light-1/run/slow"))
    assert (run["id"], run["state"]) == ("slow", "accepted")
    assert "brightness" in body(await ask(client, house, "/d/light-1/s"))["$"]["pending"]


async def test_an_observer_sees_every_state_it_can_keep_up_with(house: House, client: aiocoap.Context) -> None:
    request = client.request(aiocoap.Message(code=Code.GET, uri=f"{house.coap}/d/light-1/s", observe=0))
    first = await asyncio.wait_for(request.response, PATIENCE)
    assert body(first)["brightness"] == 80
    seen: list[int] = []
    notifications = request.observation.__aiter__()
    async with asyncio.timeout(PATIENCE):
        for wanted in (10, 20, 30):
            house.light.show({"brightness": wanted})
            seen.append(body(await notifications.__anext__())["brightness"])
    assert seen == [10, 20, 30]


async def test_twenty_observers_end_with_the_same_value(house: House) -> None:
    contexts = [await aiocoap.Context.create_client_context(transports=["simple6"]) for _ in range(20)]

    async def observe(context: aiocoap.Context) -> None:
        request = context.request(aiocoap.Message(code=Code.GET, uri=f"{house.coap}/d/light-1/p/brightness", observe=0))
        last = await request.response
        observation = request.observation.__aiter__()
        ready.release()
        while body(last) != 50:
            last = await observation.__anext__()

    ready = asyncio.Semaphore(0)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for context in contexts:
            tasks.create_task(observe(context))
        for _ in contexts:
            await ready.acquire()
        for value in range(1, 51):
            house.light.show({"brightness": value})
    for context in contexts:
        await context.shutdown()


async def test_an_event_reaches_its_observer_and_stays_for_who_asks_later(house: House, client: aiocoap.Context) -> None:
    request = client.request(aiocoap.Message(code=Code.GET, uri=f"{house.coap}/d/light-1/e/faultCleared", observe=0))
    assert body(await asyncio.wait_for(request.response, PATIENCE)) is None
    notifications = request.observation.__aiter__()
    house.light.raise_event("faultCleared", FAULT)
    async with asyncio.timeout(PATIENCE):
        notified = body(await notifications.__anext__())
    assert notified["code"] == "THERMAL.OVERHEAT"
    assert body(await ask(client, house, "/d/light-1/e/faultCleared")) == notified
    assert body(await ask(client, house, "/d/light-1/e/faultCleared?since=0")) == [notified]
    assert body(await ask(client, house, f"/d/light-1/e/faultCleared?since={notified['seq']}")) == []


async def test_the_description_comes_whole_by_blocks(house: House, client: aiocoap.Context) -> None:
    answer = await ask(client, house, "/d/light-1/td")
    assert answer.opt.content_format == TD
    assert len(answer.payload) > 1024
    assert answer.payload == house.home.thing_description("light-1").body


async def test_core_lists_every_description_and_observable_state(house: House, client: aiocoap.Context) -> None:
    answer = await ask(client, house, "/.well-known/core")
    assert answer.opt.content_format == LINKS
    text = answer.payload.decode()
    for device in house.home.devices():
        assert f"</d/{device}/td>" in text
        assert f"</d/{device}/s>" in text
    things = (await ask(client, house, "/.well-known/core?rt=wot.thing")).payload.decode()
    assert things.count('rt="wot.thing"') == len(house.home.devices()) + 1
    lights = (await ask(client, house, "/.well-known/core?hl.kind=light")).payload.decode()
    assert "/d/light-1/" in lights
    assert "/d/plug-1/" not in lights


async def test_the_list_of_devices_and_the_gateways_own_description(house: House, client: aiocoap.Context) -> None:
    assert {entry["id"] for entry in body(await ask(client, house, "/d"))} == {"light-1", "plug-1"}
    thing = body(await ask(client, house, "/.well-known/wot"))
    assert {link["href"] for link in thing["links"]} == {"/d/light-1/td", "/d/plug-1/td"}


async def test_state_is_the_same_after_a_restart_but_its_tag_is_not(tmp_path: Any, client: aiocoap.Context) -> None:
    tags = []
    for _ in range(2):
        async with opened(tmp_path) as house:
            tags.append((await ask(client, house, "/d/light-1/s")).opt.etag)
    assert tags[0][:3] != tags[1][:3]


async def test_an_action_is_answered_with_its_output_or_its_ack(house: House, client: aiocoap.Context) -> None:
    answer = await ask(client, house, "/d/plug-1/a/identify", code=Code.POST, payload=b'{"seconds": 2}')
    assert answer.code is Code.CHANGED
    assert (body(answer)["op"], body(answer)["state"]) == ("invokeaction", "completed")


async def test_an_action_is_answered_in_the_format_asked_for_and_not_done_where_there_is_none(
    house: House, client: aiocoap.Context
) -> None:
    refused = await ask(client, house, "/d/plug-1/a/identify", code=Code.POST, accept=0)
    assert refused.code is Code.NOT_ACCEPTABLE
    done = await ask(client, house, "/d/plug-1/a/identify?id=in-cbor", code=Code.POST, accept=CBOR)
    long = await ask(client, house, "/d/plug-1/a/runDiagnostics", code=Code.POST, accept=CBOR)
    assert (done.opt.content_format, long.opt.content_format) == (CBOR, CBOR)
    assert cbor2.loads(done.payload)["id"] == "in-cbor"
    assert cbor2.loads(long.payload)["op"] == "invokeaction"
    assert "in-cbor" in [command.id for command in house.plug.executed]
    assert len(house.plug.executed) == 2


async def test_a_long_action_is_named_at_once(house: House, client: aiocoap.Context) -> None:
    answer = await ask(client, house, "/d/plug-1/a/runDiagnostics?id=long", code=Code.POST, payload=b'{"level": "quick"}')
    assert answer.code is Code.CREATED
    assert answer.opt.location_path == ("d", "plug-1", "run", "long")
