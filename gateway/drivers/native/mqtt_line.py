"""Talking to one appliance over the broker: envelopes to its `rpc` topic, acks from its answer topic."""

import asyncio
from collections.abc import AsyncGenerator
from math import ceil
from random import Random

from gateway.drivers.native.envelope import circumstances, envelope, error_of
from gateway.drivers.native.links import Acks
from gateway.drivers.native.taps import Publisher
from gateway.errors import LinkDown, Offline, TimedOut
from gateway.protocol.mqtt import Properties
from gateway.protocol.topics import GatewayTopics
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command
from gateway.thing.session import Progress
from gateway.thing.value import Value

_PATIENCE = 8.0


class MqttLine:
    """A Line over MQTT. `gateway` is the name under which we are a client of the appliance."""

    def __init__(self, client: Publisher, device: str, gateway: str, acks: Acks, clock: Clock, random: Random) -> None:
        self._client = client
        self._clock = clock
        self._topic = GatewayTopics(device).rpc(gateway)
        self._acks = acks
        self._random = random

    async def perform(self, command: Command, id: str, confirm: str | None) -> AsyncGenerator[Progress, None]:
        """Send the command; yield the appliance's acks up to the terminal one."""
        payload = envelope(id, command.operation.value, command.name, command.input, **circumstances(command, confirm))
        with self._acks.expect(id) as stages:
            await self._send(payload, command.expires)
            while True:
                progress = await stages.next()
                yield progress
                if progress.state.terminal:
                    return

    async def stop(self, id: str) -> None:
        """Ask the run `id` to stop; raise the appliance's refusal."""
        await self._ask("cancelaction", id)

    async def read(self, name: str) -> Value:
        """Return a property that is not in the public state."""
        return (await self._ask("readproperty", name)).output

    async def _ask(self, operation: str, name: str) -> Progress:
        ack_id = f"{self._random.getrandbits(64):016x}"
        with self._acks.expect(ack_id) as stages:
            await self._send(envelope(ack_id, operation, name))
            try:
                async with asyncio.timeout(_PATIENCE):
                    while not (progress := await stages.next()).state.terminal:
                        pass
            except TimeoutError as error:
                raise TimedOut(f"the appliance did not answer {operation} within {_PATIENCE:g} s") from error
        if progress.state is not AckState.COMPLETED:
            raise error_of(progress.error)
        return progress

    async def _send(self, payload: bytes, expires: float | None = None) -> None:
        """Publish; what ends at a time is not kept longer by a broker that speaks MQTT 5, either."""
        ends = None if expires is None else Properties(expiry=max(1, ceil(expires - self._clock.now())))
        try:
            await self._client.publish(self._topic, payload, properties=ends)
        except LinkDown as error:
            raise Offline("the link to the broker is down") from error
