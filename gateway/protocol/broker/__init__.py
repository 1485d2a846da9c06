"""The private broker: a child process on loopback, started with the gateway and gone with it."""

from gateway.protocol.broker.private import PrivateBroker, private_broker

__all__ = ["PrivateBroker", "private_broker"]
