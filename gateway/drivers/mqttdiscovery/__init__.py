"""Devices that announce themselves to Home Assistant over the hub's broker: whatever firmware they have, read as they describe themselves.

A firmware keeps an announcement for each of its entities, or one for the whole device, under `homeassistant/`; each says on which topics
the device tells its state, on which it is asked, and by which small templates the messages are read. Tasmota has an announcement of its own
and is read too. What the hub itself announces there, and what other drivers know better, is left aside.
"""

from gateway.drivers.mqttdiscovery.driver import DRIVER

__all__ = ["DRIVER"]
