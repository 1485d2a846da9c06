"""pydaikin as an ordinary client: finds adapters, reads them, sets them; nothing here knows Hulian.

python daikin_client.py scan [ADDRESS]                 who is there; by broadcast without an address
python daikin_client.py use ADDRESS[:PORT] PLAN...     read, then do each plan and read again

A plan is JSON: {"set": {"mode": "hot", "stemp": "22.0"}}, {"special": ["powerful", "on"]}, {"streamer": "on"}, {"holiday": "on"},
{"raw": ["aircon/set_control_info", {"pow": "1"}]}.
"""

import asyncio
import json
import sys
from typing import Any

from aiohttp import ClientSession
from pydaikin.daikin_brp069 import DaikinBRP069
from pydaikin.discovery import Discovery
from pydaikin.factory import DaikinFactory

READ = ("pow", "mode", "stemp", "f_rate", "f_dir", "adv", "htemp", "otemp", "cmpfreq", "err", "en_hol", "mac", "name", "ver", "model")


def seen(device: DaikinBRP069) -> dict[str, object]:
    """Return what it has read, in its own words and in the wire's."""
    values = {name: device.values.get(name) for name in READ}
    words = {name: device.represent(name)[1] for name in ("mode", "f_rate", "f_dir", "adv") if name in device.values}
    measured = {"inside": device.inside_temperature, "outside": device.outside_temperature, "target": device.target_temperature}
    return {"class": type(device).__name__, "values": values, "words": words, **measured}


async def use(where: str, plans: list[str]) -> list[dict[str, object]]:
    """Return what it reads before the first plan and after each."""
    async with ClientSession() as session:
        device = await DaikinFactory(where, session)
        shown = [seen(device)]
        for plan in map(json.loads, plans):
            answer = await done(device, plan)
            device.values._last_update_by_resource.clear()  # it would believe for a quarter of an hour
            await device.update_status(["aircon/get_control_info", "aircon/get_sensor_info"])
            shown.append(seen(device) | {"answer": answer})
    return shown


async def done(device: DaikinBRP069, plan: dict[str, Any]) -> object:
    if "set" in plan:
        return await device.set(plan["set"])
    if "special" in plan:
        return await device.set_advanced_mode(*plan["special"])
    if "streamer" in plan:
        return await device.set_streamer(plan["streamer"])
    if "holiday" in plan:
        return await device.set_holiday(plan["holiday"])
    return await device._get_resource(*plan["raw"])


def main() -> None:
    command, *words = sys.argv[1:]
    found = list(Discovery().poll(ip=words[0] if words else None)) if command == "scan" else asyncio.run(use(words[0], words[1:]))
    print(json.dumps(found))


main()
