"""X1: for every role and every affordance, allowed operations succeed and all others fail on both transports with no state change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiocoap import Code

from gateway.protocol.topics import Topics
from tests.conformance.asking import Asker, OverMqtt, askers
from tests.kit.brokers import needs_mosquitto
from tests.routes.coap_wire import request
from tests.routes.lamp import LAMP, SECRET
from tests.routes.mqtt_wire import REFUSED
from tests.routes.stage import Stage, stage, without_waiting

pytestmark = needs_mosquitto
READ = {"viewer", "user", "owner", "service", "factory"}
READ_PRIVATE = {"owner", "service", "factory"}
CONTROL = {"user", "owner"}
WRITE_PRIVATE = {"owner"}
TRANSPORTS = ("coap", "mqtt")
ROLES = ("viewer", "user", "owner", "service", "factory", "device")


async def thing(made: Stage) -> dict[str, Any]:
    """Return the lamp as the hub itself describes it to its owner."""
    blocks, number = b"", 0
    while True:
        message = request(Code.GET, f"/d/{LAMP}/td")
        message.opt.block2 = (number, False, 6)
        answer = await made.talkers["owner", "lan"].ask(made.ports["lan"], message)
        blocks += answer.payload
        if len(answer.payload) < 1024:
            return dict(json.loads(blocks))
        number += 1


def may_read(role: str, schema: Mapping[str, Any]) -> bool:
    return role in (READ_PRIVATE if schema.get("hl:private") else READ)


def verdict_of_writing(role: str, schema: Mapping[str, Any]) -> str:
    """Return the code the standard has for it, "" where it is done."""
    allowed = role in (WRITE_PRIVATE if schema.get("hl:private") else CONTROL)
    danger = schema.get("hl:danger", 0)
    if not allowed or danger == 3:
        return "forbidden"
    if schema.get("readOnly"):
        return "read-only"
    return "needs-confirm" if danger == 2 else ""


async def judged(made: Stage, asker: Asker, expected: str, operation: str, name: str, value: Any) -> None:
    before, got = made.fingerprint(), len(made.lamp.got)
    told = await asker.ask(operation, name, value)
    assert told.code == expected, (operation, name, asker)
    assert len(made.lamp.got) - got == (expected == "" and operation != "readproperty")
    if expected:
        assert made.fingerprint() == before, (operation, name, asker)


@pytest.mark.long
async def test_x1_every_role_may_do_with_every_affordance_what_the_standard_says_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        described = await thing(made)
        values = dict(made.home.twin(LAMP).values)
        assert {"x-acme-diary", "x-acme-burn", "power"} <= described["properties"].keys()
        for role in ROLES:
            for transport in TRANSPORTS:
                asker = known[transport, role]
                for name, schema in described["properties"].items():
                    reading = ("" if name in values else "unknown") if may_read(role, schema) else "forbidden"
                    await judged(made, asker, reading, "readproperty", name, None)
                    writing = verdict_of_writing(role, schema)
                    if name in values or writing == "forbidden":
                        await judged(made, asker, writing, "writeproperty", name, values.get(name))
                        await judged(made, asker, writing, "writemultipleproperties", "", {name: values.get(name)})
                for name, schema in described["actions"].items():
                    await judged(made, asker, verdict_of_writing(role, schema), "invokeaction", name, None)


async def test_x1_on_bare_topics_a_message_acts_as_a_users_and_only_of_those_who_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        topics = Topics(made.home.identifier, LAMP)
        level = 20
        for role in ROLES:
            asker = known["mqtt", role]
            assert isinstance(asker, OverMqtt)
            level += 1
            reason = await asker.speaker.publish(topics.property_set("brightness"), str(level).encode())
            await made.heard()
            assert (reason < REFUSED) == (role in CONTROL) == (made.home.document(LAMP)["brightness"] == level), role
            if role not in CONTROL:
                continue
            before = made.fingerprint()
            for topic, body in (
                (topics.property_set("x-acme-diary"), json.dumps(SECRET + "!")),
                (topics.property_set("x-acme-boost"), "true"),
                (topics.property_set("x-acme-burn"), "true"),
                (topics.action("x-acme-heat"), ""),
                (topics.action("x-acme-melt"), ""),
                (topics.s_set, '{"brightness": 99, "x-acme-burn": true}'),
            ):
                await asker.speaker.publish(topic, body.encode())
            for topic, body in ((topics.property_set("brightness"), "77"), (topics.action("x-acme-blink"), "")):
                await asker.speaker.publish(topic, body.encode(), retain=True)
            await made.heard()
            assert made.fingerprint() == before, role
