"""A simulated device behind Zigbee2MQTT. All units of a home that name the same broker and base topic are devices of one bridge.

The bridge stands where its first unit does, and hangs on the same socket when that is its only one: with the power of the last unit it goes
without a word, and its last will says so. Loss, delay, silence and copies that come late are those of the radio between the two.

`options.facts`, all optional: `base` (the topic, `zigbee2mqtt`), `name` (the friendly name), `ieee`, `model` (see `zigbee2mqtt/models`),
`lost` (seconds until the bridge says that it is gone; minutes or a day in real life), `wakes` (seconds between two looks of a sleepy
device), `quirks`:

retains               what it shows is kept by the broker (`retain: true` among its options)
no-availability       the bridge does not tell whether it is there
legacy-availability   it tells so in a bare word, not in JSON
pessimistic           what is set is shown once the device has said it (`optimistic: false`)
ignores-set           what is set is taken, and shown by an optimistic bridge, and nothing is done
partial               only what moved is told (`cache_state: false`)
sleepy                what is set or asked for arrives when it wakes
stale                 what the broker keeps of it is the opposite of what is
no-state-at-start     the bridge has never heard of its state when it begins
"""

from types import TracebackType
from typing import Self

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.mqtt_link import Broker
from firmware_sim.wires.zigbee2mqtt.bridge import Bridge, bridge_of
from firmware_sim.wires.zigbee2mqtt.device import Device

BASE = "zigbee2mqtt"


class Wire:
    """The wire of one device; `device` is what its bridge knows of it, `bridge` the bridge while the wire is open."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self.device = Device(appliance, network, options.facts)
        self.bridge: Bridge | None = None
        self._base = str(options.facts.get("base", BASE))
        self._network = network
        self._url = options.broker or ""
        self._broker = None if options.broker is None else Broker.parse(options.broker, options.credentials)

    @property
    def port(self) -> int | None:
        """A client of a broker listens nowhere."""
        return None

    async def __aenter__(self) -> Self:
        if self._broker is not None:
            self.bridge = bridge_of(self._url, self._broker, self._base, self._network)
            await self.bridge.join(self.device)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bridge is not None:
            await self.bridge.leave(self.device, goodbye=self._network.goodbye)
