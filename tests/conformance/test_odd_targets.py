"""Targets that are not ours, and mean us no good: each gives an honest report in time, no exception, and nobody else is commanded."""

import asyncio
import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiocoap.numbers import Code

from gateway.conformance.target import TargetUnreachable
from gateway.conformance.verdict import Outcome
from gateway.protocol.broker import private_broker
from gateway.protocol.mqtt import Message, MqttClient
from gateway.thing.clock import SystemClock
from tests.conformance.odd import answer, appliance, cut, failed, light, report, server, serves
from tests.drivers.native_bench import link
from tests.kit.addresses import address

pytestmark = pytest.mark.timeout(120)


async def test_where_nobody_listens_there_is_nothing_to_judge() -> None:
    with pytest.raises(TargetUnreachable, match="no Thing Description"):
        await report(f"coap://{address()}")


async def test_half_a_protocol_gives_findings_and_no_exception() -> None:
    async with appliance(lambda host: serves(orjson.dumps(light(host)))) as (host, odd):
        result = await report(f"coap://{host}", "T1", "T7", "D7", "S1", "E3", "E4")
    assert failed(result) >= {"D7", "S1", "E3"}
    assert not failed(result) & {"T1", "T7"}
    assert len(odd.asked) < 500


@pytest.mark.long
async def test_half_a_protocol_is_borne_by_every_check() -> None:
    async with appliance(lambda host: serves(orjson.dumps(light(host)))) as (host, _):
        result = await report(f"coap://{host}", budget=10)
    assert {verdict.requirement for verdict in result.verdicts if verdict.outcome is Outcome.PASSED} <= {"T1", "T7", "X5"} | failed(result)


@pytest.mark.long
async def test_one_that_gives_its_description_and_then_says_nothing_is_gone() -> None:
    async with appliance(lambda host: serves(orjson.dumps(light(host)), lambda _: [])) as (host, _):
        result = await report(f"coap://{host}", "T1", "E4")
    assert not result.conformant


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe\x00", b"<html>", b"[]", b'{"title": ', b"[" * 5000, b"null", b'"td"'])
async def test_a_description_that_is_none_is_said_to_be_none(payload: bytes) -> None:
    async with appliance(lambda _: serves(payload)) as (host, _):
        result = await report(f"coap://{host}")
    assert "T1" in failed(result)
    assert not result.conformant


async def test_a_description_without_an_end_is_not_read_for_ever() -> None:
    def endless(request: Any) -> list[Any]:
        number = request.opt.block2.block_number if request.opt.block2 is not None else 0
        return [answer(request, b"x" * 1024, block2=(number, True, 6))]

    async with appliance(lambda _: endless) as (host, odd):
        with pytest.raises(TargetUnreachable, match="longer than"):
            await report(f"coap://{host}")
    assert len(odd.asked) < 2000


async def test_blocks_of_another_document_are_no_description() -> None:
    def muddled(request: Any) -> list[Any]:
        return [answer(request, b"x" * 1024, block2=(7, True, 6))]

    async with appliance(lambda _: muddled) as (host, _):
        with pytest.raises(TargetUnreachable):
            await report(f"coap://{host}")


async def test_the_wrong_content_format_is_found() -> None:
    async with appliance(lambda host: lambda request: [_as_text(request, orjson.dumps(light(host)))]) as (host, _):
        result = await report(f"coap://{host}", "T4")
    assert "T4" in failed(result)


def _as_text(request: Any, body: bytes) -> Any:
    if request.opt.uri_path[-1:] != ("td",):
        return answer(request, code=Code.NOT_FOUND)
    response = cut(request, body)
    response.opt.content_format = 0
    return response


async def test_a_flood_is_borne() -> None:
    def flooding(request: Any) -> list[Any]:
        noise = [os.urandom(40) for _ in range(300)]
        strangers = [answer(request, b"x" * 1000) for _ in range(100)]
        for stranger in strangers:
            stranger.token = os.urandom(4)
        return [*noise, *strangers]

    async with appliance(lambda host: lambda request: [*serves(orjson.dumps(light(host)))(request), *flooding(request)]) as (host, _):
        result = await report(f"coap://{host}", "T1", "T7")
    assert "T1" in {verdict.requirement for verdict in result.verdicts if verdict.outcome is not Outcome.SKIPPED}


LIES: dict[str, Any] = {
    "properties": ["power"],
    "actions": 7,
    "events": None,
    "forms": {"href": "coap://192.0.2.1/d/self/s"},
    "links": "urn:hulian:tm:light:1.0.0",
    "hl:kind": ["light"],
    "hl:features": {"CT": True},
    "hl:constraints": [{"id": "a", "type": "guardRange"}, 5, {"type": "order"}],
    "version": "1.0.0",
    "security": {"a": 1},
    "@context": 5,
}


@pytest.mark.parametrize("member", LIES)
async def test_a_lie_in_a_description_is_a_finding(member: str) -> None:
    async with appliance(lambda host: serves(orjson.dumps(light(host, **{member: LIES[member]})), _state)) as (host, _):
        result = await report(f"coap://{host}", "T1", "T7", "D7", "S1", "E4")
    assert "T1" in failed(result)


def _state(request: Any) -> list[Any]:
    body = {"power": True, "brightness": 40, "$": {"boot": 1, "seq": 1, "ts": "2026-01-01T00:00:00.000Z"}}
    return [answer(request, orjson.dumps(body), content_format=50, etag=b"\1")]


TWISTED: dict[str, Any] = {
    "type": "banana",
    "minimum": "low",
    "enum": {"a": 1},
    "items": 3,
    "properties": [1],
    "multipleOf": 0,
    "hl:danger": "very",
    "hl:latency": 3,
    "hl:report": [],
    "required": "x",
    "pattern": "((",
    "maxLength": -1,
    "oneOf": 5,
    "forms": [5],
    "readOnly": "yes",
}


@pytest.mark.parametrize("term", TWISTED)
async def test_a_twisted_schema_is_a_finding(term: str) -> None:
    def behave(host: str) -> Any:
        td = light(host)
        td["properties"]["brightness"] = {**td["properties"]["brightness"], term: TWISTED[term]}
        return serves(orjson.dumps(td), _state)

    async with appliance(behave) as (host, _):
        result = await report(f"coap://{host}")
    assert "T1" in failed(result)


@pytest.mark.long
async def test_five_thousand_affordances_are_judged_in_time(tmp_path: Path) -> None:
    td = light("192.0.2.7")
    form = {"href": "coap://192.0.2.7/d/self/p/x", "op": "readproperty"}
    own = {f"x-odd-n{number}": {"type": "number", "minimum": 0, "forms": [form]} for number in range(5000)}
    file = tmp_path / "td.json"
    file.write_bytes(orjson.dumps({**td, "properties": {**td["properties"], **own}}))
    result = await report(str(file), "T")
    assert failed(result) == {"T1", "T7"}


async def test_forms_that_lead_to_a_third_machine_are_not_followed() -> None:
    async with (
        appliance(lambda host: serves(orjson.dumps(light(host)), _state)) as (victim, other),
        appliance(lambda _: serves(orjson.dumps(light(victim)), _state)) as (host, odd),
    ):
        result = await report(f"coap://{host}", "T1", "S1", "E4")
    assert other.asked == []
    assert odd.asked
    assert "T1.forms" in {verdict.name for verdict in result.verdicts if verdict.outcome is Outcome.FAILED}


async def test_a_broker_that_forms_lead_to_is_only_commanded_where_the_description_there_leads_back(tmp_path: Path) -> None:
    heard: list[Message] = []
    async with private_broker("127.0.0.1", 0, tmp_path, SystemClock()) as broker, link(broker, "victim") as victim:
        place = f"{broker.address.url}/hulian/1/victim/self"
        await _keeps(victim, light("192.0.2.9"))
        await victim.subscribe("hulian/1/victim/self/a/+", heard.append)
        await victim.subscribe("hulian/1/victim/self/p/+/set", heard.append)
        await victim.subscribe("hulian/1/victim/c/+/rpc", heard.append)

        def behave(host: str) -> Any:
            td = light(host)
            td["forms"].append({"href": f"{place}/s", "op": ["readallproperties"], "contentType": "application/json"})
            return serves(orjson.dumps(td), _state)

        async with appliance(behave) as (host, _):
            result = await report(f"coap://{host}", "T1", "S1", "E4")
    assert heard == []
    assert "is not commanded" in result.unjudged["mqtt"]


async def _keeps(client: MqttClient, td: dict[str, Any]) -> None:
    await client.publish("hulian/1/victim/self/td", orjson.dumps(td), retain=True)


async def _closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _mumbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(ConnectionError):
        await reader.read(100)
        writer.write(os.urandom(2000))
        await writer.drain()


async def _falls_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(ConnectionError):
        await reader.read(100)
        writer.write(b"\x20\x03\x00\x00\x00")
        await reader.read()


async def _pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(ConnectionError):
        await reader.read(100)
        writer.write(b"\x20\x03\x00\x00\x00")
        for _ in range(160):
            writer.write(b"\x30\xff\xff\xff\x7f" + bytes(65536))
            await writer.drain()


@pytest.mark.long
async def test_a_broker_that_is_none_is_unreachable() -> None:
    async def judged(handle: Any) -> None:
        async with server(handle) as broker:
            with pytest.raises(TargetUnreachable):
                await report(f"{broker}/hulian/1/x/self", "T1")

    async with asyncio.TaskGroup() as group:
        for handle in (_closes, _mumbles, _falls_silent, _pours):
            group.create_task(judged(handle), name=handle.__name__)
