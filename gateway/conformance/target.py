"""From a name to a device and the ways to it: a CoAP address, a broker with a root, a file, the name it announces itself by.

The Thing Description is read first, over the way that was named; the other transport, where its forms name one, is opened besides.

A description may lie. Whatever its forms say, the way that was named leads to what was named and nowhere else; and another transport is
only used where the description found there leads back to the same places. So nobody can have the judge command a third machine.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.conformance.credentials import PEER, Credentials
from gateway.conformance.failure import Failure, Gone
from gateway.conformance.frames import Frames
from gateway.conformance.line import Line, Refused, Transport
from gateway.conformance.lines.coap import LIMITS, CoapLine
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.named import address_of
from gateway.conformance.thing import Thing
from gateway.errors import BrokerUnavailable, Offline, SetupError
from gateway.profile.library import Library
from gateway.protocol.coap.client import CoapClient
from gateway.protocol.coap.message import Method
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.thing.clock import SystemClock

CONNECT: Final = 10.0
LARGEST: Final = 1024 * 1024
"""Bytes of a Thing Description that are read."""
EXAMPLES: Final = "coap://192.0.2.7, mqtt://192.0.2.1:1883/hulian/1/lamp-1/self, thing.td.json, lamp-1 (as it announces itself)"


class TargetUnreachable(SetupError):
    """Nothing that could be judged answers there; exit code 2, with what was tried."""


class LeadsElsewhere(SetupError):
    """The forms lead to something that is not the target: it is not judged, and not commanded."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is judged. `transports`: those that were asked for; `limits` of what is taken from it."""

    name: str
    library: Library
    claim: str = ""
    transports: tuple[Transport, ...] = (Transport.MQTT, Transport.COAP)
    broker: BrokerAddress | None = None
    """How to get into the broker, where its URL alone is not enough."""
    credentials: Credentials | None = None
    """What the judge was let in with, where a stranger is not."""
    keys: PeerKeys | None = None
    """The credentials' key for CoAP, as long as the target is open."""
    body: bytes = b""
    """The description, where somebody else has fetched it: the gateway, for a device of its home."""
    interfaces: tuple[str, ...] = ()
    """Local addresses to hear announcements on; all of them where nothing is said."""
    random: Random = field(default_factory=lambda: Random(secrets.randbits(64)))  # noqa: S311 - ids of a run


@dataclass(frozen=True)
class Opened:
    """A device and the lines to it. `closed`: transports it names that could not be opened, with the reason."""

    thing: Thing
    lines: Mapping[Transport, Line]
    closed: Mapping[Transport, str]


@asynccontextmanager
async def opened(target: Target, frames: Frames) -> AsyncIterator[Opened]:
    """Open every way to the target for the length of the block; raise TargetUnreachable where there is none."""
    async with AsyncExitStack() as stack:
        if target.credentials is not None:  # once: two that count the numbers of one key would use some of them twice
            target = replace(target, keys=await stack.enter_async_context(target.credentials.keys()))
        origin, body = await _description(target, frames, stack)
        thing = Thing.read(body, target.library, target.claim, origin)
        lines: dict[Transport, Line] = {}
        closed: dict[Transport, str] = {}
        for transport in target.transports:
            try:
                line = await _line(transport, thing, target, frames, stack)
            except (Gone, Failure, SetupError, Offline) as error:
                closed[transport] = str(error)
                continue
            if line is not None:
                lines[transport] = line
        yield Opened(thing, lines, closed)


async def _description(target: Target, frames: Frames, stack: AsyncExitStack) -> tuple[str, bytes]:
    """Return where the name leads and the Thing Description there; a file, and what somebody else fetched, is from nowhere."""
    if target.body:
        return "", target.body
    try:
        if Path(target.name).is_file():
            return "", _file(Path(target.name))
        name = target.name if "://" in target.name else await address_of(target.name, interfaces=target.interfaces)
        return await _fetched(name, target, frames, stack)
    except (Failure, SetupError, OSError) as error:
        raise TargetUnreachable(f"no Thing Description at {target.name}: {_told(error)}. A target is one of {EXAMPLES}") from error


async def _fetched(name: str, target: Target, frames: Frames, stack: AsyncExitStack) -> tuple[str, bytes]:
    """Return a place and the description at it; raise TargetUnreachable for an address of another sort."""
    parts = urlsplit(name)
    match parts.scheme:
        case "coap":
            return await _over_coap(f"coap://{parts.netloc}", parts.path.rstrip("/"), target, frames, stack)
        case "mqtt" | "mqtts":
            broker, root = f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")
            return f"{broker}/{root}", await (await _mqtt(broker, root, target, frames, stack)).td()
    raise TargetUnreachable(f"{parts.scheme}:// is no way the standard has")


async def _over_coap(host: str, path: str, target: Target, frames: Frames, stack: AsyncExitStack) -> tuple[str, bytes]:
    """Return the description at a path: below it as the standard has it, or the path itself, as other Things have it."""
    client = await stack.enter_async_context(coap_client(target.keys))
    base = path.removesuffix("/td") or "/d/self"
    line = CoapLine(client, f"{host}{base}", frames, target.random, **_sealed(target))
    try:
        return line.base, await line.td()
    except Refused:
        response = await line.request(Method.GET, path or "/.well-known/wot")
        if not response.successful:
            raise
        return f"{host}{path}", response.payload


def _told(error: Exception) -> str:
    """Return what went wrong with what came, where something came."""
    came = getattr(error, "came", None)
    return f"{error} did not come: {came}" if isinstance(error, Failure) and came else str(error)


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


async def _line(transport: Transport, thing: Thing, target: Target, frames: Frames, stack: AsyncExitStack) -> Line | None:
    """Return the line of a transport the description names, None where it names none; raise what is wrong with it."""
    named = thing.origin.startswith(transport)
    if transport is Transport.COAP and thing.coap:
        client = await stack.enter_async_context(coap_client(target.keys))
        names: dict[str, Any] = {"events": tuple(thing.events), "properties": tuple(thing.properties)}
        line: Line = CoapLine(client, thing.origin if named else thing.coap, frames, target.random, **names, **_sealed(target))
    elif transport is Transport.MQTT and thing.mqtt[1]:
        broker, root = _split(thing.origin) if named else thing.mqtt
        line = await _mqtt(broker, root, target, frames, stack)
    else:
        return None
    if not named:
        _check_leads_back(thing, Thing.read(await line.td(), target.library))
    return line


def _check_leads_back(thing: Thing, other: Thing) -> None:
    """Raise LeadsElsewhere where the description found over another transport is not about the same places."""
    if (thing.coap, thing.mqtt) != (other.coap, other.mqtt):
        raise LeadsElsewhere(
            f"its forms lead to {thing.coap} and {'/'.join(thing.mqtt)}, and the description found there is another device's "
            f"({other.coap or other.mqtt[1] or 'without forms'}): what is not the target is not commanded"
        )


def _split(place: str) -> tuple[str, str]:
    """Return broker and root of `mqtt://host:port/root`."""
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")


def _sealed(target: Target) -> dict[str, Any]:
    """Return under whose key a line over CoAP asks."""
    return {} if target.keys is None else {"peer": PEER, "keys": target.keys}


def coap_client(keys: PeerKeys | None = None) -> CoapClient:
    """Return a client that takes as much as a judge must be able to hear."""
    return CoapClient(limits=LIMITS, clock=SystemClock(), keys=keys)


async def _mqtt(broker: str, root: str, target: Target, frames: Frames, stack: AsyncExitStack) -> MqttLine:
    address = target.broker if target.broker is not None and target.broker.url == broker else BrokerAddress.parse(broker)
    if target.credentials is not None:
        address = target.credentials.broker(address)
    name = f"judge-{secrets.token_hex(6)}"
    level = name if address.certificate is None or target.credentials is None else target.credentials.client
    client = await stack.enter_async_context(MqttClient(address, client_id=name, clock=SystemClock(), random=target.random))
    try:
        async with asyncio.timeout(CONNECT):
            await client.wait_connected(CONNECT)
    except (BrokerUnavailable, TimeoutError) as error:
        raise Gone(f"a broker at {broker}", came=str(error)) from error
    return await stack.enter_async_context(MqttLine(client, root, level, frames, target.random, address))
