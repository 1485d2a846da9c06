"""midea-local as an ordinary client: reads one Midea unit of any type and sets what it is told; nothing here knows Hulian.

python midea_kinds_client.py 127.0.0.2 6444 0xDB DEVICE-NUMBER '[["power", true], ["start", true]]' [TOKEN KEY]

Prints what it shows at first and after each setting, as JSON. `["wait", 10]` sets nothing and waits up to 10 s for something to change.
"""

import json
import sys
import time
from typing import Any

from midealocal.const import ProtocolVersion
from midealocal.devices import device_selector


def shown(device: Any) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes | bytearray) else value for name, value in device.attributes.items()}


def look_again(device: Any) -> None:
    """Ask until what is in the line is read: answers to settings and notices come before the answer to the last question."""
    for _ in range(4):
        time.sleep(0.05)
        device.refresh_status(check_protocol=True)


def wait(device: Any, seconds: float) -> None:
    """Look until something that was never asked for has come."""
    before, until = shown(device), time.monotonic() + seconds
    while shown(device) == before and time.monotonic() < until:
        look_again(device)


def main() -> None:
    address, port, kind, number, plan, *secrets = sys.argv[1:]
    token, key = secrets or ("", "")
    device = device_selector(
        name="judge",
        device_id=int(number),
        device_type=int(kind, 16),
        ip_address=address,
        port=int(port),
        token=token,
        key=key,
        device_protocol=ProtocolVersion.V3 if secrets else ProtocolVersion.V2,
        model="",
        subtype=0,
        customize="",
    )
    assert device.connect(check_protocol=True), "no connection"
    seen = [shown(device)]
    for name, value in json.loads(plan):
        if name == "wait":
            wait(device, value)
        else:
            device.set_attribute(name, value)
            look_again(device)
        seen.append(shown(device))
    device.close_socket()
    print(json.dumps(seen))


main()
