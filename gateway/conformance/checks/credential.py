"""X2 and what of X1 needs keys: strangers, wrong keys, messages said again, and roles.

A device that asks for no key is judged on loopback only, where the standard allows that; anywhere else it has failed already.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.credentials import PEER, Credentials
from gateway.conformance.deeds import same
from gateway.conformance.failure import Failure, Gone, NotAsked, Untried
from gateway.conformance.line import Request, Transport
from gateway.conformance.lines.coap import LIMITS, CoapLine
from gateway.conformance.relay import PORT, relayed
from gateway.conformance.settings import movable
from gateway.conformance.thing import Thing
from gateway.protocol.coap.client import CoapClient
from gateway.protocol.coap.message import JSON, Method
from gateway.thing.clock import SystemClock

UNAUTHORIZED: Final = (4, 1)
SETTLE: Final = 0.5
"""Seconds in which a message that was said again would have had its effect."""
MOST_LINKS: Final = 1


def asks_for_keys(thing: Thing) -> bool:
    """Return whether its description names a security scheme other than none."""
    defined = thing.td.get("securityDefinitions")
    names = thing.td.get("security")
    names = [names] if isinstance(names, str) else names if isinstance(names, list) else []
    schemes = [defined.get(name) for name in names] if isinstance(defined, Mapping) else []
    return any(isinstance(scheme, Mapping) and scheme.get("scheme") != "nosec" for scheme in schemes)


def _need_keys(bench: Bench) -> None:
    """Raise NotAsked for a device without keys on loopback, Failure for one anywhere else."""
    if asks_for_keys(bench.thing):
        return
    host = urlsplit(bench.thing.coap).hostname or ""
    with suppress(ValueError):
        if ip_address(host).is_loopback:
            raise NotAsked("it asks for no key, which the standard allows on loopback only, and that is where it is")
    raise Failure("a key is asked for wherever others can reach it", came=bench.thing.td.get("securityDefinitions"))


def _coap(bench: Bench) -> CoapLine:
    if not isinstance(bench.line, CoapLine):
        raise Untried("it is reached otherwise than by CoAP")
    return bench.line


@check("X2", "stranger", on=Transport.COAP, seconds=0.5)
async def a_stranger_gets_nothing(bench: Bench) -> None:
    """Who has no key is refused with 4.01 whatever is asked, and learns no more than that somebody is there.

    Judged over CoAP in clear: reading, writing and observing every resource; `/.well-known/core` with one link that names no title. Over
    MQTT it is the broker that refuses strangers.
    """
    _need_keys(bench)
    line = _coap(bench)
    async with CoapClient(limits=LIMITS, clock=SystemClock()) as client:
        clear = CoapLine(client, line.base, bench.frames, bench.random)
        for method, path, payload in _everything(bench.thing):
            more: dict[str, Any] = {"payload": payload, "content_format": JSON} if payload else {}
            response = await clear.request(method, path, **more)
            if response.code != UNAUTHORIZED:
                raise Failure("4.01 for a stranger", sent=f"{method.name} {path}", came=response.code)
        core = await clear.request(Method.GET, "/.well-known/core")
    if core.successful and (core.payload.count(b"<") > MOST_LINKS or b"title=" in core.payload):
        raise Failure("one link without a title for a stranger", came=core.payload.decode(errors="replace"))


def _everything(thing: Thing) -> list[tuple[Method, str, bytes]]:
    reads = ["td", "s", "ack", *(f"p/{quote(name)}" for name in thing.properties), *(f"e/{quote(name)}" for name in thing.events)]
    asked = [(Method.GET, path, b"") for path in (*reads, "/d")]
    asked += [(Method.PUT, f"p/{quote(name)}", b"true") for name in thing.properties]
    asked += [(Method.POST, f"a/{quote(name)}", b"{}") for name in thing.actions]
    return [*asked, (Method.IPATCH, "s", b'{"power":true}'), (Method.GET, "run/x", b""), (Method.DELETE, "run/x", b"")]


class _Memory:
    """Counters that are kept for as long as one check lasts: the key is wrong, and so never used again."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}

    async def all(self) -> Mapping[str, dict[str, Any]]:
        return self._kept

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        self._kept[key] = dict(document)

    async def remove(self, key: str) -> None:
        self._kept.pop(key, None)


@asynccontextmanager
async def _with_a_wrong_key(bench: Bench, line: CoapLine) -> AsyncIterator[CoapLine]:
    """Yield a line under a key that has the right ids and another secret."""
    from gateway.conformance.credentials import ring_of  # noqa: PLC0415 - with the extra `trust`
    from gateway.protocol.coap.contexts import Contexts  # noqa: PLC0415
    from gateway.protocol.coap.sealing import PeerKeys  # noqa: PLC0415

    credentials = bench.extras.get("credentials")
    if not isinstance(credentials, Credentials) or credentials.key is None:
        raise Untried("no key was given that could be wrong by one bit (--credentials)")
    wrong = replace(credentials.key, master_secret=secrets.token_bytes(len(credentials.key.master_secret)))
    async with (
        Contexts(_Memory(), SystemClock()) as contexts,
        CoapClient(limits=LIMITS, clock=SystemClock(), keys=PeerKeys(ring_of(wrong), contexts)) as client,
    ):
        yield CoapLine(client, line.base, bench.frames, bench.random, peer=PEER)


@check("X2", "wrong", on=Transport.COAP, seconds=0.5)
async def a_wrong_key_opens_nothing(bench: Bench) -> None:
    """What comes under another secret is refused and has no effect, even with the right ids.

    Judged: reads and writes with the judge's own key, its secret exchanged; nothing is answered with success and the setting stays.
    """
    _need_keys(bench)
    line = _coap(bench)
    name, first, second = await movable(bench)
    async with _with_a_wrong_key(bench, line) as stranger:
        tries: tuple[tuple[Method, str, dict[str, Any]], ...] = (
            (Method.GET, "s", {}),
            (Method.PUT, f"p/{quote(name)}", {"payload": orjson.dumps(second), "content_format": JSON}),
        )
        for method, path, more in tries:
            try:
                response = await stranger.request(method, path, patience=3.0, **more)
            except Failure:
                continue  # silence, and an answer in clear that the library does not believe, are refusals, too
            if response.successful:
                raise Failure("a wrong key is refused", sent=f"{method.name} {path}", came=response.code)
    if not same((await line.state()).get(name), first):
        raise Failure("a write under a wrong key has no effect", sent={name: second}, came=(await line.state()).get(name))


@check("X2", "replay", on=Transport.COAP, seconds=1.0)
async def a_message_said_again_has_no_effect(bench: Bench) -> None:
    """A protected message that somebody recorded and sends again does nothing.

    Judged: every datagram of a write without an id, which nothing but the key protects, is kept by a relay of the judge's own; after the
    setting was written back they are sent again from another port, as they were and under another message id; the setting stays.
    """
    _need_keys(bench)
    line = _coap(bench)
    if not line.peer:
        raise Untried("no key was given to protect a message with (--credentials)")
    name, first, second = await movable(bench)
    kept: list[bytes] = []
    async with relayed(line.base, bench.random, keep=kept) as base:
        watched = CoapLine(line.client, base, bench.frames, bench.random, peer=line.peer)
        written = await watched.request(Method.PUT, f"p/{quote(name)}", payload=orjson.dumps(second), content_format=JSON)
        if not written.successful:
            raise Untried(f"a write without an id was not taken: {written.code}")
    await bench.write(name, first)
    _say_again(line.base, [*kept, *(data[:2] + secrets.token_bytes(2) + data[4:] for data in kept)])
    await asyncio.sleep(SETTLE)
    now = (await line.state()).get(name)
    if not same(now, first):
        raise Failure("a message that was said again has no effect", sent={name: second}, came=now)


def _say_again(base: str, datagrams: list[bytes]) -> None:
    parts = urlsplit(base)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for data in datagrams:
            sender.sendto(data, (str(parts.hostname), parts.port or PORT))


# Roles

READERS: Final = frozenset({"viewer", "service", "factory"})
"""Roles that write nothing."""
SEE_PRIVATE: Final = frozenset({"owner", "service", "factory"})


@check("X1", "role", each=True, seconds=1.0)
async def a_role_may_do_what_it_may_and_nothing_else(bench: Bench) -> None:
    """Who was let in in a role reads, writes and sees in private what that role may, and is refused the rest with `forbidden`.

    Judged for the one role of the judge's own credentials (`role` in `connection.json`): public values are read; a setting is written where
    the role may, and is refused and unchanged where it may not; private values are read by owner, service and factory only.
    """
    credentials = bench.extras.get("credentials")
    if not isinstance(credentials, Credentials):
        if not asks_for_keys(bench.thing):
            raise NotAsked("it asks for no key, so there are no roles")
        raise Untried("the judge was let in as nobody (--credentials)")
    role = credentials.role
    if not role or bench.thing.native:
        raise Untried("an appliance knows its hub and no roles: they are judged on a device of a gateway, with credentials that name one")
    name, *_ = [each for each in bench.thing.public if each in await bench.line.state()]
    await bench.line.read(name)
    await _writes(bench, role)
    await _sees(bench, role)


async def _writes(bench: Bench, role: str) -> None:
    if role not in READERS:
        await movable(bench)
        return
    state = await bench.line.state()
    for name in (each for each in bench.thing.writable if each in state):
        answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=state[name]))
        if answer.refused != "forbidden":
            raise Failure(f"a {role} may not write", sent={name: state[name]}, came=answer.last)


async def _sees(bench: Bench, role: str) -> None:
    for name in (each for each, body in bench.thing.properties.items() if body.get("hl:private")):
        try:
            value = await bench.line.read(name)
        except Gone:
            raise
        except Failure as refused:
            if role in SEE_PRIVATE:
                raise Failure(f"a {role} reads {name}", came=refused.came) from refused
            continue
        if role not in SEE_PRIVATE:
            raise Failure(f"a {role} may not read {name}", came=value)
