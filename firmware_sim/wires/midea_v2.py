"""A simulated Midea appliance of protocol version 2, which anybody on the LAN may command; see `midea.door` for its facts and quirks."""

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea.door import Door


class Wire(Door):
    """The wire of one unit."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        super().__init__(appliance, network, options, version=2)
