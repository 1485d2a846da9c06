"""What a test needs of a broker: some ask for mosquitto, because the one from PyPI speaks MQTT 3.1.1 only."""

import os
import signal

import pytest

from gateway.protocol.broker.mosquitto import find
from gateway.protocol.broker.private import PrivateBroker

needs_mosquitto = pytest.mark.skipif(
    find() is None, reason="mosquitto is not installed (apt install mosquitto); the broker from PyPI speaks MQTT 3.1.1 only"
)
slow_without_mosquitto = pytest.mark.skipif(
    find() is None,
    reason="mosquitto is not installed (apt install mosquitto); its stand-in takes five seconds to start for each of these",
)


def signalled(broker: PrivateBroker, how: signal.Signals) -> None:
    """Send the broker's process a signal; its id is 0 while none runs, and 0 would mean the tests themselves."""
    assert broker.pid > 0, "the broker does not run"
    os.kill(broker.pid, how)
