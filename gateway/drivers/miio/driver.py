"""The driver record for Xiaomi's devices on the LAN: a token each, which the owner gets once from the maker's cloud.

A device is known by its number (did), never by its address. What it is it says only to who has its token, so the kind of a device that was
found by a hello is known once it is paired. One whose model has no table is told so, and the person how to add one.
"""

from gateway.drivers.miio.finding import NAME, SERVICE, recognise, search
from gateway.drivers.miio.models import kinds_of
from gateway.drivers.miio.packet import PORT
from gateway.drivers.parts.later import opening, pairing
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name=NAME,
    title="Xiaomi on the LAN (miIO, MIoT)",
    kinds=kinds_of(),
    recognise=recognise,
    open=opening("gateway.drivers.miio.opening"),
    services=(SERVICE,),
    search=search,
    pair=pairing("gateway.drivers.miio.opening"),
    listens=(f"udp answers to a search on port {PORT}",),
)
