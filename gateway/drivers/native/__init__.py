"""Appliances that speak the profile themselves, over MQTT, CoAP or both.

A native appliance is its own root: `hulian/1/{id}/self/...` on the broker and `/d/self/...` on CoAP. Its id is the key
of its registration and its device id here; one id on both transports is one device. While the broker shows it online
the session speaks MQTT, else CoAP where an address is known, and it changes over when one of the two dies.
An appliance that was let in with a key of its own is spoken to under it (OSCORE), and never again in clear.
"""

from gateway.drivers.native.finding import SERVICE, recognise, search
from gateway.drivers.native.session import open_session
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name="native",
    title="Hulian-ready appliances",
    kinds=("*",),
    recognise=recognise,
    open=open_session,
    services=(SERVICE,),
    search=search,
    clear="CoAP without a key",
    keyed=True,
)
