"""Devices behind Zigbee2MQTT, a bridge that describes them to the hub's broker and speaks for them."""

from gateway.drivers.zigbee2mqtt.driver import DRIVER

__all__ = ["DRIVER"]
