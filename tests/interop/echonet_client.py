"""pychonet as an ordinary client: finds nodes by multicast or by address, reads and sets their objects; nothing here knows Hulian.

python echonet_client.py LOCAL_ADDRESS '{"find": 2}'     waits until two nodes answered the group
python echonet_client.py LOCAL_ADDRESS '{"node": "127.0.0.2", "class": "0130", "read": ["B3"], "set": {"B3": "16"}}'

Prints what it saw as JSON. Values are as the client reads them; what is set is bytes in hexadecimal. `call` names methods of the client.
"""

import asyncio
import json
import sys
from typing import Any

from pychonet import ECHONETAPIClient, Factory
from pychonet.lib.const import ENL_GETMAP, ENL_SETMAP
from pychonet.lib.udpserver import UDPServer

PORT = 3610
STEPS = 100


async def look(client: ECHONETAPIClient, plan: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    if "find" in plan:
        seen["found"] = await find(client, plan["find"])
    if "node" in plan:
        seen |= await visit(client, plan["node"], plan)
    return seen


async def find(client: ECHONETAPIClient, wanted: int) -> dict[str, list[str]]:
    found: set[str] = set()

    async def new(host: str) -> None:
        found.add(host)

    client.configure(discover_callback=new)
    for step in range(STEPS):
        if step % 10 == 0:
            await client.discover()
        if len(found) >= wanted:
            break
        await asyncio.sleep(0.1)
    return {host: await objects(client, host) for host in sorted(found)}


async def objects(client: ECHONETAPIClient, host: str) -> list[str]:
    for _ in range(5):
        await client.discover(host)
        for _ in range(STEPS):
            if client.state[host].get("discovered"):
                return [
                    f"{group:02x}{kind:02x}{number:02x}"
                    for group, kinds in client.state[host]["instances"].items()
                    for kind, numbers in kinds.items()
                    for number in numbers
                ]
            await asyncio.sleep(0.02)
    return []


async def visit(client: ECHONETAPIClient, host: str, plan: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {"objects": await objects(client, host), "maker": client.state[host].get("manufacturer")}
    group, kind = bytes.fromhex(plan["class"])
    number = plan.get("instance", 1)
    await client.getAllPropertyMaps(host, group, kind, number)
    thing = Factory(host, client, group, kind, number)
    maps = client.state[host]["instances"][group][kind][number]
    seen["as"] = type(thing).__name__
    seen["maps"] = {"get": sorted(maps[ENL_GETMAP]), "set": sorted(maps[ENL_SETMAP])}
    seen["read"] = await read(thing, plan.get("read", ()))
    seen["set"] = {code: await thing.setMessage(int(code, 16), int(data, 16), len(data) // 2) for code, data in plan.get("set", {}).items()}
    seen["called"] = [await getattr(thing, name)(*arguments) for name, *arguments in plan.get("call", ())]
    seen["after"] = await read(thing, plan.get("read", ()))
    return seen


async def read(thing: Any, codes: list[str]) -> dict[str, Any]:
    values = await thing.update([int(code, 16) for code in codes]) if codes else {}
    if len(codes) == 1:
        values = {int(codes[0], 16): values}
    return {f"{code:02X}": value for code, value in (values or {}).items()}


async def main() -> None:
    local, plan = sys.argv[1], json.loads(sys.argv[2])
    server = UDPServer(local_ip="127.0.0.1" if local.startswith("127.") else local)
    server.run(local, PORT, asyncio.get_running_loop())
    client = ECHONETAPIClient(server)
    client.configure(logger=lambda *_: None)
    print(json.dumps(await look(client, plan)))
    server.close()


asyncio.run(main())
