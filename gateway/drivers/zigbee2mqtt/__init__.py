"""Devices behind Zigbee2MQTT, a bridge that describes them to the hub's broker and speaks for them."""
