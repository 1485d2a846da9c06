"""What comes in: bare values on `p/{name}/set`, `s/set` and `a/{name}`, and envelopes on `c/{client}/rpc`.

A subscriber learns nothing about a publisher, so a bare topic acts with role user; an envelope's topic names its client,
which a broker with accounts binds to an identity. A message that carries the retain flag is never a command: the topic is
cleared. Answers to an envelope go under the client's own branch and nowhere else.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gateway.errors import BadSyntax, CommandError, Forbidden, RateExceeded, Unknown
from gateway.faces.mqtt.envelope import Envelope, envelope_of, frame_of, read_document
from gateway.faces.mqtt.scenes import HubEnvelopes
from gateway.faces.mqtt.senders import Senders
from gateway.home.home import Home
from gateway.home.run import Run
from gateway.protocol.mqtt import Message, MqttClient, Properties
from gateway.protocol.payload import json_bytes, json_value
from gateway.protocol.topics import CommandTopic, GatewayTopics, Topics, parse_command
from gateway.scenes.desk import HUB
from gateway.scenes.report import Report
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.log import Log
from gateway.thing.principal import Principal
from gateway.thing.timestamp import iso
from gateway.trust.roles import Permission, require

LANE_LIMIT = 256
LANES_LIMIT = 1024
"""Messages that wait for one device or client, and devices and clients for whom some wait; past it they are refused."""
ANSWERS_LIMIT = 1024
"""Commands whose acks are on their way to whoever asked; past it a command that wants answers is refused."""
ECHO_SECONDS = 10.0
"""Over MQTT 3.1.1 our own clearing of a topic comes back without the flag and would look like an action without input."""
log = Log()


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the acks of one request go besides the device's `ack` topic; `correlation` is copied byte for byte."""

    topic: str
    correlation: bytes | None


class Commands:
    """Takes command messages off the link and hands them to the home.

    Bare commands of one device wait in a lane of their own, and so do the envelopes of one client: each lane keeps its order,
    and a flood in one holds up no other. `tasks`: where the work is done until `stop`. `hub`: answers what is asked of the hub itself.
    """

    def __init__(
        self,
        home: Home,
        senders: Senders,
        client: MqttClient,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        hub: HubEnvelopes | None = None,
    ) -> None:
        self._home = home
        self._hub = hub
        self._senders = senders
        self._client = client
        self._clock = clock
        self._tasks = tasks
        self._topics = GatewayTopics(home.identifier)
        self._lanes: dict[str, deque[tuple[CommandTopic, Message]]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._answering = 0
        self._cleared: dict[str, float] = {}

    def take(self, message: Message) -> None:
        """Queue one message from the link; never blocks, never raises."""
        target = parse_command(message.topic, self._home.identifier)
        if target is None:
            log.debug("message on a topic that is no command", topic=message.topic)
        elif message.retain:
            self._refuse_retained(target, message)
        elif not message.payload and self._cleared.pop(message.topic, 0.0) > self._clock.monotonic():
            log.debug("the clearing of a retained command comes back", topic=message.topic)
        elif target.client is None and target.device not in self._home.devices():
            log.info("command for a device that is not here", device=target.device, topic=message.topic)
            self._refuse(target, message, Unknown(f"no device {target.device} in this home"))
        else:
            self._line_up(target, message)

    def stop(self) -> None:
        """Do no more, and let everyone who waits for an answer go."""
        for task in self._running:
            task.cancel()

    def _line_up(self, target: CommandTopic, message: Message) -> None:
        key = f"c/{target.client}" if target.client is not None else target.device
        lane = self._lanes.get(key)
        if len(lane) >= LANE_LIMIT if lane is not None else len(self._lanes) >= LANES_LIMIT:
            self._refuse(target, message, RateExceeded("too many commands are waiting; try again in a second"))
        elif lane is not None:
            lane.append((target, message))
        else:
            self._lanes[key] = deque([(target, message)])
            self._start(self._work(key), f"mqtt face: commands of {key}")

    async def _work(self, key: str) -> None:
        """Do what waits in one lane, one after the other, until nothing does."""
        lane = self._lanes[key]
        while lane:
            target, message = lane.popleft()
            try:
                await self._do(target, message)
            except CommandError as error:
                self._refuse(target, message, error)
        del self._lanes[key]

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._tasks.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _do(self, target: CommandTopic, message: Message) -> None:
        if target.client is not None:
            await self._envelope(target.client, message)
            return
        value = json_value(message.payload) if message.payload or target.operation is not Operation.INVOKE_ACTION else None
        reply = self._reply_of(message, None)
        await self._submit(self._bare(target, value, message), reply)

    def _bare(self, target: CommandTopic, value: Any, message: Message) -> Command:
        if target.operation is None:
            raise BadSyntax("not a topic for bare values")
        expiry = message.properties.expiry
        return Command(
            id=f"g-{uuid4().hex[:12]}",
            device=target.device,
            operation=target.operation,
            name=target.name,
            input=value,
            principal=self._senders.of_bare_topic(),
            expires=None if expiry is None else self._clock.now() + expiry,
        )

    async def _envelope(self, client: str, message: Message) -> None:
        principal = self._senders.of_branch(client)
        require(principal, Permission.READ)
        envelope = envelope_of(json_value(message.payload), self._clock.now(), message.properties.expiry)
        reply = self._reply_of(message, envelope.reply, client) or Reply(self._topics.answer(client), None)
        try:
            if envelope.device == HUB and self._hub is not None:
                await self._of_hub(self._hub, envelope, principal, reply)
            elif envelope.command is None:
                self._answer(reply, read_document(self._home, envelope, principal, self._clock.now()))
            else:
                await self._submit(envelope.to_command(principal, self._home.twin(envelope.device).boot), reply)
        except CommandError as error:
            self._answer(reply, _rejected(envelope, error, self._clock.now()))

    async def _of_hub(self, hub: HubEnvelopes, envelope: Envelope, principal: Principal, reply: Reply) -> None:
        if self._answering >= ANSWERS_LIMIT:
            raise RateExceeded("too many commands wait for their answers; let some end first")
        report = await hub.answer(envelope, principal, lambda document: self._answer(reply, document))
        if report is not None:
            self._answering += 1
            self._start(self._follow_scene(hub, envelope, report, reply), f"mqtt face: answers to {report.id}")

    async def _follow_scene(self, hub: HubEnvelopes, envelope: Envelope, report: Report, reply: Reply) -> None:
        try:
            self._answer(reply, await hub.end(envelope, report), keep=True)
        except CommandError as error:
            self._answer(reply, _rejected(envelope, error, self._clock.now()))
        finally:
            self._answering -= 1

    async def _submit(self, command: Command, reply: Reply | None) -> None:
        self._home.twin(command.device)
        if reply is not None and self._answering >= ANSWERS_LIMIT:
            raise RateExceeded("too many commands wait for their answers; let some end first")
        run = await self._home.submit(command)
        if reply is not None:
            self._answering += 1
            self._start(self._follow(run, reply), f"mqtt face: answers to {command.id}")

    async def _follow(self, run: Run, reply: Reply) -> None:
        try:
            async for ack in run.acks():
                self._answer(reply, ack.document(), keep=ack.state.terminal)
        finally:
            self._answering -= 1

    def _answer(self, reply: Reply, document: dict[str, Any], *, keep: bool = False) -> None:
        properties = Properties(correlation=reply.correlation) if reply.correlation is not None else None
        self._client.publish_soon(reply.topic, json_bytes(document), properties=properties, keep=keep)

    def _reply_of(self, message: Message, asked: str | None, client: str | None = None) -> Reply | None:
        """Return where to answer: the Response Topic or `reply`, if it lies under a client's own branch."""
        given = message.properties
        topic = (given.response_topic if given else None) or asked
        correlation = given.correlation if given else None
        if topic is None:
            return None if client is None else Reply(self._topics.answer(client), correlation)
        branch = self._topics.client_prefix(client) if client is not None else f"{self._topics.prefix}/c/"
        if not topic.startswith(f"{branch.rstrip('/')}/") or "+" in topic or "#" in topic or topic.endswith("/rpc"):
            log.info("answer topic outside the client's own branch is ignored", topic=topic)
            return None if client is None else Reply(self._topics.answer(client), correlation)
        return Reply(topic, correlation)

    def _refuse(self, target: CommandTopic, message: Message, error: CommandError) -> None:
        if target.client is not None or target.operation is None:
            client = target.client or ""
            reply = self._reply_of(message, None, client) or Reply(self._topics.answer(client), None)
            refusal = {"state": AckState.REJECTED.value, "error": error.document(), "ts": iso(self._clock.now())}
            self._answer(reply, frame_of(message.payload) | refusal)
            return
        ack = Ack(
            id=f"g-{uuid4().hex[:12]}",
            device=target.device,
            operation=target.operation,
            name=target.name,
            state=AckState.REJECTED,
            at=self._clock.now(),
            error=error.document(),
        )
        reply_to = self._reply_of(message, None)
        if reply_to is not None:
            self._answer(reply_to, ack.document())
        if target.device in self._home.devices():
            self._client.publish_soon(Topics(self._home.identifier, target.device).ack, json_bytes(ack.document()))

    def _refuse_retained(self, target: CommandTopic, message: Message) -> None:
        if not message.payload:
            return
        if self._client.version != "5" and len(self._cleared) < LANES_LIMIT:
            self._cleared[message.topic] = self._clock.monotonic() + ECHO_SECONDS
        self._client.publish_soon(message.topic, b"", retain=True)
        self._refuse(target, message, Forbidden("a retained message is never a command; the topic was cleared: publish without retain"))


def _rejected(envelope: Envelope, error: CommandError, now: float) -> dict[str, Any]:
    return envelope.answer(AckState.REJECTED, now) | {"error": error.document()}
