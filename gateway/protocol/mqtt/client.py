"""The MQTT client every room uses (being filled in: signatures are final)."""

from collections.abc import Awaitable, Callable
from random import Random
from types import TracebackType
from typing import Literal, Self

from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.message import Handler, Properties, Will
from gateway.thing.clock import Clock

Version = Literal["5", "3.1.1", "auto"]


class MqttClient:
    """A supervised link to one broker; `async with` is its only lifetime."""

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        version: Version = "auto",
        will: Will | None = None,
        clock: Clock,
        random: Random,
        on_up: Callable[[], Awaitable[None]] | None = None,
        keepalive: int = 10,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Start connecting; return at once."""
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Send what waits for at most two seconds, disconnect cleanly (the will stays silent)."""
        raise NotImplementedError

    @property
    def connected(self) -> bool:
        """Return whether the link is up now."""
        raise NotImplementedError

    @property
    def version(self) -> str | None:
        """Return `"5"` or `"3.1.1"`, whichever is spoken; None before the first connect."""
        raise NotImplementedError

    @property
    def trouble(self) -> str:
        """Return why the link is down and what to do, empty while it is up."""
        raise NotImplementedError

    @property
    def discarded(self) -> int:
        """Return how many messages `publish_soon` could not take: the link was down, or the queue full."""
        raise NotImplementedError

    async def wait_connected(self, patience: float | None = None) -> None:
        """Return once up; raise BrokerUnavailable when the broker refuses us, or after `patience` seconds of trouble."""
        raise NotImplementedError

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties | None = None
    ) -> None:
        """Publish and return once the broker has it (QoS 1)."""
        raise NotImplementedError

    def publish_soon(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties | None = None) -> None:
        """Publish in order, without waiting."""
        raise NotImplementedError

    async def subscribe(self, filter: str, handler: Handler, *, qos: int = 1) -> None:
        """Call `handler` for every message that matches; remembered across reconnects."""
        raise NotImplementedError

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:
        """Forget one handler of `filter`, or all of them."""
        raise NotImplementedError
