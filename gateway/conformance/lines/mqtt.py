"""A device over MQTT: envelopes to its `rpc` topic, acks on our own branch, and everything it says below its root."""

import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from random import Random
from typing import Any, Final, Literal, Self

import orjson

from gateway.conformance.failure import Failure, Gone, Silence, TurnedAway, Untried
from gateway.conformance.frames import Frames
from gateway.conformance.line import PATIENCE, TERMINAL, Answer, Heard, Hearing, Refused, Request, State, Transport, Version
from gateway.errors import BrokerUnavailable, Forbidden, HulianError, LinkDown
from gateway.protocol.mqtt import BrokerAddress, Message, MqttClient, Properties
from gateway.thing.clock import SystemClock

_BARE: Final = {"writeproperty": "p/{}/set", "writemultipleproperties": "s/set", "invokeaction": "a/{}"}
_KEPT: Final = frozenset({"td", "avail", "s", "p", "run"})
"""What a broker keeps."""
_REMEMBERED: Final = 256
"""Ids of our own that are known again on `ack`."""


class MqttLine:
    """A Line. `root`: such as `hulian/1/{device}/self`; the client must be connected. `client_id` is the level of our own branch."""

    transport = Transport.MQTT

    def __init__(
        self, client: MqttClient, root: str, client_id: str, frames: Frames, random: Random, address: BrokerAddress | None = None
    ) -> None:
        self.client = client
        self.address = address
        self.root = root
        self.client_id = client_id
        self.device = root.rpartition("/")[2]
        self.branch = f"{root.rpartition('/')[0]}/c/{client_id}"
        if self.device == "self":
            self.branch = f"{root.removesuffix('/self')}/c/{client_id}"
        self._frames = frames
        self._random = random
        self._latest: dict[str, Heard] = {}
        self._ears: list[tuple[Hearing, frozenset[str]]] = []
        self._ids: deque[str] = deque(maxlen=_REMEMBERED)

    async def __aenter__(self) -> Self:
        """Begin to listen to the device and to our own branch; raise Gone where the broker does not let us."""
        try:
            for each in (f"{self.root}/#", f"{self.branch}/#"):
                await self.client.subscribe(each, self._take)
        except HulianError as error:
            raise Gone("a broker that lets the judge listen", came=str(error)) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """Listen no more."""
        with suppress(HulianError):
            for each in (f"{self.root}/#", f"{self.branch}/#"):
                await self.client.unsubscribe(each, self._take)

    @asynccontextmanager
    async def another(self, version: Literal["3.1.1", "5", "auto"] = "auto") -> AsyncIterator["MqttLine"]:
        """Return a line of a client of its own, which has heard nothing yet; raise Gone where the broker does not take it."""
        if self.address is None:
            raise Untried("nobody said how to get into the broker a second time")
        name = f"judge-{secrets.token_hex(6)}"
        async with MqttClient(self.address, client_id=name, version=version, clock=SystemClock(), random=self._random) as client:
            try:
                await client.wait_connected(PATIENCE)
            except BrokerUnavailable as error:
                raise Gone(f"a broker that takes a second client, MQTT {version}", came=str(error)) from error
            level = name if self.address.certificate is None else self.client_id  # a broker that asks for a certificate knows us by it
            line = MqttLine(client, self.root, level, self._frames, self._random, self.address)
            async with line:
                yield line

    async def td(self) -> bytes:
        """Return the retained Thing Description's bytes."""
        return (await self._kept("td")).payload

    async def state(self) -> State:
        """Return the retained public state."""
        body = (await self._kept("s")).value
        head = body.get("$") if isinstance(body, dict) else None
        if not isinstance(head, dict) or not all(isinstance(head.get(name), int) for name in ("boot", "seq")):
            raise Failure("the state is an object with `$`, which has boot and seq", came=body)
        return dict(body)

    async def version(self) -> Version:
        """Return which state it is in."""
        head = (await self.state())["$"]
        return Version(head["boot"], head["seq"])

    async def read(self, name: str) -> Any:
        """Return one property by asking for it."""
        answer = await self.ask(Request(operation="readproperty", name=name))
        if answer.state != "completed":
            raise Refused(answer.error)
        return answer.last.get("out")

    async def _kept(self, topic: str, patience: float = PATIENCE) -> Heard:
        """Return what the broker keeps on a topic of the device's, as we know it; wait for it where we know nothing yet."""
        async with self._heard({topic}) as hearing:
            return await hearing.until(lambda heard: heard.payload != b"", patience, f"something kept on {self.root}/{topic}")

    async def begin(self, request: Request) -> Answer:
        """Send it and return the first word about it."""
        return await self._asked(request, PATIENCE, lambda _: True)

    async def ask(self, request: Request, *, patience: float = PATIENCE, answer: Answer | None = None) -> Answer:
        """Send it and follow it to its terminal ack."""
        return await self._asked(request, patience, lambda answer: answer.state in TERMINAL, answer)

    async def _asked(self, request: Request, patience: float, enough: Callable[[Answer], bool], filled: Answer | None = None) -> Answer:
        request = request if request.id or request.bare else replace(request, id=f"j{self._random.getrandbits(64):016x}")
        answer, began, looked = filled or Answer(request), time.monotonic(), 0
        answer.request = request
        async with self._heard({"ack"} if request.bare else {"own"}) as hearing:
            await self.send(request)
            while not answer.stages or not enough(answer):
                left = patience - (time.monotonic() - began)
                heard = await self._stage(hearing, answer, looked, left)
                looked = hearing.place(heard) + 1
                answer.stages.append(heard.value)
        answer.seconds = time.monotonic() - began
        return answer

    async def _stage(self, hearing: Hearing, answer: Answer, looked: int, left: float) -> Heard:
        request = answer.request
        if request.bare and answer.stages:
            wanted = _with_id(str(answer.stages[0].get("id")))
        elif request.bare:
            wanted = lambda heard: _is_ack(heard, request) and heard.value.get("id") not in self._ids  # noqa: E731 - as short as the others
        else:
            wanted = _with_id(request.id)
        about = f"{request.operation} {request.name}"
        what = f"a first ack of {about}" if not answer.stages else f"a terminal ack of {about}"
        try:
            return await hearing.until(wanted, max(0.0, left), what, since=looked)
        except Silence as silence:
            silence.sent = {"operation": request.operation, "name": request.name, "in": request.input}
            silence.came = answer.stages or silence.came
            raise

    async def send(self, request: Request, properties: Properties | None = None) -> None:
        """Publish a request and wait for nothing but the broker."""
        if request.bare:
            topic = f"{self.root}/{_BARE[request.operation].format(request.name)}"
            payload = b"" if request.input is None and request.operation == "invokeaction" else orjson.dumps(request.input)
        else:
            self._ids.append(request.id)
            topic, payload = f"{self.branch}/rpc", orjson.dumps(self.envelope(request))
        await self.publish(topic, payload, properties)

    def envelope(self, request: Request) -> dict[str, Any]:
        """Return the request as it travels."""
        body: dict[str, Any] = {"id": request.id, "op": request.operation, "dev": self.device, "name": request.name}
        if request.input is not None or request.operation.startswith("write"):
            body["in"] = request.input
        if request.expected is not None:
            body["if"] = {"boot": request.expected.boot, "seq": request.expected.seq}
        more = {"exp": request.expires, "ttl": request.ttl, "confirm": request.confirm, "why": request.why}
        return body | {name: value for name, value in more.items() if value is not None}

    async def publish(self, topic: str, payload: bytes, properties: Properties | None = None, *, retain: bool = False) -> None:
        """Publish anything anywhere; raise Gone while the broker is away, TurnedAway where it does not let this client publish there."""
        self._frames.out("mqtt", topic, payload)
        try:
            await self.client.publish(topic, payload, properties=properties, retain=retain)
        except LinkDown as error:
            raise Gone("a broker that takes messages", came=str(error)) from error
        except Forbidden as error:
            raise TurnedAway(f"the broker does not let the judge, in its role, publish to {topic}") from error

    @asynccontextmanager
    async def hearing(self, *what: str) -> AsyncIterator[Hearing]:
        """Hear what the device says; what the broker kept of it comes first, marked as retained."""
        async with self._heard(set(what) or {"td", "avail", "s", "e", "ack", "run"}) as hearing:
            yield hearing

    @asynccontextmanager
    async def answers(self) -> AsyncIterator[Hearing]:
        """Hear everything on our own branch (sort `own`, name: the topic below it) but what we ask ourselves."""
        async with self._heard({"own"}) as hearing:
            yield hearing

    @asynccontextmanager
    async def _heard(self, wanted: AbstractSet[str]) -> AsyncIterator[Hearing]:
        hearing = Hearing()
        ear = (hearing, frozenset(wanted))
        for heard in self._latest.values():
            if _wants(ear[1], heard):
                hearing.take(replace(heard, retained=True))
        self._ears.append(ear)
        try:
            yield hearing
        finally:
            self._ears.remove(ear)

    def _take(self, message: Message) -> None:
        what, name = self._sort(message.topic)
        if not what:
            return
        self._frames.came("mqtt", message.topic, message.payload)
        heard = _heard(message, what, name)
        if what in _KEPT:
            self._latest[message.topic] = heard
        for hearing, wanted in self._ears:
            if _wants(wanted, heard):
                hearing.take(heard)

    def _sort(self, topic: str) -> tuple[str, str]:
        """Return sort and name, ("p", "power"); ("", "") for what is said to the device, ours included."""
        if topic.startswith(f"{self.branch}/"):
            name = topic.removeprefix(f"{self.branch}/")
            return ("", "") if name == "rpc" else ("own", name)
        what, _, name = topic.removeprefix(f"{self.root}/").partition("/")
        return ("", "") if what == "a" or name == "set" or name.endswith("/set") else (what, name)

    async def throw(self, where: str, payload: bytes) -> None:
        """Send bytes that mean nothing: to the bare topic of `p/x`, `s`, `a/x`, or to our `rpc`."""
        topic = f"{self.branch}/rpc" if where == "rpc" else f"{self.root}/{where}" if where.startswith("a/") else f"{self.root}/{where}/set"
        await self.publish(topic, payload)


def _heard(message: Message, what: str, name: str) -> Heard:
    try:
        value = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        value = None
    return Heard(time.monotonic(), what, name, value, message.payload, message.retain, message.properties)


def _wants(wanted: frozenset[str], heard: Heard) -> bool:
    return heard.what in wanted or f"{heard.what}/{heard.name}" in wanted


def _with_id(id: str) -> Callable[[Heard], bool]:
    return lambda heard: isinstance(heard.value, dict) and heard.value.get("id") == id


def _is_ack(heard: Heard, request: Request) -> bool:
    """Return whether this is an ack of such a request: whoever writes bare values is told no id."""
    value = heard.value
    return isinstance(value, dict) and value.get("op") == request.operation and value.get("name") == request.name
