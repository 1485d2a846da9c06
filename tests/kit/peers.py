"""An MQTT client that tells everything that happens to it: what it heard, how each publish ended, and when it was cut off."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from gateway.errors import LinkDown
from gateway.protocol.mqtt import BrokerAddress, Message
from gateway.protocol.mqtt.connection import Connection, Opening, Wanted, connect
from gateway.protocol.mqtt.message import NO_PROPERTIES, Will

NOT_AUTHORISED = 0x87


class Peer:
    """One connection."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.connection: Connection
        self._outcomes: dict[int, asyncio.Future[int]] = {}

    def take(self, message: Message) -> None:
        self.heard.append(message)

    def confirm(self, identifier: int, code: int) -> None:
        self._outcomes[identifier].set_result(code)

    async def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> int:
        """Return the reason code; over MQTT 3.1.1 there is none to tell refusal from success. LinkDown when it was cut off instead."""
        identifier = self.connection.send(topic, payload, 1, retain, NO_PROPERTIES)
        outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._outcomes[identifier] = outcome
        watching = asyncio.create_task(self.connection.ended())
        watching.add_done_callback(lambda _: outcome.done() or outcome.cancel())
        try:
            return await outcome
        except asyncio.CancelledError:
            if not watching.done():
                raise
            raise LinkDown(watching.result().reason) from None
        finally:
            watching.cancel()

    async def subscribe(self, *filters: str) -> dict[str, int]:
        """Return those that were refused."""
        return await self.connection.subscribe_all([(each, Wanted()) for each in filters])

    async def cut(self, seconds: float = 5.0) -> str:
        """Return why the connection ended; TimeoutError when it did not."""
        async with asyncio.timeout(seconds):
            return (await self.connection.ended()).reason

    def topics(self) -> set[str]:
        return {message.topic for message in self.heard}


@asynccontextmanager
async def peer(
    address: BrokerAddress,
    context: ssl.SSLContext | None = None,
    *,
    id: str | None = None,
    version: Literal["5", "3.1.1"] = "5",
    **more: Any,
) -> AsyncIterator[Peer]:
    will: Will | None = more.pop("will", None)
    known = Peer()
    opening = Opening(
        address=address, client_id=id or secrets.token_hex(8), version=version, will=will, keepalive=30, patience=5, context=context
    )
    known.connection = await connect(opening, known.take, known.confirm)
    try:
        yield known
    finally:
        await (known.connection.drop() if more.get("rude") else known.connection.close())
