"""mosquitto's own clients at a hub that has an owner: accepted and refused as the table of rights says, in both versions of MQTT."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
import pytest_asyncio

from gateway.app import Gateway, Settings, run_gateway
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command
from gateway.thing.principal import LOCAL, Role
from gateway.trust.bundle import new_request
from tests.faces.conftest import LIGHT, VALUES, Scripted
from tests.kit.brokers import needs_mosquitto
from tests.kit.papers import Card, HomeAuthority, self_signed
from tests.protocol.kit import until

HOST = "127.0.22.4"
pytestmark = [
    needs_mosquitto,
    pytest.mark.interop,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("mosquitto_rr") is None, reason="mosquitto_rr is not installed (apt install mosquitto-clients)"),
]
VERSIONS = pytest.mark.parametrize("version", ["5", "311"])
Version = Literal["5", "311"]
REFUSED = "not authori"


@dataclass
class Hub:
    gateway: Gateway
    light: Scripted
    folder: Path
    people: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        return f"hulian/1/{self.gateway.home.identifier}"

    @property
    def port(self) -> int:
        return self.gateway.broker.doors.certificates.port

    async def let_in(self, name: str, role: Role, roots: tuple[str, ...] = ()) -> None:
        clients, authority = self.gateway.access.clients, self.gateway.authority
        key, request = new_request(name)
        made = clients.new_id(name)
        issued = await authority.issue(made, request)
        files = self.folder / name
        files.mkdir()
        (files / "client.pem").write_bytes(issued.certificate)
        (files / "client.key").write_bytes(key)
        (self.folder / "authority.pem").write_bytes(await authority.certificate())
        await clients.add(name, role, LOCAL, id=made, serial=issued.serial, key=issued.key, roots=roots)
        self.people[name] = made

    def done_by(self, client: str) -> list[Command]:
        return [command for command in self.light.executed if command.principal.name == client]

    def options(self, who: str | Card | None) -> list[str]:
        told = ["-h", HOST, "-p", str(self.port), "--cafile", str(self.folder / "authority.pem")]
        if isinstance(who, Card):
            return [*told, "--cert", str(who.certificate), "--key", str(who.key)]
        return (
            told
            if who is None
            else [*told, "--cert", str(self.folder / who / "client.pem"), "--key", str(self.folder / who / "client.key")]
        )

    async def run(self, program: str, who: str | Card | None, version: Version, *told: str) -> tuple[int, str]:
        """Return the exit code and all that was said."""
        async with self.running(program, who, version, *told) as process:
            said, _ = await process.communicate()
            return process.returncode or 0, said.decode()

    @asynccontextmanager
    async def running(
        self, program: str, who: str | Card | None, version: Version, *told: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(  # stdbuf becomes the program, and has it say each line at once
            "stdbuf",
            "-oL",
            program,
            *self.options(who),
            "-V",
            version,
            *told,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def publish(self, who: str | Card | None, version: Version, topic: str, payload: str, *more: str) -> str:
        _, said = await self.run("mosquitto_pub", who, version, "-q", "1", "-t", topic, "-m", payload, *more)
        return said.lower()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    settings = Settings(
        data=folder / "data", socket=folder / "control", mqtt_port=0, coap_port=0, coaps_port=0, mqtts_port=0, lan=(HOST,), announce=False
    )
    async with run_gateway(settings, clock=SystemClock(), random=Random(1)) as gateway:
        await gateway.mqtt.wait_connected(20)
        light = Scripted(gateway.home, LIGHT)
        await gateway.home.attach(LIGHT, light)
        light.show(VALUES["light-1"])
        hub = Hub(gateway, light, folder)
        await hub.let_in("owner", Role.OWNER)
        await hub.let_in("user", Role.USER)
        await hub.let_in("viewer", Role.VIEWER)
        await hub.let_in("lamp", Role.DEVICE, ("hulian/1/lamp-1",))
        await gateway.mqtt.wait_connected(20)
        yield hub


async def said_by(process: asyncio.subprocess.Process, word: bytes) -> None:
    """Return once a running client has said this word."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if word in line:
            return
    pytest.fail(f"it ended without {word!r}")


@VERSIONS
@pytest.mark.parametrize("who", ["viewer", "user", "owner"])
async def test_people_read(hub: Hub, who: str, version: Version) -> None:
    code, said = await hub.run("mosquitto_sub", who, version, "-t", f"{hub.root}/light-1/s", "-C", "1", "-W", "10")
    assert code == 0
    assert json.loads(said)["brightness"] == 80


@VERSIONS
@pytest.mark.parametrize(("who", "allowed"), [("viewer", False), ("user", True), ("owner", True), ("lamp", False)])
async def test_bare_commands_are_for_those_who_may_control(hub: Hub, who: str, allowed: bool, version: Version) -> None:
    before = len(hub.light.executed)
    said = await hub.publish(who, version, f"{hub.root}/light-1/p/brightness/set", "33")
    await hub.publish("owner", version, f"{hub.root}/light-1/p/power/set", "true")
    await until(lambda: hub.light.executed[before:] and hub.light.executed[-1].name == "power")
    assert [command.name for command in hub.light.executed[before:]] == (["brightness"] if allowed else []) + ["power"]
    assert (REFUSED in said) == (not allowed and version == "5")


@pytest.mark.parametrize("who", ["user", "owner"])
async def test_an_envelope_acts_as_its_sender_and_is_answered(hub: Hub, who: str) -> None:
    me = hub.people[who]
    question = {"op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 44}
    told = ("-t", f"{hub.root}/c/{me}/rpc", "-e", f"{hub.root}/c/{me}/here", "-m", json.dumps(question), "-W", "10")
    code, said = await hub.run("mosquitto_rr", who, "5", *told)
    assert code == 0
    assert json.loads(said)["state"] in {"accepted", "completed"}
    await until(lambda: hub.done_by(me))
    assert [(command.input, command.principal.role.value) for command in hub.done_by(me)] == [(44, who)]


async def test_a_viewers_envelope_changes_nothing(hub: Hub) -> None:
    me = hub.people["viewer"]
    question = {"op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 45}
    told = ("-t", f"{hub.root}/c/{me}/rpc", "-e", f"{hub.root}/c/{me}/here", "-m", json.dumps(question), "-W", "10")
    _, said = await hub.run("mosquitto_rr", "viewer", "5", *told)
    assert json.loads(said)["error"]["code"] == "forbidden"
    assert hub.done_by(me) == []


@VERSIONS
async def test_nobody_speaks_as_another(hub: Hub, version: Version) -> None:
    before = len(hub.light.executed)
    question = json.dumps({"op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 46})
    said = await hub.publish("user", version, f"{hub.root}/c/{hub.people['owner']}/rpc", question)
    assert (REFUSED in said) == (version == "5")
    for topic in ("$CONTROL/dynamic-security/v1", f"{hub.root}/light-1/s", "hulian/1/lamp-1/self/s", "hulian/1/lamp-2/self/s"):
        assert (REFUSED in await hub.publish("user", version, topic, "{}")) == (version == "5"), topic
    await hub.publish("owner", version, f"{hub.root}/light-1/p/power/set", "false")
    await until(lambda: len(hub.light.executed) > before)
    assert [command.name for command in hub.light.executed[before:]] == ["power"]


async def test_an_appliance_speaks_under_its_own_root_only(hub: Hub) -> None:
    assert REFUSED not in await hub.publish("lamp", "5", "hulian/1/lamp-1/self/x", "1")
    for topic in (
        "hulian/1/lamp-2/self/x",
        f"{hub.root}/c/{hub.people['lamp']}/rpc",
        f"{hub.root}/light-1/s",
        "homeassistant/device/x/config",
    ):
        assert REFUSED in await hub.publish("lamp", "5", topic, "1"), topic
    _, said = await hub.run("mosquitto_sub", "lamp", "5", "-t", f"{hub.root}/light-1/s", "-t", "#", "-C", "1", "-W", "2")
    assert "denied" in said
    assert "brightness" not in said


@VERSIONS
async def test_a_will_under_anothers_root_stays_silent(hub: Hub, version: Version) -> None:
    heard: list[str] = []
    await hub.gateway.mqtt.subscribe("hulian/1/+/self/will", lambda message: heard.append(message.topic))
    for root in ("lamp-2", "lamp-1"):
        told = ("-t", "hulian/1/lamp-1/#", "--will-topic", f"hulian/1/{root}/self/will", "--will-payload", "gone", "-d")
        async with hub.running("mosquitto_sub", "lamp", version, *told) as process:
            await said_by(process, b"SUBACK")
    await until(lambda: heard)
    assert set(heard) == {"hulian/1/lamp-1/self/will"}
    await hub.gateway.mqtt.unsubscribe("hulian/1/+/self/will")


async def test_shared_and_wide_filters_bring_only_what_is_allowed(hub: Hub) -> None:
    me = hub.people["user"]
    told = ("-t", "#", "-t", "$share/g/#", "-t", f"$share/g/{hub.root}/c/+/rpc", "-t", "$SYS/#", "-t", "$CONTROL/#", "-W", "4", "-F", "%t")
    async with hub.running("mosquitto_sub", "viewer", "5", *told) as process:
        await asyncio.sleep(1)
        await hub.publish("user", "5", f"{hub.root}/c/{me}/note", "for me only")
        await hub.publish("user", "5", f"{hub.root}/light-1/p/brightness/set", "50")
        said, _ = await process.communicate()
    topics = {line for line in said.decode().splitlines() if "/" in line and " " not in line}
    assert f"{hub.root}/light-1/s" in topics
    assert not [topic for topic in topics if "/c/" in topic or topic.startswith("$") or topic.endswith("/set")]


async def test_a_retained_command_is_never_done(hub: Hub) -> None:
    before = len(hub.light.executed)
    await hub.publish("user", "5", f"{hub.root}/light-1/p/brightness/set", "12", "-r")
    await hub.publish("user", "5", f"{hub.root}/light-1/p/power/set", "true")
    await until(lambda: len(hub.light.executed) > before)
    assert [command.name for command in hub.light.executed[before:]] == ["power"]


BAD: dict[str, Any] = {
    "no certificate": lambda _, __: None,
    "a foreign authority, same name": lambda rogue, me: rogue.card(me),
    "self-signed": lambda rogue, me: self_signed(rogue.folder, me),
}


@VERSIONS
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_without_a_certificate_of_the_home_nothing_is_read(hub: Hub, bad: Any, version: Version, tmp_path: Path) -> None:
    rogue = HomeAuthority(tmp_path / "rogue", f"Hulian {hub.gateway.home.identifier}")
    who = bad(rogue, hub.people["owner"])
    code, said = await hub.run("mosquitto_sub", who, version, "-t", "#", "-C", "1", "-W", "5")
    assert code not in {0, 27}
    assert "brightness" not in said


@pytest.mark.parametrize(
    "weak", [("-tls1_1",), ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), ("-tls1_2", "-cipher", "NULL:@SECLEVEL=0")]
)
async def test_openssl_gets_no_old_or_weak_session(hub: Hub, weak: tuple[str, ...]) -> None:
    files = hub.folder / "owner"
    told = ("-connect", f"{HOST}:{hub.port}", "-cert", str(files / "client.pem"), "-key", str(files / "client.key"))
    process = await asyncio.create_subprocess_exec(
        "openssl",
        "s_client",
        *told,
        *weak,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert b"Cipher is (NONE)" in said
    assert b"alert" in said


async def test_who_is_revoked_is_deaf_within_five_seconds(hub: Hub) -> None:
    await hub.let_in("guest", Role.VIEWER)
    async with hub.running("mosquitto_sub", "guest", "5", "-t", f"{hub.root}/#", "-d") as process:
        await said_by(process, b"SUBACK")
        await hub.gateway.access.clients.revoke(hub.people["guest"])
        async with asyncio.timeout(5):
            await said_by(process, b"DISCONNECT")
    async with asyncio.timeout(5):
        while (await hub.run("mosquitto_sub", "guest", "5", "-t", "#", "-C", "1", "-W", "2"))[0] != 1:
            pass
