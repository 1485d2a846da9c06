"""midea-local as an ordinary client: finds the air conditioner at an address, reads it, sets a target; nothing here knows Hulian.

python midea_client.py 127.0.0.2 21.5 [TOKEN KEY] [--id NUMBER --port PORT --version VERSION]

Prints what it found, what it read and what it read after setting as JSON. A wrong token or key: {"authenticated": false}.
"""

import argparse
import json
import time
from typing import Any

from midealocal.const import ProtocolVersion
from midealocal.device import AuthException
from midealocal.devices import device_selector
from midealocal.discover import discover
from midealocal.exceptions import DataSignDoesntMatch


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("target", type=float)
    parser.add_argument("token", nargs="?", default="")
    parser.add_argument("key", nargs="?", default="")
    return parser.parse_args()


def shown(device: Any) -> dict[str, Any]:
    """Read the unit once and return what the library made of it."""
    device.refresh_status(check_protocol=True)
    names = ("power", "mode", "target_temperature", "indoor_temperature", "outdoor_temperature", "fan_speed")
    return {name: device.attributes[name] for name in names}


def eventually(device: Any, name: str, value: object) -> dict[str, Any]:
    for _ in range(50):
        if (state := shown(device))[name] == value:
            break
        time.sleep(0.05)
    return state


def main() -> None:
    asked = arguments()
    (found,) = discover(ip_address=asked.address).values()
    device = device_selector(
        name="",
        device_id=found["device_id"],
        device_type=found["type"],
        ip_address=found["ip_address"],
        port=found["port"],
        token=asked.token,
        key=asked.key,
        device_protocol=ProtocolVersion(found["protocol"]),
        model=found["model"],
        subtype=0,
        customize="",
    )
    told = {"found": found}
    try:
        told["connected"] = device.connect()
    except (AuthException, DataSignDoesntMatch):
        told["connected"] = False
    if told["connected"]:
        told["was"] = shown(device)
        device.set_attribute("target_temperature", asked.target)
        told["set"] = eventually(device, "target_temperature", asked.target)
        device.send_heartbeat()
        told["after a sign of life"] = shown(device)
    device.close_socket()
    print(json.dumps(told))


main()
