"""A broker of our own (being filled in: signatures are final)."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from gateway.protocol.mqtt.address import BrokerAddress
from gateway.thing.clock import Clock


class PrivateBroker:
    """A running broker."""

    @property
    def address(self) -> BrokerAddress:
        """Return where it listens."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """Return `mosquitto` or `amqtt`."""
        raise NotImplementedError

    async def wait_failed(self) -> str:
        """Return the reason once the broker is down for good: it would not come back after several starts."""
        raise NotImplementedError


def private_broker(host: str, port: int, folder: Path, clock: Clock) -> AbstractAsyncContextManager[PrivateBroker]:
    """Start a broker on `host`:`port` (0: any free one) with its configuration in `folder`; PortTaken, ExtraMissing, BrokerUnavailable."""
    raise NotImplementedError
