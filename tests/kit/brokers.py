"""What a test needs of a broker: some ask for mosquitto, because the one from PyPI speaks MQTT 3.1.1 only."""

import pytest

from gateway.protocol.broker.mosquitto import find

needs_mosquitto = pytest.mark.skipif(
    find() is None, reason="mosquitto is not installed (apt install mosquitto); the broker from PyPI speaks MQTT 3.1.1 only"
)
slow_without_mosquitto = pytest.mark.skipif(
    find() is None,
    reason="mosquitto is not installed (apt install mosquitto); its stand-in takes five seconds to start for each of these",
)
