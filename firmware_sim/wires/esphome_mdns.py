"""How an ESPHome node announces itself: `_esphomelib._tcp` under its own name, with its MAC, its program and whether it has a key."""

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome.identity import SUITE, identity_of
from firmware_sim.wires.esphome.node import node_sheet
from firmware_sim.wires.esphome_api import PORT
from firmware_sim.wires.mdns import Announced

SERVICE = "_esphomelib._tcp.local."


class Wire(Announced):
    """The announcement of one node."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        identity = identity_of(appliance.identifier, options.facts)
        node = node_sheet(appliance.kind, options.facts.get("node"))["node"]
        told = {
            "friendly_name": node.get("friendly_name"),
            "version": node.get("esphome_version"),
            "mac": identity.compact,
            "platform": "ESP32",
            "board": node.get("board"),
            "network": "wifi",
            "project_name": node.get("project_name"),
            "project_version": node.get("project_version"),
            "api_encryption": SUITE if identity.key else None,
        }
        known = {name: value for name, value in told.items() if value}
        super().__init__(appliance, network, options, service=SERVICE, name=identity.name, host=identity.name, port=PORT, told=known)
