"""How each MQTT line of the table is tried: something is said and a witness who hears everything tells whether it came, or the other
way round. A device that is not there is spoken of, so that nothing is done: what is done, the tests of conformance try.
"""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from gateway.protocol.broker.rights import CONTROL_TOPIC
from gateway.protocol.mqtt import BrokerAddress, Message, MqttClient
from gateway.protocol.topics import GatewayTopics, Topics
from gateway.thing.clock import SystemClock
from tests.routes.lamp import LAMP
from tests.routes.mqtt_wire import REFUSED, Shut, Speaker, speak, speaker, tls_of
from tests.routes.stage import Stage
from tests.routes.table import IDENTITIES, Line, table

GHOST = "ghost-1"
_NAMED = {"property": "power", "property_set": "power", "action": "blink", "run": "run-1", "event": "faultRaised"}
_ELSEWHERE = {
    "own root": f"hulian/1/{LAMP}/self/s",
    "another's root": "hulian/1/kettle-9/self/s",
    "another hub": "hulian/1/hub-other/lamp-9/s",
    "homeassistant config": "homeassistant/light/x/config",
    "homeassistant status": "homeassistant/status",
    "anything else": "tele/plug/STATE",
    "broker control": CONTROL_TOPIC,
    "broker state": "$SYS/broker/version",
}
_KEPT_TO_ITSELF = {"broker control", "broker state"}
_numbers = itertools.count(1)


@dataclass
class Witness:
    """Hears whatever the broker passes on, as the gateway itself would, and can say anything."""

    client: MqttClient
    came: dict[bytes, str] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        self.came[message.payload] = message.topic

    async def caught_up(self) -> None:
        """Return when everything that was said before this has been heard."""
        mark = f'"mark-{next(_numbers)}"'.encode()
        await self.client.publish("witness/mark", mark)
        while mark not in self.came:
            await asyncio.sleep(0.001)


@dataclass
class Choir:
    """The eight on MQTT; whoever gets no connection is not in `speakers`."""

    stage: Stage
    witness: Witness
    places: Mapping[str, tuple[str, int]]
    tls: Mapping[str, ssl.SSLContext | None]
    speakers: dict[tuple[str, str], Speaker] = field(default_factory=dict)

    def topic(self, line: Line, identity: str) -> str:
        """Return the topic of a line, said by an identity."""
        kind = line.name.partition(" ")[2]
        if kind == "everything":
            return "#"
        if kind in _ELSEWHERE:
            return _ELSEWHERE[kind]
        if kind.startswith("gateway "):
            return self._of_gateway(kind.removeprefix("gateway "), line, identity)
        made = getattr(Topics(self.stage.home.identifier, GHOST), kind)
        return str(made(_NAMED[kind]) if kind in _NAMED else made)

    def _of_gateway(self, kind: str, line: Line, identity: str) -> str:
        topics = GatewayTopics(self.stage.home.identifier)
        made = getattr(topics, kind)
        other = "owner" if identity != "owner" else "user"
        whose = other if "(another's)" in line.title else identity
        return str(made(self.stage.client(whose) if whose in self.stage.credentials else whose) if callable(made) else made)

    def ways(self, line: Line, topic: str) -> tuple[tuple[str, str], ...]:
        """Return the subscriptions a topic could be heard by, each with the topic."""
        if line.name == "HEAR gateway command_filters":
            return tuple((each, each.replace("+", GHOST)) for each in GatewayTopics(self.stage.home.identifier).command_filters)
        if line.name.startswith("SHARE"):
            of = Topics(self.stage.home.identifier, GHOST)
            return tuple((f"$share/gang/{wanted}", of.s) for wanted in (of.s, f"{of.prefix}/#", "#"))
        if line.name == "HEAR own root":
            return ((topic, topic), (f"hulian/1/{LAMP}/#", topic))
        wide = f"{topic.partition('/')[0]}/#" if topic.startswith("$") else "#"
        return tuple((each, topic) for each in (topic, wide))


@asynccontextmanager
async def choir(stage: Stage, folder: Path) -> AsyncIterator[Choir]:
    """Connect everybody who gets in, over loopback and over the LAN."""
    async with AsyncExitStack() as stack:
        witness = Witness(await stack.enter_async_context(_all_hearing(stage.gateway.broker.own)))
        for wanted in ("#", "witness/#"):
            await witness.client.subscribe(wanted, witness.take)
        doors = stage.gateway.broker.doors
        authority = {"authority": (await stage.gateway.authority.certificate()).decode()}
        tls: dict[str, ssl.SSLContext | None] = {}
        for identity in IDENTITIES:
            tls[identity] = tls_of(folder / identity, identity, authority | dict(stage.credentials.get(identity, {})))
        places = dict(zip(("loopback", "lan"), ((host, doors.certificates.port) for host in doors.certificates.hosts), strict=True))
        made = Choir(stage, witness, places, tls)
        await _deaf(made)
        for identity in IDENTITIES:
            for place in places:
                with suppress(Shut):
                    made.speakers[identity, place] = await stack.enter_async_context(_enter(made, identity, place))
        yield made


@asynccontextmanager
async def _all_hearing(address: BrokerAddress) -> AsyncIterator[MqttClient]:
    async with MqttClient(address, client_id="witness", version="5", clock=SystemClock(), random=Random(1)) as client:
        await client.wait_connected(20)
        yield client


async def _deaf(made: Choir) -> None:
    """Return when whoever was put out gets no connection, which is promised within five seconds; until then it is deaf and mute."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with _enter(made, "revoked", "lan") as left:
                    assert await left.subscribe("#") >= REFUSED or not await left.settle()
                    assert await left.publish(GatewayTopics(made.stage.home.identifier).rpc(made.stage.client("revoked")), b"{}") >= REFUSED
            except Shut:
                return


@asynccontextmanager
async def _enter(made: Choir, identity: str, place: str) -> AsyncIterator[Speaker]:
    address, tls = door_of(made, identity, place)
    async with speaker(address, f"{identity}-{place}-{next(_numbers)}", tls=tls) as known:
        yield known


def door_of(made: Choir, identity: str, place: str) -> tuple[tuple[str, int], ssl.SSLContext | None]:
    """Return where an identity knocks: somebody without a key at the open door, where there is one."""
    open_door = made.stage.gateway.broker.doors.open
    if identity == "nobody" and place == "loopback" and open_door:
        return (open_door.hosts[0], open_door.port), None
    return made.places[place], made.tls[identity]


async def try_line(made: Choir, line: Line, identity: str, place: str, *, will: bool = False) -> None:
    """Try one line as one identity; AssertionError when the broker does something else than the table says."""
    expected = table().expected(line, identity, made.stage.state, place)
    where = f"{line.title} as {identity}, {made.stage.state}, over {place}"
    speaking = made.speakers.get((identity, place))
    assert (speaking is None) == (expected == "shut"), f"{where}: {'no ' if speaking is None else 'a '}connection"
    if speaking is None:
        return
    before = made.stage.fingerprint()
    topic = made.topic(line, identity)
    if line.title.startswith(("HEAR", "SHARE")):
        await _try_hearing(made, line, speaking, topic, expected, where)
    elif line.name.partition(" ")[2] in _KEPT_TO_ITSELF:
        reason = await speaking.publish(topic, b'{"commands": [{"command": "listClients"}]}')
        assert (reason < REFUSED) == (expected == "yes"), where
    else:
        await _try_saying(made, speaking, topic, expected, where)
        if will:
            await _try_will(made, identity, place, topic, expected, where)
    assert made.stage.fingerprint() == before, where


async def _try_saying(made: Choir, speaking: Speaker, topic: str, expected: str, where: str) -> None:
    for retain in (False, True):
        payload = f'"said-{next(_numbers)}"'.encode()
        reason = await speaking.publish(topic, payload, retain=retain)
        await made.witness.caught_up()
        assert (made.witness.came.get(payload) == topic) == (expected == "yes"), f"{where}, retained: {retain}"
        assert (reason < REFUSED) == (expected == "yes"), f"{where}, retained: {retain}: reason {reason:#x}"
        if retain and expected == "yes":
            await made.witness.client.publish(topic, b"", retain=True)


async def _try_will(made: Choir, identity: str, place: str, topic: str, expected: str, where: str) -> None:
    """Leave a will, and be taken over by oneself: whoever is taken over has died, and what it wanted said is said first."""
    address, tls = door_of(made, identity, place)
    name, payload = f"will-{next(_numbers)}", f'"will-{next(_numbers)}"'.encode()
    dying = await speak(address, name, tls=tls, will=(topic, payload, False))
    again = await speak(address, name, tls=tls)
    await again.settle()
    await made.witness.caught_up()
    assert (made.witness.came.get(payload) == topic) == (expected == "yes"), f"{where}, as a will"
    for each in (dying, again):
        each.hang_up()


async def _try_hearing(made: Choir, line: Line, speaking: Speaker, named: str, expected: str, where: str) -> None:
    for wanted, topic in made.ways(line, named):
        reason = await speaking.subscribe(wanted)
        await speaking.settle()
        if topic.startswith("$"):
            heard = reason < REFUSED
        else:
            payload = f'"heard-{next(_numbers)}"'.encode()
            await made.witness.client.publish(topic, payload)
            await made.witness.caught_up()
            heard = (topic, payload) in await speaking.settle()
        await speaking.unsubscribe(wanted)
        assert heard == (expected == "yes"), f"{where}, by {wanted}"
