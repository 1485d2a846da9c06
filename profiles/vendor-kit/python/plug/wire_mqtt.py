"""The plug on MQTT, over aiomqtt: `hulian/1/{id}/self/...`, and `hulian/1/{id}/c/{client}/rpc` for who wants acks of its own.

After every connect everything that counts is said anew: description, each property, the whole state, the runs, and last that we are online.
From then on one queue keeps the order: properties that moved, then the state, then the ack that says so.
"""

import asyncio
import logging
import re
import socket
import ssl
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from plug.appliance import Appliance
from plug.clock import moment
from plug.network import Network
from plug.orders import Ack, Book, Order, Run, checked_id, own_id
from plug.payload import decode, encode
from plug.rate import Rate
from plug.refusal import Refusal
from plug.tasks import ended

log = logging.getLogger("plug.mqtt")

_CLIENT = re.compile(r"[a-z0-9-]{1,64}").fullmatch
_MOST_WAITING = 1024
_PAUSE = 1.0
_BARE = {"p": "writeproperty", "s": "writemultipleproperties", "a": "invokeaction"}

Message = tuple[str, bytes, bool, bytes | None]
"""Topic, payload, retained, correlation data."""


class MqttWire:
    """One appliance on one broker (`mqtt://host:port`, or `mqtts://` with `tls`)."""

    def __init__(
        self, appliance: Appliance, book: Book, td: bytes, broker: str, tls: ssl.SSLContext | None, network: Network | None = None
    ) -> None:
        where = urlsplit(broker)
        self._host, self._port, self._tls = where.hostname or "", where.port or (8883 if tls else 1883), tls
        self._appliance, self._book, self._td = appliance, book, td
        self._root = f"hulian/1/{appliance.identifier}"
        self._rate = Rate()
        self._network = network or Network()
        self._out: deque[Message] = deque(maxlen=_MOST_WAITING)
        self._stirred = asyncio.Event()
        self._client: aiomqtt.Client | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._fallen = asyncio.Event()
        self._runs: dict[str, asyncio.TimerHandle | None] = {}
        appliance.listeners.append(self)
        book.listeners.append(self._acked)

    async def live(self) -> None:
        """Connect, talk, and come back after each fall."""
        while True:
            try:
                async with self._connection() as client:
                    await self._converse(client)
            except aiomqtt.MqttError as error:
                log.warning("the broker at %s:%s is not there: %s", self._host, self._port, error)
            finally:
                self._client = None
                self._fallen.set()
            await asyncio.sleep(_PAUSE)

    async def goodbye(self) -> None:
        """Say that we go in good order, and that everything before it was said."""
        if self._client is not None:
            with suppress(aiomqtt.MqttError):  # the broker may have gone first
                await self._client.publish(f"{self._root}/self/avail", self._avail("offline", "switched off"), qos=1, retain=True)

    async def tear(self) -> None:
        """Cut the connection off without a word, as a power cut does: the broker then speaks our will."""
        if self._client is None or (link := self._client._client.socket()) is None:  # noqa: SLF001 - no public way to be rude
            return
        await ended(self._speaking)  # what is being written must not meet a socket that is closed already
        await asyncio.sleep(0)
        with suppress(OSError, TimeoutError):  # it may have fallen by itself
            link.shutdown(socket.SHUT_RDWR)
            async with asyncio.timeout(_PAUSE):
                await self._fallen.wait()

    def _connection(self) -> aiomqtt.Client:
        will = aiomqtt.Will(f"{self._root}/self/avail", encode({"state": "offline", "reason": "connection lost"}), qos=1, retain=True)
        identifier, five = self._appliance.identifier, aiomqtt.ProtocolVersion.V5
        at_once = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]  # else every second message waits 40 ms for the answer to the first
        facts: dict[str, Any] = {"identifier": identifier, "protocol": five, "will": will, "socket_options": at_once}
        return aiomqtt.Client(self._host, self._port, tls_context=self._tls, clean_start=True, **facts)

    async def _converse(self, client: aiomqtt.Client) -> None:
        self._out.clear()
        for topic in ("self/p/+/set", "self/s/set", "self/a/+", "c/+/rpc", "self/run/+"):
            await client.subscribe(f"{self._root}/{topic}", options=SubscribeOptions(qos=1, retainAsPublished=True))
        self._client = client
        self._fallen.clear()
        self._announce()
        self._speaking = asyncio.create_task(self._speak(client), name="mqtt out")
        try:
            async for message in client.messages:
                await self._network.travel()
                self._hear(message)
                if self._speaking.done():
                    break
        finally:
            await ended(self._speaking)

    async def _speak(self, client: aiomqtt.Client) -> None:
        while True:
            while self._out:
                topic, payload, retain, correlation = self._out.popleft()
                await self._network.travel()
                await client.publish(topic, payload, qos=1, retain=retain, properties=_correlated(correlation))
            self._stirred.clear()
            await self._stirred.wait()

    def _say(self, path: str, payload: bytes, *, retain: bool = False) -> None:
        self._put((f"{self._root}/{path}", payload, retain, None))

    def _put(self, message: Message) -> None:
        if self._client is not None:
            self._out.append(message)
            self._stirred.set()

    # What we say

    def _announce(self) -> None:
        self._say("self/td", self._td, retain=True)
        self.changed(tuple(self._appliance.state()))
        for run in self._book.long_runs():
            self._keep(run)
        self._say("self/avail", self._avail("online"), retain=True)

    def _avail(self, state: str, reason: str = "") -> bytes:
        return encode({"state": state, "since": self._appliance.clock.stamp()} | ({"reason": reason} if reason else {}))

    def changed(self, names: tuple[str, ...]) -> None:
        """Tell the properties that moved, and last the state."""
        state = self._appliance.state()
        for name in names:
            if name != "$" and name in state:
                self._say(f"self/p/{name}", encode(state[name]), retain=True)
        self._say("self/s", encode(state), retain=True)

    def happened(self, event: str, data: dict[str, Any]) -> None:
        """Tell an event."""
        self._say(f"self/e/{event}", encode(data))

    def _acked(self, run: Run, ack: Ack) -> None:
        self._say("self/ack", encode(ack))
        if run.long:
            self._keep(run)

    def _keep(self, run: Run) -> None:
        """Keep the last ack of a long action at the broker, and for ten minutes after its end."""
        topic = f"self/run/{run.order.id}"
        self._say(topic, encode(run.last), retain=True)
        if run.ended is not None and run.order.id not in self._runs:
            loop = asyncio.get_running_loop()
            self._runs[run.order.id] = loop.call_later(600, self._let_go, topic, run.order.id)

    def _let_go(self, topic: str, id: str) -> None:
        self._runs.pop(id, None)
        self._say(topic, b"", retain=True)

    # What we hear

    def _hear(self, message: aiomqtt.Message) -> None:
        topic, payload = str(message.topic), bytes(message.payload or b"")
        path = topic.removeprefix(f"{self._root}/").split("/")
        if path[:2] == ["self", "run"]:
            self._forget(topic, path[2], payload, retained=bool(message.retain))
            return
        if message.retain and not payload:
            return  # our own clearing comes back
        order, reply, refusal = self._read(path, payload, message)
        hear = self._hearer(reply, _property(message, "CorrelationData"))
        if message.retain:
            self._put((topic, b"", True, None))
            refusal = Refusal("forbidden", "a command is never retained")
        if refusal is None and not self._rate.allows(path[1]):
            refusal = Refusal("rate", "too many commands")
        if refusal is not None:
            self._book.reject(order, refusal, hear)
        elif order.op in ("readproperty", "readallproperties", "queryaction"):
            self._answer(order, hear)
        else:
            self._book.submit(order, hear)

    def _read(self, path: list[str], payload: bytes, message: aiomqtt.Message) -> tuple[Order, str | None, Refusal | None]:
        """Return the order, where its answer goes, and what is wrong with it."""
        lifetime = _property(message, "MessageExpiryInterval")
        expires = None if lifetime is None else self._appliance.clock.now() + lifetime
        asked_for = _property(message, "ResponseTopic")
        if path[0] == "c":
            return self._envelope(path[1], payload, expires, asked_for)
        name = path[2] if path[1] in "pa" else ""
        facts: dict[str, Any] = {"op": _BARE[path[1]], "name": name, "id": own_id(), "expires": expires, "bare": True}
        reply = asked_for if asked_for and self._may_answer(asked_for, None) else None
        try:
            value = None if path[1] == "a" and not payload else decode(payload)
        except Refusal as refusal:
            return Order(**facts), reply, refusal
        return Order(**facts, input=value), reply, None

    def _envelope(
        self, client: str, payload: bytes, expires: float | None, asked_for: str | None
    ) -> tuple[Order, str | None, Refusal | None]:
        reply = asked_for if asked_for and self._may_answer(asked_for, client) else f"{self._root}/c/{client}/ack"
        blank = Order(op="", id=own_id())
        try:
            body = _object(decode(payload))
        except Refusal as refusal:
            return blank, reply, refusal
        if isinstance(body.get("reply"), str) and not asked_for and self._may_answer(body["reply"], client):
            reply = body["reply"]
        try:
            return self._ordered(body, expires), reply, None
        except Refusal as refusal:
            words = {key: body[term] for key, term in (("op", "op"), ("name", "name")) if isinstance(body.get(term), str)}
            return Order(**{"op": "", "id": own_id(), **words}), reply, refusal

    def _ordered(self, body: dict[str, Any], expires: float | None) -> Order:
        for member in ("op", "name", "confirm"):
            if not isinstance(body.get(member, ""), str):
                raise Refusal("bad-syntax", f"{member} is a text")
        if body.get("dev", "self") != "self":
            raise Refusal("unknown", "there is one device here: self")
        mark = checked_id(body["id"]) if "id" in body else own_id()
        order = Order(op=body.get("op", ""), name=body.get("name", ""), input=body.get("in"), id=mark, confirm=body.get("confirm"))
        limits = [limit for limit in (expires, *self._limits(body)) if limit is not None]
        return Order(**{**order.__dict__, "expires": min(limits, default=None), "expected": self._expected(body.get("if"))})

    def _limits(self, body: dict[str, Any]) -> list[float]:
        try:
            limits = [moment(body["exp"])] if body.get("exp") is not None else []
            return limits + ([self._appliance.clock.now() + float(body["ttl"])] if body.get("ttl") is not None else [])
        except (TypeError, ValueError) as error:
            raise Refusal("bad-syntax", "exp is a time such as 2026-11-22T00:31:57Z, ttl seconds") from error

    def _expected(self, condition: Any) -> frozenset[tuple[int, int]] | None:
        if condition is None:
            return None
        match condition:
            case {"seq": int(seq), **rest} if isinstance(rest.get("boot", 0), int):
                return frozenset({(rest.get("boot", self._appliance.boot), seq)})
        raise Refusal("bad-syntax", "`if` is {boot, seq}")

    def _answer(self, order: Order, hear: Any) -> None:
        """Answer a question to the one client that asked."""
        ack = {"id": order.id, "op": order.op, "name": order.name, "ts": self._appliance.clock.stamp()}
        try:
            match order.op:
                case "readproperty":
                    out = self._appliance.value(order.name)
                case "queryaction":
                    out = self._book.run(order.name).last
                case _:
                    out = self._appliance.state()
            hear(ack | {"state": "completed", "seq": self._appliance.seq, "boot": self._appliance.boot, "out": out})
        except Refusal as refusal:
            hear(ack | {"state": "rejected", "error": refusal.document()})

    def _hearer(self, reply: str | None, correlation: bytes | None) -> Any:
        return (lambda ack: self._put((reply, encode(ack), False, correlation))) if reply else lambda _: None

    def _may_answer(self, topic: str, client: str | None) -> bool:
        """Return whether an answer may go there: below the branch of who asks; a bare command may name any client's."""
        mark = f"{self._root}/c/"
        owner, _, rest = topic.removeprefix(mark).partition("/")
        mine = owner == client if client is not None else bool(_CLIENT(owner))
        return topic.startswith(mark) and mine and rest not in ("", "rpc") and not set(topic) & set("+#")

    def _forget(self, topic: str, id: str, payload: bytes, *, retained: bool) -> None:
        """Clear a run of an earlier life that the broker still keeps."""
        if retained and payload and id not in {run.order.id for run in self._book.long_runs()}:
            self._put((topic, b"", True, None))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal("bad-syntax", "an envelope is an object")
    return value


def _property(message: aiomqtt.Message, name: str) -> Any:
    return getattr(message.properties, name, None)


def _correlated(data: bytes | None) -> Properties | None:
    if data is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)
    properties.CorrelationData = data
    return properties
