"""The driver record for ESPHome nodes: no cloud; the key stands in the configuration that the node's owner made it from.

A node is known by the MAC of its radio, never by its name or address. It says itself what it has, so what it is here follows from that;
when its program is changed it says something else at the next connection, and is described anew.
"""

from gateway.drivers.esphome.search import NAME, SERVICE, recognise, search
from gateway.drivers.parts.later import opening, pairing
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name=NAME,
    title="ESPHome nodes (native API)",
    kinds=("*",),
    recognise=recognise,
    open=opening("gateway.drivers.esphome.opening"),
    services=(SERVICE,),
    search=search,
    pair=pairing("gateway.drivers.esphome.opening"),
    clear="ESPHome's API without an encryption key",
)
