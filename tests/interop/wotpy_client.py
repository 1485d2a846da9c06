"""wotpy as an ordinary client: fetches a Thing Description over CoAP and uses it; nothing here knows Hulian.

python wotpy_client.py coap://127.0.0.1:5683/d/DEVICE/td '{"read": "power", "write": ["targetTemperature", 23]}'
"""

import asyncio
import json
import sys

import aiocoap
from wotpy.protocols.coap.client import CoAPClient
from wotpy.wot.servient import Servient
from wotpy.wot.wot import WoT


async def main() -> None:
    url, plan = sys.argv[1], json.loads(sys.argv[2])
    context = await aiocoap.Context.create_client_context()
    answer = await context.request(aiocoap.Message(code=aiocoap.GET, uri=url, accept=50)).response
    servient = Servient(hostname="127.0.0.1", catalogue_port=None, clients=[CoAPClient()])
    thing = WoT(servient).consume(answer.payload.decode())
    seen = {}
    if "read" in plan:
        seen["read"] = await thing.read_property(plan["read"])
    if "write" in plan:
        await thing.write_property(*plan["write"])
        seen["wrote"] = await thing.read_property(plan["write"][0])
    if "refused" in plan:
        try:
            await thing.write_property(*plan["refused"])
        except Exception as error:  # noqa: BLE001 - whatever the client makes of it is what we look at
            seen["refused"] = f"{type(error).__name__}: {error}"
    if "invoke" in plan:
        seen["invoked"] = await thing.invoke_action(*plan["invoke"])
    print(json.dumps(seen))


asyncio.run(main())
