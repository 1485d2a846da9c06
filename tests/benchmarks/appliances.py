"""A thousand native plugs, as bytes: their Thing Descriptions and states on the broker."""

import json
from dataclasses import dataclass

from gateway.profile.library import Library
from gateway.profile.thing_description import thing_description
from gateway.protocol.forms import DeviceForms
from gateway.thing.description import Description
from tests.benchmarks.raw import RawClient

STAMP = "2026-11-22T00:31:57.120Z"


@dataclass
class Plug:
    device: str
    sequence: int = 1

    def state(self, watts: float) -> bytes:
        self.sequence += 1
        values = {"power": True, "powerDraw": watts, "energyTotal": 12.5, "ratedCurrent": 10, "powerOnState": "last", "feeds": None}
        return json.dumps(values | {"$": {"boot": 1, "seq": self.sequence, "ts": STAMP}}, separators=(",", ":")).encode()

    @property
    def topic(self) -> str:
        return f"hulian/1/{self.device}/self/s"


def plugs(count: int) -> list[Plug]:
    return [Plug(f"plug-{number:05d}") for number in range(count)]


def announce(client: RawClient, units: list[Plug]) -> None:
    """Put every plug on the broker, retained, as a native appliance does."""
    library = Library()
    model = library.model("plug")
    avail = json.dumps({"state": "online", "since": STAMP, "reason": ""}).encode()
    for unit in units:
        description = Description(id=unit.device, kind="plug", features=("ENR",), title=unit.device)
        forms = DeviceForms(unit.device, "self", "mqtt://127.0.0.1:1883", None)
        document = thing_description(model.instance(description), title=unit.device, forms=forms)
        root = f"hulian/1/{unit.device}/self"
        client.publish(f"{root}/td", json.dumps(document).encode(), retain=True)
        client.publish(f"{root}/avail", avail, retain=True)
        client.publish(f"{root}/s", unit.state(0.0), retain=True)
