"""The private broker: a child process on loopback, started with the gateway and gone with it.

mosquitto when the machine has it, else amqtt (pure Python, MQTT 3.1.1 only) in a process of its own.
"""

from gateway.protocol.broker.private import PrivateBroker, private_broker

__all__ = ["PrivateBroker", "private_broker"]
