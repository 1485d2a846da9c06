"""The driver record for televisions and set-top boxes with Google's remote service: no cloud, a code from the screen once.

A box is known by the address of its Bluetooth radio, which it announces and which stands in its certificate, never by where it is on the
network. What the vault keeps of a pairing is the hub's certificate for that box alone (`pairing`).
"""

from pathlib import Path

from gateway.drivers.androidtv.search import NAME, SERVICE, recognise, search
from gateway.drivers.parts.later import opening, pairing
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name=NAME,
    title="Android TV and Google TV (remote service, version 2)",
    kinds=kind_names(Path(__file__).parent / "kinds"),
    recognise=recognise,
    open=opening("gateway.drivers.androidtv.opening"),
    services=(SERVICE,),
    search=search,
    pair=pairing("gateway.drivers.androidtv.opening"),
)
