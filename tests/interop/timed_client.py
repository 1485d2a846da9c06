"""msmart-ng and pychonet as ordinary clients that are timed: set a target, read it back; nothing here knows Hulian.

python timed_client.py midea ADDRESS N [TOKEN KEY]     seconds of N rounds of setting and reading back
python timed_client.py echonet LOCAL_ADDRESS ADDRESS N

pychonet looks every tenth of a second whether an answer has come: its figures are mostly that.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from msmart.device import AirConditioner
from msmart.discover import Discover
from pychonet import ECHONETAPIClient, Factory
from pychonet.lib.udpserver import UDPServer

TARGETS = (20, 21, 22, 23, 24)
TARGET, PORT, AIR_CONDITIONER = 0xB3, 3610, (0x01, 0x30)


async def midea(address: str, rounds: str, token: str = "", key: str = "") -> list[float]:
    found = await Discover.discover_single(address, auto_connect=False)
    appliance = AirConditioner(ip=found.ip, port=found.port, device_id=found.id)
    if token:
        await appliance.authenticate(token, key)
    await appliance.get_capabilities()
    await appliance.refresh()
    seconds = []
    for turn in range(int(rounds)):
        begun, target = time.perf_counter(), TARGETS[turn % len(TARGETS)]
        appliance.target_temperature = float(target)
        await appliance.apply()
        await appliance.refresh()
        seconds.append(time.perf_counter() - begun)
        assert appliance.target_temperature == target
    return seconds


async def echonet(local: str, address: str, rounds: str) -> list[float]:
    server = UDPServer(local_ip="127.0.0.1")
    server.run(local, PORT, asyncio.get_running_loop())
    client = ECHONETAPIClient(server)
    client.configure(logger=lambda *_: None)
    await client.discover(address)
    while not client.state[address].get("discovered"):
        await asyncio.sleep(0.02)
    await client.getAllPropertyMaps(address, *AIR_CONDITIONER, 1)
    thing = Factory(address, client, *AIR_CONDITIONER, 1)
    seconds = []
    for turn in range(int(rounds)):
        begun, target = time.perf_counter(), TARGETS[turn % len(TARGETS)]
        await thing.setMessage(TARGET, target, 1)
        shown = await thing.update([TARGET])
        seconds.append(time.perf_counter() - begun)
        assert int(shown) == target
    server.close()
    return seconds


CLIENTS: Mapping[str, Callable[..., Awaitable[list[float]]]] = {"midea": midea, "echonet": echonet}


async def main() -> None:
    what, *rest = sys.argv[1:]
    print(json.dumps(await CLIENTS[what](*rest)))


asyncio.run(main())
