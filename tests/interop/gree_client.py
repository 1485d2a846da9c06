"""greeclimate as an ordinary client: finds units, reads them, sets them, and can be timed; nothing here knows Hulian.

python gree_client.py scan [ADDRESS...]                     who is there; by broadcast without an address
python gree_client.py use ADDRESS PORT MAC MID '{"set": {"mode": 4, "target_temperature": 22}}'
python gree_client.py roundtrip ADDRESS PORT MAC MID N      seconds of N rounds of setting and reading back
"""

import asyncio
import json
import sys
import time
from ipaddress import IPv4Address
from typing import Any

from greeclimate.device_factory import create_device
from greeclimate.deviceinfo import DeviceInfo
from greeclimate.discovery import Discovery
from greeclimate.network import Response

READ = ("power", "mode", "target_temperature", "current_temperature", "fan_speed", "vertical_swing", "quiet", "turbo", "light", "sleep",
        "power_save", "temperature_units", "horizontal_swing", "anion", "fresh_air", "xfan", "steady_heat", "target_humidity",
        "current_humidity", "water_full", "clean_filter", "dehumidifier_mode")  # fmt: skip
PATIENCE = 10


async def scan(addresses: list[str]) -> list[dict[str, object]]:
    """Return who answers."""
    discovery = Discovery()
    found = await discovery.scan(wait_for=2, target_addresses=[IPv4Address(address) for address in addresses] or None)
    discovery.close()
    return [{"ip": info.ip, "port": info.port, "mac": info.mac, "name": info.name, "mid": info.mid} for info in found]


class Client:
    """One device, asked until it answers."""

    def __init__(self, address: str, port: str, mac: str, mid: str) -> None:
        self.device = create_device(DeviceInfo(address, int(port), mac, "unit", mid=mid), bind_timeout=1)
        self.told, self.obeyed = asyncio.Event(), asyncio.Event()
        self.device.add_handler(Response.DATA, lambda _: self.told.set())
        self.device.add_handler(Response.RESULT, lambda _: self.obeyed.set())

    async def read(self, columns: list[str] | None = None) -> dict[str, object]:
        """Ask, wait for the answer, and return all it shows."""
        self.told.clear()
        await self.device.update_state(columns)
        await asyncio.wait_for(self.told.wait(), PATIENCE)
        seen = {name: getattr(self.device, name) for name in READ if hasattr(self.device, name)}
        return seen | {"raw": dict(self.device.raw_properties), "version": self.device.version}

    async def set(self, wanted: dict[str, Any]) -> None:
        """Set attributes of the library, or columns under `raw`, and wait for the answer."""
        self.obeyed.clear()
        for name, value in wanted.items():
            if name == "raw":
                for column, number in value.items():
                    self.device.set_property(column, number)
            else:
                setattr(self.device, name, value)
        await self.device.push_state_update()
        if wanted:
            await asyncio.wait_for(self.obeyed.wait(), PATIENCE)


async def use(address: str, port: str, mac: str, mid: str, plan: str) -> dict[str, object]:
    """Bind, read, set and read again."""
    client = Client(address, port, mac, mid)
    await client.device.bind()
    told = json.loads(plan)
    was = await client.read(told.get("columns"))
    await client.set(told.get("set", {}))
    now = await client.read(told.get("columns"))
    version = type(client.device.device_cipher).__name__
    client.device.close()
    return {"was": was, "now": now, "cipher": version}


async def roundtrip(address: str, port: str, mac: str, mid: str, rounds: str) -> list[float]:
    """Return the seconds of each round: a target set, and shown by the unit when asked."""
    client = Client(address, port, mac, mid)
    await client.device.bind()
    await client.read()
    seconds = []
    for turn in range(int(rounds)):
        begun = time.perf_counter()
        await client.set({"target_temperature": 20 + turn % 5})
        shown = await client.read()
        seconds.append(time.perf_counter() - begun)
        assert shown["target_temperature"] == 20 + turn % 5
    client.device.close()
    return seconds


async def main() -> None:
    what, *rest = sys.argv[1:]
    commands: dict[str, Any] = {"scan": lambda *addresses: scan(list(addresses)), "use": use, "roundtrip": roundtrip}
    answer = await commands[what](*rest)
    print(json.dumps(answer))


asyncio.run(main())
