"""What the gateway says about itself over mDNS, heard by zeroconf as an independent browser."""

import asyncio

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.drivers.native import DRIVER
from gateway.drivers.spi import Sighting
from gateway.faces.announce import announced


async def heard(service: str, instance: str) -> AsyncServiceInfo:
    async with asyncio.timeout(30):
        zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
        try:
            info = AsyncServiceInfo(service, f"{instance}.{service}")
            while not await info.async_request(zeroconf.zeroconf, 2000):
                pass
            return info
        finally:
            await zeroconf.async_close()


async def test_the_endpoints_are_announced_and_say_nothing_private() -> None:
    async with announced("hub-ann1", interfaces=["127.0.0.1"], coap=("127.0.0.1", 5701), mqtt=("127.0.0.1", 1901), boot=300):
        wot = await heard("_wot._udp.local.", "hub-ann1")
        mqtt = await heard("_mqtt._tcp.local.", "hub-ann1")
        coap = await heard("_coap._udp.local.", "hub-ann1")
    assert (wot.port, mqtt.port, coap.port) == (5701, 1901, 5701)
    assert wot.decoded_properties["td"] == "/.well-known/wot"
    assert wot.decoded_properties["type"] == "Directory"
    assert mqtt.decoded_properties["topic"] == "hulian/1/hub-ann1"
    assert wot.decoded_properties["b"] == str(300 % 256)
    assert set(wot.decoded_properties) <= {"txtvers", "id", "lv", "b", "td", "type", "scheme", "k", "mq"}


async def test_another_hub_does_not_take_it_for_an_appliance() -> None:
    async with announced("hub-ann2", interfaces=["127.0.0.1"], coap=("127.0.0.1", 5702), mqtt=None, boot=1):
        info = await heard("_wot._udp.local.", "hub-ann2")
    facts = {key: value or "" for key, value in info.decoded_properties.items()}
    assert DRIVER.recognise(Sighting(source="mdns", service="_wot._udp.local.", name="hub-ann2", facts=facts)) is None
