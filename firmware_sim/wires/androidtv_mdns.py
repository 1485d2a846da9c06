"""How a box announces its remote service: `_androidtvremote2._tcp` over mDNS, under the name its owner gave it, with its address (`bt`).

The type is a letter longer than the standard allows, and so it is announced all the same. With the quirk `vanishes-when-off` a box is heard
only while it is on.
"""

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.androidtv.box import box_of
from firmware_sim.wires.androidtv_remote import PORT
from firmware_sim.wires.mdns import Announced

SERVICE = "_androidtvremote2._tcp.local."


class Wire(Announced):
    """The announcement of one box."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        box = box_of(appliance, options.facts)
        name = str(options.facts.get("name", f"{box.model} {box.mac[-2:]}"))
        host = f"android-{box.mac.replace(':', '').lower()}"
        super().__init__(appliance, network, options, service=SERVICE, name=name, host=host, port=PORT, told={"bt": box.mac})
        self._hidden_when_off = "vanishes-when-off" in options.facts.get("quirks", ())

    @property
    def silent(self) -> bool:
        """Whether nobody hears it at the moment."""
        return super().silent or (self._hidden_when_off and not self._appliance.values()["power"])
