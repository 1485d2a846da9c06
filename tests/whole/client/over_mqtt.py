"""A home over MQTT: retained topics are read, envelopes on `c/{client}/rpc` are commands, acks come on each device's `ack`."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiomqtt

CLIENT = "somebodys-script"
ENDS = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})
SETTLED, PATIENCE = 1.0, 60.0


class HomeOverMqtt:
    """Keeps the last payload of every topic under the gateway's root."""

    def __init__(self, broker: aiomqtt.Client) -> None:
        self.acks: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.root = ""
        self._broker = broker
        self._said: dict[str, bytes] = {}
        self._ends: dict[str, asyncio.Future[Mapping[str, Any]]] = {}

    async def listen(self) -> None:
        """Take what the broker brings until cancelled."""
        async for message in self._broker.messages:
            topic, payload = str(message.topic), bytes(message.payload)
            self._said[topic] = payload
            if topic.endswith("/$/avail"):
                self.root = topic.removesuffix("/$/avail")
            elif topic.endswith(f"/c/{CLIENT}/answers"):
                self._answered(json.loads(payload))
            elif topic.endswith("/ack"):
                ack = json.loads(payload)
                self.acks[ack["id"]].append(ack)

    async def devices(self) -> Mapping[str, Mapping[str, Any]]:
        listed = json.loads(await self._topic(f"{self.root}/$/devices"))
        return {entry["id"]: json.loads(await self._topic(f"{self.root}/{entry['id']}/td")) for entry in listed}

    async def state(self, device: str) -> Mapping[str, Any]:
        return dict(json.loads(await self._topic(f"{self.root}/{device}/s")))

    async def read(self, device: str, name: str) -> Any:
        return json.loads(await self._topic(f"{self.root}/{device}/p/{name}"))

    async def command(self, device: str, operation: str, name: str, argument: Any, identifier: str) -> Mapping[str, Any]:
        ended: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._ends[identifier] = ended
        envelope = {"id": identifier, "op": operation, "dev": device, "name": name, "in": argument}
        envelope["reply"] = f"{self.root}/c/{CLIENT}/answers"
        await self._broker.publish(f"{self.root}/c/{CLIENT}/rpc", json.dumps(envelope), qos=1)
        async with asyncio.timeout(PATIENCE):
            return await ended

    def _answered(self, ack: Mapping[str, Any]) -> None:
        ended = self._ends.get(ack["id"])
        if ack["state"] in ENDS and ended is not None:
            if ended.done():
                raise SystemExit(f"a second end of {ack['id']}: {ended.result()}, then {ack}")
            ended.set_result(ack)

    async def _topic(self, topic: str) -> bytes:
        async with asyncio.timeout(PATIENCE):
            while topic not in self._said:
                await asyncio.sleep(0.05)
        return self._said[topic]


@asynccontextmanager
async def home_over_mqtt(url: str) -> AsyncIterator[HomeOverMqtt]:
    """Come in at a broker such as mqtt://127.0.0.1:1883."""
    where = urlsplit(url)
    async with aiomqtt.Client(where.hostname or "", where.port or 1883, identifier=CLIENT) as broker, asyncio.TaskGroup() as tasks:
        home = HomeOverMqtt(broker)
        listening = tasks.create_task(home.listen(), name="listening")
        await broker.subscribe("hulian/1/+/#", qos=1)
        await asyncio.sleep(SETTLED)
        yield home
        listening.cancel()
