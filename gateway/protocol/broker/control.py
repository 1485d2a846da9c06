"""The broker's control topic: a link of its own, for as long as the child lives, over which rights change at once."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final, Self

import orjson

from gateway.errors import LinkDown
from gateway.protocol.broker.rights import CONTROL_TOPIC, Document
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.connection import Connection, Opening, Wanted, connect
from gateway.protocol.mqtt.message import NO_PROPERTIES, Message

_PATIENCE: Final = 3.0
"""Seconds for an answer: a client that is put out must be deaf within five."""
_KEEPALIVE: Final = 30
_HARMLESS: Final = frozenset({"Client not found", "Role not found"})


class Control:
    """Sends commands to the plugin, one batch after the other, and waits for what it says."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._answer: asyncio.Future[bytes] | None = None
        self._connection: Connection

    @classmethod
    async def open(cls, address: BrokerAddress) -> Self:
        """Connect; LinkDown."""
        control = cls()
        name = f"control-{secrets.token_hex(16)}"
        opening = Opening(address=address, client_id=name, version="5", will=None, keepalive=_KEEPALIVE, patience=_PATIENCE, context=None)
        control._connection = await connect(opening, control._hear, lambda _, __: None)
        if await control._connection.subscribe_all([(f"{CONTROL_TOPIC}/response", Wanted())]):
            await control._connection.drop()
            raise LinkDown("the broker lets nobody change rights: is its dynamic security plugin loaded?")
        return control

    async def do(self, commands: Sequence[Document]) -> None:
        """Have commands done; LinkDown when the broker does not say that they are."""
        async with self._lock:
            self._answer = asyncio.get_running_loop().create_future()
            self._connection.send(CONTROL_TOPIC, orjson.dumps({"commands": commands}), 1, False, NO_PROPERTIES)
            try:
                async with asyncio.timeout(_PATIENCE):
                    answer = await self._answer
            except TimeoutError as error:
                raise LinkDown("the broker does not answer on its control topic") from error
        refused = [said for said in orjson.loads(answer)["responses"] if said.get("error", "") not in {"", *_HARMLESS}]
        if refused:
            raise LinkDown(f"the broker refuses a change of rights: {refused[0]['command']}: {refused[0]['error']}")

    async def drop(self) -> None:
        """Hang up."""
        await self._connection.drop()

    def _hear(self, message: Message) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(message.payload)
