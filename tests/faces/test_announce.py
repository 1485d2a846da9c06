"""What the gateway says of itself over mDNS, heard by an independent zeroconf on loopback."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from gateway.faces.announce import CLOSED, CODE, OPEN, Endpoints, announced
from gateway.thing.clock import SystemClock

IDENTIFIER = f"hub-t{os.getpid()}"
WOT, COAP, MQTT, MQTTS = "_wot._udp.local.", "_coap._udp.local.", "_mqtt._tcp.local.", "_secure-mqtt._tcp.local."


async def asked(service: str, patience: float) -> ServiceInfo | None:
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as ear:
        info = AsyncServiceInfo(service, f"{IDENTIFIER}.{service}")
        return info if await info.async_request(ear.zeroconf, patience * 1000) else None


def text(info: ServiceInfo) -> dict[str, str]:
    return {key: value or "" for key, value in info.decoded_properties.items()}


def saying(endpoints: Endpoints, pairing: Callable[[], str] = lambda: OPEN, boot: int = 1) -> AbstractAsyncContextManager[None]:
    return announced(IDENTIFIER, endpoints, boot=boot, pairing=pairing, clock=SystemClock())


async def test_the_endpoints_are_announced_with_hints_only_and_withdrawn_at_the_end() -> None:
    async with saying(Endpoints(addresses=["127.0.0.1"], coap=5700, mqtt=1900), boot=258):
        wot, coap, mqtt = await asyncio.gather(*(asked(service, 20) for service in (WOT, COAP, MQTT)))
    assert wot is not None
    assert coap is not None
    assert mqtt is not None
    assert (wot.port, coap.port, mqtt.port) == (5700, 5700, 1900)
    assert {tuple(info.parsed_addresses()) for info in (wot, coap, mqtt)} == {("127.0.0.1",)}
    common = {"txtvers": "1", "id": IDENTIFIER, "lv": "1", "b": "2", "pr": "0"}
    assert text(wot) == common | {"td": "/.well-known/wot", "type": "Directory", "scheme": "coap", "k": "gateway", "mq": "1"}
    assert text(coap) == common
    assert text(mqtt) == common | {"topic": f"hulian/1/{IDENTIFIER}"}
    assert await asked(WOT, 1) is None


@pytest.mark.parametrize(
    ("endpoints", "there", "not_there"),
    [
        (Endpoints(addresses=["127.0.0.1"], coap=5700), WOT, MQTT),
        (Endpoints(addresses=["127.0.0.1"], mqtt=1900), MQTT, WOT),
        (Endpoints(addresses=["127.0.0.1"], mqtts=8883), MQTTS, MQTT),
    ],
)
async def test_only_what_is_served_is_announced(endpoints: Endpoints, there: str, not_there: str) -> None:
    async with saying(endpoints):
        found = await asked(there, 20)
        assert found is not None
        assert text(found).get("mq", "0") == "0"
        assert await asked(not_there, 1) is None


async def test_it_says_when_somebody_can_pair_and_when_no_longer() -> None:
    now = CLOSED
    async with saying(Endpoints(addresses=["127.0.0.1"], mqtts=8883), pairing=lambda: now):
        for now in (CLOSED, CODE, CLOSED):
            async with asyncio.timeout(20):
                while (found := await asked(MQTTS, 5)) is None or text(found)["pr"] != now:
                    await asyncio.sleep(0.1)
