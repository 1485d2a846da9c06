"""msmart-ng as an ordinary client: finds the air conditioner at an address, reads its target, sets another; nothing here knows Hulian.

The unit serves one client and throws out the older one, so a wish may be lost: it is looked for, and said again, as a person would.

python msmart_client.py 127.0.0.2 27.5
"""

import asyncio
import json
import sys

from msmart.device import AirConditioner
from msmart.discover import Discover


async def main() -> None:
    found = await Discover.discover_single(sys.argv[1], auto_connect=False)
    appliance = AirConditioner(ip=found.ip, port=found.port, device_id=found.id)
    await appliance.refresh()
    was = appliance.target_temperature
    for _ in range(3):  # `apply` swallows a lost connection, and then what it calls its target is only what it wished for
        appliance.target_temperature = float(sys.argv[2])
        await appliance.apply()
        await appliance.refresh()
        if appliance.target_temperature == float(sys.argv[2]):
            break
    print(json.dumps({"was": was, "set": appliance.target_temperature}))


asyncio.run(main())
