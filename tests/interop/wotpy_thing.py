"""A Thing made with wotpy, served over CoAP: python wotpy_thing.py PORT. Says its description when it answers."""

import asyncio
import json
import sys

from wotpy.protocols.coap.server import CoAPServer
from wotpy.wot.servient import Servient
from wotpy.wot.td import ThingDescription

TD = {
    "@context": ["https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1"],
    "securityDefinitions": {"nosec": {"scheme": "nosec"}},
    "security": ["nosec"],
    "id": "urn:dev:wot:example:lamp",
    "title": "lamp",
    "properties": {
        "level": {"type": "integer", "minimum": 0, "maximum": 100, "observable": True},
        "colour": {"type": "string", "enum": ["red", "green"], "readOnly": True},
    },
    "actions": {"blink": {"input": {"type": "integer", "minimum": 1, "maximum": 5}}},
    "events": {"burnt": {"data": {"type": "string"}}},
}


async def main() -> None:
    servient = Servient(catalogue_port=None, hostname="127.0.0.1")
    servient.add_server(CoAPServer(port=int(sys.argv[1])))
    wot = await servient.start()
    thing = wot.produce(json.dumps(TD))
    await thing.properties["level"].write(30)
    thing.expose()
    servient.refresh_forms()
    print(json.dumps({"ready": True, "td": ThingDescription.from_thing(thing.thing).to_dict()}), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
