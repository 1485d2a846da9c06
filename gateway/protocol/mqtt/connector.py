"""How a connection is made: in MQTT 5 if the broker speaks it, else in 3.1.1.

A broker that knows only 3.1.1 may refuse a MQTT 5 CONNECT, hang up, or never answer (amqtt): so `auto` waits three
seconds, tries 3.1.1 at once, and stays with it when that works.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Literal

from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.connection import ConnectFailed, Connection, Opening, connect
from gateway.protocol.mqtt.dial import tls_context
from gateway.protocol.mqtt.message import Message, Will

Version = Literal["5", "3.1.1", "auto"]
_PATIENCE = 10.0
_TRYING_PATIENCE = 3.0
"""Seconds to wait for the answer to a CONNECT; the second where another version is tried after it."""


class Connector:
    """Makes connections with one identity to one broker and remembers the version that worked."""

    def __init__(self, address: BrokerAddress, *, client_id: str, version: Version, will: Will | None, keepalive: int) -> None:
        self.address = address
        self.spoken: Literal["5", "3.1.1"] | None = None
        """The version of the last connection."""
        self._client_id = client_id + address.suffix
        self._version = version
        self._will = will
        self._keepalive = keepalive
        self._context: ssl.SSLContext | None = None

    async def prepare(self) -> None:
        """Read the certificates; ConfigurationInvalid."""
        if self.address.tls:
            self._context = await asyncio.to_thread(tls_context, self.address)

    async def connect(self, on_message: Callable[[Message], None], on_confirmed: Callable[[int, int], None]) -> Connection:
        """Return an open connection; ConnectFailed."""
        if self._version != "auto" or self.spoken == "3.1.1":
            return await self._attempt("3.1.1" if self._version == "auto" else self._version, _PATIENCE, on_message, on_confirmed)
        try:
            return await self._attempt("5", _TRYING_PATIENCE, on_message, on_confirmed)
        except ConnectFailed as failure:
            if not failure.unspoken:
                raise
        return await self._attempt("3.1.1", _PATIENCE, on_message, on_confirmed)

    async def _attempt(
        self,
        version: Literal["5", "3.1.1"],
        patience: float,
        on_message: Callable[[Message], None],
        on_confirmed: Callable[[int, int], None],
    ) -> Connection:
        opening = Opening(
            address=self.address,
            client_id=self._client_id,
            version=version,
            will=self._will,
            keepalive=self._keepalive,
            patience=patience,
            context=self._context,
        )
        connection = await connect(opening, on_message, on_confirmed)
        self.spoken = version
        return connection
