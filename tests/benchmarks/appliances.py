"""A thousand native plugs, as bytes: their Thing Descriptions and states on the broker."""

import json
from dataclasses import dataclass, field

from gateway.profile.library import Library
from gateway.profile.thing_description import thing_description
from gateway.protocol.forms import DeviceForms
from gateway.thing.description import Description
from tests.benchmarks.raw import RawClient, publish_packet

STAMP = "2026-11-22T00:31:57.120Z"
HIGHEST = 4000


@dataclass
class Plug:
    """One plug; `topic` is where it says its state."""

    device: str
    sequence: int = 1
    topic: str = field(init=False)

    def __post_init__(self) -> None:
        self.topic = f"hulian/1/{self.device}/self/s"

    def state(self, watts: bytes) -> bytes:
        """Return the next state as the plug would send it."""
        self.sequence += 1
        return (
            b'{"power":true,"powerDraw":%b,"energyTotal":12.5,"ratedCurrent":10,"powerOnState":"last","feeds":"",'
            b'"$":{"boot":1,"seq":%d,"ts":"%b"}}' % (watts, self.sequence, STAMP.encode())
        )


class Watts:
    """Numbers that come round only every 8,000 messages, as they stand in JSON: by them a state is known again."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> bytes:
        """Return the next one."""
        self._count = (self._count + 1) % (2 * HIGHEST)
        return b"%.1f" % (self._count / 2)


def plugs(count: int) -> list[Plug]:
    return [Plug(f"plug-{number:05d}") for number in range(count)]


def announce(client: RawClient, units: list[Plug]) -> None:
    """Put every plug on the broker, retained and with QoS 1, as a native appliance does."""
    identifier = 0
    model = Library().model("plug")
    avail = json.dumps({"state": "online", "since": STAMP, "reason": ""}).encode()
    for unit in units:
        description = Description(id=unit.device, kind="plug", features=("ENR",), title=unit.device)
        forms = DeviceForms(unit.device, "self", "mqtt://127.0.0.1:1883", None)
        document = thing_description(model.instance(description), title=unit.device, forms=forms)
        root = f"hulian/1/{unit.device}/self"
        for topic, payload in ((f"{root}/td", json.dumps(document).encode()), (f"{root}/avail", avail), (unit.topic, unit.state(b"0.0"))):
            identifier = identifier % 65535 + 1
            client.socket.sendall(publish_packet(topic, payload, retain=True, identifier=identifier))
    client.drain(0.5)
