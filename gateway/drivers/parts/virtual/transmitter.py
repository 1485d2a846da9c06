"""What a wire brings for the transmitter it reaches."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from gateway.drivers.parts.virtual.burst import Burst
from gateway.thing.description import Description
from gateway.thing.value import Value


class Transmitter(Protocol):
    """One transmitter on its wire.

    `closed` ends with an error when the conversation is over, and never otherwise. All methods raise TimedOut when it does not answer,
    Offline when the conversation is over, DeviceFailure when it refuses.
    """

    closed: "asyncio.Future[None]"

    def describe(self) -> Description:
        """Return the transmitter itself."""
        ...

    async def ask(self) -> Mapping[str, Value]:
        """Ask for what tells that it lives, and return what it measures."""
        ...

    async def send(self, burst: Burst, again: int = 0, *, repeatable: bool = True) -> None:
        """Send a burst and return when it says it did; one that is not `repeatable` is said to it once only."""
        ...

    async def learn(self) -> None:
        """Begin to listen for the next burst, for half a minute."""
        ...

    async def heard(self) -> Burst | None:
        """Return the burst it has heard since, None while there is none."""
        ...
