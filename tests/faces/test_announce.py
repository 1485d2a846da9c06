"""What the gateway says of itself over mDNS, heard by an independent zeroconf on loopback."""

import asyncio
import os

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.faces.announce import announced

IDENTIFIER = f"hub-t{os.getpid()}"
WOT, COAP, MQTT = "_wot._udp.local.", "_coap._udp.local.", "_mqtt._tcp.local."


async def asked(service: str, patience: float) -> ServiceInfo | None:
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as ear:
        info = AsyncServiceInfo(service, f"{IDENTIFIER}.{service}")
        return info if await info.async_request(ear.zeroconf, patience * 1000) else None


def text(info: ServiceInfo) -> dict[str, str]:
    return {key: value or "" for key, value in info.decoded_properties.items()}


async def test_the_endpoints_are_announced_with_hints_only_and_withdrawn_at_the_end() -> None:
    async with announced(IDENTIFIER, interfaces=["127.0.0.1"], coap=("127.0.0.1", 5700), mqtt=("127.0.0.1", 1900), boot=258):
        wot, coap, mqtt = await asyncio.gather(*(asked(service, 20) for service in (WOT, COAP, MQTT)))
    assert wot is not None
    assert coap is not None
    assert mqtt is not None
    assert (wot.port, coap.port, mqtt.port) == (5700, 5700, 1900)
    assert {tuple(info.parsed_addresses()) for info in (wot, coap, mqtt)} == {("127.0.0.1",)}
    common = {"txtvers": "1", "id": IDENTIFIER, "lv": "1", "b": "2"}
    assert text(wot) == common | {"td": "/.well-known/wot", "type": "Directory", "scheme": "coap", "k": "gateway", "mq": "1"}
    assert text(coap) == common
    assert text(mqtt) == common | {"topic": f"hulian/1/{IDENTIFIER}"}
    assert await asked(WOT, 1) is None


@pytest.mark.parametrize(
    ("coap", "mqtt", "there", "not_there"), [(("127.0.0.1", 5700), None, WOT, MQTT), (None, ("127.0.0.1", 1900), MQTT, WOT)]
)
async def test_only_what_is_served_is_announced(
    coap: tuple[str, int] | None, mqtt: tuple[str, int] | None, there: str, not_there: str
) -> None:
    async with announced(IDENTIFIER, interfaces=["127.0.0.1"], coap=coap, mqtt=mqtt, boot=1):
        found = await asked(there, 20)
        assert found is not None
        assert text(found).get("mq", "0") == "0"
        assert await asked(not_there, 1) is None
