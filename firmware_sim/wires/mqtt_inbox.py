"""What reaches a native appliance over MQTT: commands to the desk, questions answered, everything else refused or let fall.

A command with the retain flag would act again at every reconnect, so it is refused and its topic cleared. On MQTT 3.1.1 the clearing
comes back to us as an empty message, which must not be taken for an action without input.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiomqtt

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal
from firmware_sim.wires.desk import Desk
from firmware_sim.wires.envelope import READS, Envelope, bare_order, rpc_order
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.payload import encode
from firmware_sim.wires.reading import answer
from firmware_sim.wires.topics import Incoming, Topics


@dataclass(frozen=True, slots=True)
class Reply:
    """Where a client wants its acks, and the correlation data to copy."""

    topic: str
    correlation: bytes | None = None


class Inbox:
    """The command side of one connection; `send` publishes, `now` is seconds since the epoch."""

    def __init__(
        self, appliance: Appliance, desk: Desk, *, echoes: bool, send: Callable[[Message], None], now: Callable[[], float]
    ) -> None:
        self._appliance = appliance
        self._desk = desk
        self._topics = Topics(appliance.identifier)
        self._echoes = echoes
        self._send = send
        self._now = now
        self._clearings: Counter[str] = Counter()

    def receive(self, message: aiomqtt.Message) -> None:
        """Take one message from the broker."""
        topic = str(message.topic)
        incoming = self._topics.parse(topic)
        if incoming is None:
            self._forgotten_run(topic, message)
        elif self._is_clearing(topic, message):
            return
        else:
            self._command(topic, incoming, message)

    def _command(self, topic: str, incoming: Incoming, message: aiomqtt.Message) -> None:
        envelope = self._read(incoming, bytes(message.payload), _property(message, "MessageExpiryInterval"))
        reply = self._reply(incoming, envelope, message)
        refusal = envelope.refusal
        if message.retain:
            self._clear(topic)
            refusal = Refusal("forbidden", "a command is never retained")
        if refusal is not None:
            self._desk.reject(envelope.order, refusal, reply)
        elif envelope.order.operation in READS:
            self._answer(envelope, reply)
        else:
            self._submit(envelope, reply)

    def _submit(self, envelope: Envelope, reply: Reply | None) -> None:
        run, fresh = self._desk.submit(envelope.order, reply)
        if not fresh and reply is not None:
            for ack in run.acks:
                self._send(ack_message(reply, ack))

    def _answer(self, envelope: Envelope, reply: Reply | None) -> None:
        if reply is not None:
            self._send(ack_message(reply, answer(self._appliance, self._desk.ledger, envelope.order, now=self._now())))

    def _read(self, incoming: Incoming, payload: bytes, lifetime: int | None) -> Envelope:
        expires = None if lifetime is None else self._now() + lifetime
        if incoming.what == "rpc":
            return rpc_order(incoming.client, payload, now=self._now(), boot=self._appliance.boot, expires=expires)
        return bare_order(incoming, payload, expires=expires)

    def _reply(self, incoming: Incoming, envelope: Envelope, message: aiomqtt.Message) -> Reply | None:
        correlation = _property(message, "CorrelationData")
        for topic in (_property(message, "ResponseTopic"), envelope.reply):
            if topic and self._topics.may_answer(topic, incoming.client):
                return Reply(topic, correlation)
        return Reply(self._topics.answer(incoming.client), correlation) if incoming.client else None

    def _is_clearing(self, topic: str, message: aiomqtt.Message) -> bool:
        if message.payload:
            return False
        if self._clearings[topic] > 0:
            self._clearings[topic] -= 1
            return True
        return message.retain

    def _clear(self, topic: str) -> None:
        self._clearings[topic] += self._echoes
        self._send(Message(topic=topic, payload=b"", retain=True))

    def _forgotten_run(self, topic: str, message: aiomqtt.Message) -> None:
        """Clear a run that the broker kept from an earlier life of this appliance."""
        known = {self._topics.run(run.order.id) for run in self._desk.ledger.runs()}
        if message.retain and message.payload and topic.startswith(self._topics.run("")) and topic not in known:
            self._send(Message(topic=topic, payload=b"", retain=True))


def ack_message(reply: Reply, ack: dict[str, Any]) -> Message:
    """Return the message that brings an ack to the client that asked."""
    return Message(topic=reply.topic, payload=encode(ack), correlation=reply.correlation)


def _property(message: aiomqtt.Message, name: str) -> Any:
    return getattr(message.properties, name, None)
