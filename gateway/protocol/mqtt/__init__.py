"""MQTT as the rooms above see it: an address, messages, and one client that is always there and mostly connected.

`MqttClient` keeps its link up by itself. It remembers subscriptions, calls `on_up` after every connect (there the owner
publishes what is true now) and never replays what waited while the link was down. The protocol itself is our own:
`packets` and `properties` are its bytes, `splitter` cuts them out of the stream, `connection` is one conversation.
"""

from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.client import MqttClient, Version
from gateway.protocol.mqtt.message import Handler, Message, Properties, Will

__all__ = ["BrokerAddress", "Handler", "Message", "MqttClient", "Properties", "Version", "Will"]
