"""python-miio as an ordinary client: finds devices, reads them, sets them, and can be timed; nothing here knows Hulian.

python miio_client.py discover [ADDRESS]              who is there; by broadcast without an address
python miio_client.py info ADDRESS TOKEN              what it says about itself, or {"error": ...}
python miio_client.py use ADDRESS TOKEN CLASS PLAN    its state before and after the calls of the plan: [["set_speed", 55], ["on"]]
python miio_client.py raw ADDRESS TOKEN PLAN          the plan with a plain MIoT device: [["get_property_by", 2, 1], ...]
python miio_client.py roundtrip ADDRESS TOKEN N       seconds of N rounds of setting 2.5 (or `speed`) and reading it back
"""

import enum
import json
import logging
import sys
import time
from typing import Any

from miio import AirConditionerMiot, AirPurifierMiot, ChuangmiPlug, Device, FanMiot, HeaterMiot, MiotDevice
from miio.exceptions import DeviceException
from miio.integrations.fan.dmaker.fan import FanP5
from miio.miioprotocol import MiIOProtocol

CLASSES = {each.__name__: each for each in (AirConditionerMiot, AirPurifierMiot, ChuangmiPlug, FanMiot, FanP5, HeaterMiot)}


class Found(logging.Handler):
    """The client tells of what it found by broadcast in its log only."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.found: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "token" in record.msg and "IP" in record.msg and isinstance(record.args, tuple):
            arguments: Any = record.args
            address, device, token = arguments
            self.found.append({"address": address, "did": int(device, 16), "token": token.decode()})


def discover(address: str | None = None) -> Any:
    if address is not None:
        said = MiIOProtocol.discover(address, timeout=5)
        return said and {"did": int.from_bytes(said.header.value.device_id, "big"), "token": said.checksum.hex()}
    log, heard = logging.getLogger("miio.miioprotocol"), Found()
    log.setLevel(logging.INFO)
    log.addHandler(heard)
    MiIOProtocol.discover(None, timeout=3)
    return heard.found


def info(address: str, token: str) -> dict[str, Any]:
    try:
        said = Device(address, token, timeout=1).info()
    except DeviceException as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"model": said.model, "mac": said.mac_address, "firmware": said.firmware_version, "address": said.ip_address}


def use(address: str, token: str, name: str, plan: str) -> dict[str, Any]:
    device = CLASSES[name](address, token)
    was = _plain(device.status().data)
    said = [_called(device, *step) for step in json.loads(plan)]
    return {"was": was, "said": said, "now": _plain(device.status().data)}


def raw(address: str, token: str, plan: str) -> list[Any]:
    device = MiotDevice(address, token, mapping={})
    return [_called(device, *step) for step in json.loads(plan)]


def roundtrip(address: str, token: str, rounds: str) -> list[float]:
    """Time rounds of one set and one read each, on a heater, a fan or an air conditioner of the newer dialect: its temperature or speed."""
    device = MiotDevice(address, token, mapping={})
    siid, piid, values = {"heater": (2, 5, (20, 21)), "aircondition": (2, 4, (20.0, 21.0)), "fan": (2, 6, (30, 40))}[
        device.info().model.split(".")[1]
    ]
    seconds = []
    for number in range(int(rounds)):
        wanted, begun = values[number % 2], time.perf_counter()
        device.set_property_by(siid, piid, wanted)
        (shown,) = device.get_property_by(siid, piid)
        seconds.append(time.perf_counter() - begun)
        assert shown["value"] == wanted, shown
    return seconds


def _called(device: Device, method: str, *arguments: Any) -> Any:
    try:
        return _plain(getattr(device, method)(*(_member(device, each) for each in arguments)))
    except DeviceException as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _member(device: Device, value: Any) -> Any:
    """Return the member of an enumeration of the client's, for a word such as `OperationMode.Heat`."""
    if not isinstance(value, str) or "." not in value:
        return value
    name, member = value.split(".")
    return getattr(sys.modules[type(device).__module__], name)[member]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value.name if isinstance(value, enum.Enum) else value


COMMANDS: dict[str, Any] = {"discover": discover, "info": info, "use": use, "raw": raw, "roundtrip": roundtrip}
print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
