"""Who is there? msmart-ng's and midea-local's own searches by broadcast; nothing here knows Hulian.

python midea_search.py msmart INTERFACE
python midea_search.py midealocal

msmart-ng asks on an interface, for a host without a default route has no way to 255.255.255.255; midea-local asks each network's own
address.
"""

import asyncio
import json
import sys
from typing import Any


async def by_msmart() -> list[dict[str, Any]]:
    from msmart.discover import Discover  # noqa: PLC0415 - only the one that is asked for is there

    units = await Discover.discover(auto_connect=False, timeout=3, interface=sys.argv[2])
    return [{"id": unit.id, "address": unit.ip, "version": unit.version} for unit in units]


def by_midealocal() -> list[dict[str, Any]]:
    from midealocal.discover import discover  # noqa: PLC0415 - only the one that is asked for is there

    return [{"id": unit["device_id"], "address": unit["ip_address"], "version": unit["protocol"]} for unit in discover().values()]


print(json.dumps(asyncio.run(by_msmart()) if sys.argv[1] == "msmart" else by_midealocal()))
