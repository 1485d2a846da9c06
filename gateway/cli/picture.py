"""The live table of `hulian demo`: the home as it is now, and what to type next. Only what shows it needs rich."""

import asyncio
import shutil
import time
from contextlib import suppress

from rich.console import Group
from rich.live import Live
from rich.text import Text

from gateway.app import Gateway
from gateway.cli.output import ROW_LINES, console, devices_table
from gateway.cli.places import data_folders
from gateway.cli.play import Play, online
from gateway.cli.qr import drawn
from gateway.cli.reach import of_a_demo, program
from gateway.errors import ExtraMissing
from gateway.faces.payload import devices_now

REFRESH_SECONDS = 0.5
FEWEST_ROWS, TABLE_FRAME = 3, 8
"""Devices the live table shows at least, and the lines of the terminal a device and the table's frame take."""
COMFORTABLE = 22
"""Degrees Celsius of the command a person is invited to try."""


def say(text: str) -> None:
    """Print what is being done."""
    console().print(Text(text, style="dim"))


def welcome(url: str) -> None:
    """Print where the pages are, first of all, and as a QR code where it can be drawn; and that no phone gets there."""
    console().print(Text(f"In a browser: {url}", style="bold green"))
    if console().is_terminal:
        with suppress(ExtraMissing):
            console().print(drawn(url), markup=False, highlight=False)
        console().print(Text(of_a_demo(), style="yellow"))


async def show_live(demo: Play, gateway: Gateway, count: int, started: float) -> None:
    """Show the home of `count` appliances until cancelled; `started`: the monotonic time of the demo's start."""
    if gateway.http:
        welcome(gateway.http[0])
    with Live(console=console(), refresh_per_second=4, transient=False) as live:
        while True:
            live.update(_picture(demo, gateway, count, started))
            await asyncio.sleep(REFRESH_SECONDS)


def _picture(demo: Play, gateway: Gateway, count: int, started: float) -> Group:
    here = len(online(gateway))
    title = f"Hulian 互联  {gateway.home.identifier}   {here} of {count} appliances online   physics x{demo.speed:g}"
    where = (
        Text(f"In a browser: {gateway.http[0]}", style="bold green")
        if gateway.http
        else Text("no pages: pip install 'hulian[http]'", style="dim")
    )
    lines = [Text(f"{gateway.broker.address.url} ({_broker_words(gateway)})   coap://{gateway.coap.host}:{gateway.coap.port}", style="dim")]
    if here < count:
        lines.append(Text(f"looking for appliances ... {time.monotonic() - started:.0f} s", style="yellow"))
    else:
        lines += _invitation(demo, gateway)
    devices = sorted(
        devices_now(gateway.home), key=lambda device: (device["availability"]["state"] == "online", device["room"] or "", device["id"])
    )
    shown = devices[: max(FEWEST_ROWS, (console().height - len(lines) - TABLE_FRAME) // ROW_LINES)]
    if len(shown) < len(devices):
        lines.insert(0, Text(f"and {len(devices) - len(shown)} more: {_command(demo)} devices", style="dim"))
    return Group(where, Text(title, style="bold"), devices_table(shown, compact=True), *lines)


def _broker_words(gateway: Gateway) -> str:
    return "mosquitto" if gateway.broker.kind == "mosquitto" else "amqtt: MQTT 3.1.1 only; install mosquitto for MQTT 5"


def _invitation(demo: Play, gateway: Gateway) -> list[Text]:
    command = _command(demo)
    target, setting = _example(gateway)
    if shutil.which("mosquitto_sub"):
        third = f"mosquitto_sub -p {gateway.broker.address.port} -v -t 'hulian/1/{gateway.home.identifier}/{target}/#'"
    else:
        third = f"{command} show {target}"
    texts = (f"{command} watch", f"{command} set {target} {setting}", third)
    lines = [Text(f"  {text}", style="cyan") for text in texts]
    return [Text("Paste into another terminal:"), *lines, Text("Ctrl-C stops everything.", style="dim")]


def _example(gateway: Gateway) -> tuple[str, str]:
    """Return a device and a setting it can take: a comfortable temperature where there is one for rooms, else the switch of anything."""
    home = gateway.home
    switch = ("DEVICE", "power on")
    for device in home.devices():
        properties = home.twin(device).instance.properties
        target = properties.get("targetTemperature")
        if target is not None and target.schema["minimum"] <= COMFORTABLE <= target.schema["maximum"]:
            return device, f"targetTemperature {COMFORTABLE}"
        if "power" in properties and not properties["power"].read_only:
            switch = (device, "power on")
    return switch


def _command(demo: Play) -> str:
    return program() if demo.data in data_folders(None) else f"{program()} --data {demo.data}"
