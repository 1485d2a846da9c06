"""Letting an appliance in by password, over the control socket's call: only where there is a door for it, and its password is said once."""

import asyncio
from pathlib import Path
from random import Random

from gateway.app import Settings, run_gateway
from gateway.cli.merging import merge
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from tests.kit.brokers import needs_mosquitto
from tests.routes.control_wire import call

pytestmark = needs_mosquitto


async def test_an_appliance_is_let_in_where_a_door_was_opened_for_it(tmp_path: Path) -> None:
    socket, plain = tmp_path / "control", "127.0.22.5"
    settings = Settings(
        data=tmp_path / "data", socket=socket, mqtt_port=0, coap_port=0, coaps_port=0, mqtts_port=0, plain=(plain,), announce=False
    )
    async with run_gateway(settings, clock=SystemClock(), random=Random(1)) as gateway:
        early = await call(socket, "password", name="Plug", tasmota="plug")
        assert "hulian pair" in early["error"]["detail"]
        await gateway.access.clients.add("Anna", Role.OWNER, LOCAL)
        for topic in ("#", "a/b", "", "+"):
            assert (await call(socket, "password", name="Plug", tasmota=topic))["error"]["code"] == "schema"
        answer = (await call(socket, "password", name="Plug", tasmota="plug"))["result"]
        assert answer["mqtt"] == [f"mqtt://{plain}:{gateway.broker.doors.plain.port}"]
        told = (
            "-h",
            plain,
            "-p",
            str(gateway.broker.doors.plain.port),
            "-u",
            answer["client"],
            "-P",
            answer["password"],
            "-V",
            "5",
            "-q",
            "1",
        )
        for topic, refused in (("tele/plug/STATE", False), ("tele/other/STATE", True)):
            process = await asyncio.create_subprocess_exec("mosquitto_pub", *told, "-t", topic, "-m", "x", stderr=asyncio.subprocess.PIPE)
            _, said = await process.communicate()
            assert (b"ot authori" in said) == refused
        assert [line["subject"] for line in gateway.status()["mqttPromises"] if line["level"] == "risk"] == ["mqtt-plain"]
        assert answer["password"] not in str(await call(socket, "journal", limit=50))


def test_no_door_without_certificates_is_there_by_itself(tmp_path: Path) -> None:
    usual = merge({}, tmp_path, tmp_path / "s", {})
    assert (usual.passwords_port, usual.plain) == (None, ())
    asked = merge({"lan": {"passwords_port": 8884, "plain": ["127.0.22.5"]}}, tmp_path, tmp_path / "s", {})
    assert (asked.passwords_port, asked.plain) == (8884, ("127.0.22.5",))
