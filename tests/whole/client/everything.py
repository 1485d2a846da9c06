"""Somebody's script: sets one thing on every device it knows how to, by kind alone, and tells what it saw; over MQTT or over CoAP.

    python -m tests.whole.client.everything mqtt://127.0.0.1:1883        (or coap://127.0.0.1:5683)

It knows the standard's kinds and nothing else. The output is JSON: device to what was so before, after, and after setting it back.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

SETTLES, PATIENCE = 0.2, 30.0


def wish(described: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the writes to try on a device, there and back, by what its description lets one write."""
    writable = {name: each for name, each in described["properties"].items() if not each.get("readOnly")}
    if "power" in writable:
        return [("power", True), ("power", False), ("power", True)]
    if "volume" in writable:
        return [("volume", 20), ("volume", 30)]
    return []


async def driven(home: Any, device: str, described: Mapping[str, Any], prefix: str) -> list[Any]:
    """Do what can be done with a device, and return the story."""
    story: list[Any] = [described["hl:kind"]]
    for number, (name, value) in enumerate(wish(described)):
        ack = await home.command(device, "writeproperty", name, value, f"{prefix}-{device}-{number}")
        story.append([name, value, ack["state"], await _shown(home, device, name, value)])
    return story


async def _shown(home: Any, device: str, name: str, value: Any) -> Any:
    """Return what the device shows, given a moment to show what was asked."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(25):
            if (now := (await home.state(device)).get(name)) == value:
                break
            await asyncio.sleep(SETTLES)
        return now


async def main(url: str) -> None:
    """Come in, drive everything, and print what was seen."""
    scheme = url.partition(":")[0]
    if scheme == "mqtt":
        from tests.whole.client.over_mqtt import home_over_mqtt as entered  # noqa: PLC0415 - one needs aiomqtt, the other aiocoap
    else:
        from tests.whole.client.over_coap import home_over_coap as entered  # type: ignore[assignment]  # noqa: PLC0415 - likewise
    async with entered(url) as home:
        devices = await home.devices()
        stories = await asyncio.gather(*(driven(home, device, described, scheme) for device, described in devices.items()))
    print(json.dumps(dict(zip(devices, stories, strict=True))))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
