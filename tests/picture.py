"""`make picture`: docs/demo.svg, drawn from a demo that really runs."""

import re
import tempfile
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group, RenderableType
from rich.text import Text

from gateway.cli.output import devices_table
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop

HOME = "city-flat"
FONT = re.compile(r"@font-face \{.*?\}\n", re.DOTALL)
"""The web fonts rich would name: a picture of ours fetches nothing."""


def live_up(demo: Demo) -> None:
    for kind, values in (
        ("air-conditioner", {"power": True, "mode": "cool", "targetTemperature": 24}),
        ("light", {"power": True, "brightness": 60}),
        ("set-top-box", {"channel": 8}),
        ("uhd-tv", {"power": True, "volume": 24}),
        ("range-hood", {"power": True, "fanMode": "high"}),
        ("air-purifier", {"power": True, "mode": "auto"}),
        ("curtain", {"position": 60}),
    ):
        demo.call("command", device=demo.device(kind), operation="writemultipleproperties", input=values)
    demo.simulator(do="advance", unit=demo.unit("air-conditioner"), seconds=600)
    eventually(lambda: demo.state(demo.device("air-conditioner")).get("operatingState") == "cooling", "cooling", 60)
    time.sleep(2)


def draw(demo: Demo) -> str:
    status, answer = demo.call("status"), demo.call("devices")
    devices = sorted(answer["devices"], key=lambda device: (str(device["room"]), str(device["id"])))
    ac = demo.device("air-conditioner")
    lines: list[RenderableType] = [
        Text(f"Hulian 互联  {status['gateway']}   {len(devices)} of {len(devices)} appliances online   physics x30", style="bold"),
        devices_table(devices, compact=True),
        Text("mqtt://127.0.0.1:1883 (mosquitto)   coap://127.0.0.1:5683", style="dim"),
        Text("Paste into another terminal:"),
        Text("  hulian watch", style="cyan"),
        Text(f"  hulian set {ac} targetTemperature 22", style="cyan"),
        Text(f"  mosquitto_sub -v -t 'hulian/1/{status['gateway']}/{ac}/#'", style="cyan"),
        Text("Ctrl-C stops everything.", style="dim"),
    ]
    with tempfile.TemporaryFile("w") as nowhere:
        console = Console(record=True, width=124, file=nowhere, force_terminal=True)
        console.print(Group(*lines))
        return console.export_svg(title="make run", code_format=FONT.sub("", CONSOLE_SVG_FORMAT))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="hulian-picture-") as folder:
        demo = start_demo(Path(folder), "--home", HOME, "--speed", "30")
        try:
            live_up(demo)
            picture = draw(demo)
        finally:
            stop(demo.process)
    target = ROOT / "docs" / "demo.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text(picture)


if __name__ == "__main__":
    main()
