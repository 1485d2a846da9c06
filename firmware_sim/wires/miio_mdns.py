"""How a Xiaomi device announces itself: `_miio._udp` over mDNS, under a name that says its model and its number.

    zhimi-airpurifier-mb3_miio123456789._miio._udp.local.

That is all it tells to everybody; what else stands in its TXT record (`epoch`, `mac`) is from memory.
"""

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.mdns import Announced
from firmware_sim.wires.miio.identity import identity_of
from firmware_sim.wires.miio.sheet import sheet_for
from firmware_sim.wires.miio_lan import PORT

SERVICE = "_miio._udp.local."


class Wire(Announced):
    """The announcement of one device."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        identity = identity_of(appliance.identifier, options.facts)
        model = sheet_for(appliance.kind, options.facts.get("model")).model
        name = f"{model.replace('.', '-')}_miio{identity.device}"
        told = {"epoch": "1", "mac": identity.mac.replace(":", "").lower()}
        super().__init__(appliance, network, options, service=SERVICE, name=name, host=name, port=PORT, told=told)
