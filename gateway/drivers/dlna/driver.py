"""The driver record for DLNA media renderers: no cloud, nothing secret, nothing to pair.

A renderer is known by its unique name (UDN), never by where it stands on the network; its port changes when it starts anew.
"""

from pathlib import Path

from gateway.drivers.dlna.ear import PORT as EVENTS
from gateway.drivers.dlna.search import NAME, PORT, recognise, search
from gateway.drivers.parts.later import opening
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name=NAME,
    title="DLNA media renderers (UPnP)",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.dlna.opening"),
    search=search,
    listens=(f"udp answers to a search on port {PORT}", f"tcp port {EVENTS}, what renderers tell, while there are any"),
    clear="DLNA's HTTP",
)
