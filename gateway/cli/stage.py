"""What `hulian demo` does: gateway first, then the appliances, then the live table until Ctrl-C."""

import asyncio
import importlib.util
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from gateway.app import LOOPBACK, Gateway, Settings, make_folder, run_gateway
from gateway.cli.kinds import broker_kind, discovery_mode
from gateway.cli.logs import set_up_logs
from gateway.cli.loop import run_until_stopped
from gateway.cli.options import options
from gateway.cli.output import console, devices_table, print_json
from gateway.cli.places import demo_folder, simulator_socket, socket_path
from gateway.cli.simulator import Simulator, simulator
from gateway.errors import SetupError
from gateway.faces.homeassistant.announcer import Discovery as HomeAssistant
from gateway.faces.payload import devices_now
from gateway.home.change import AvailabilityChanged, Described, Snapshot
from gateway.protocol.broker import private_broker
from gateway.protocol.mqtt import BrokerAddress
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import SystemClock

REFRESH_SECONDS = 0.5
FEWEST_ROWS, ROW_LINES, TABLE_FRAME = 3, 2, 7
"""Devices the live table shows at least, and the lines of the terminal a device and the table's frame take."""
MQTT_PORT, COAP_PORT = 1883, 5683
COMFORTABLE = 22
"""Degrees Celsius of the command a person is invited to try."""
NATIVE_HOMES = {"city-flat": "city-flat-native", "demo": "native"}
"""Homes with a Midea unit -> the same without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """The options of one demo; ports None: the usual one if it is free, else any."""

    home: str
    seed: int
    speed: float
    mqtt_port: int | None
    coap_port: int | None
    data: Path
    broker_kind: str | None
    homeassistant: str
    plain: bool


def play(demo: Play) -> None:
    """Run the demo until it is stopped."""
    set_up_logs(verbose=options.verbose, json=demo.plain)
    run_until_stopped(lambda stop: _run(demo, stop))


async def _run(demo: Play, stop: asyncio.Event) -> None:
    started, clock = time.monotonic(), SystemClock()
    check_free(demo.data)
    make_folder(demo.data)
    port = _port(demo.mqtt_port, MQTT_PORT, socket.SOCK_STREAM)
    _say(demo, "Starting a broker ...")
    async with private_broker(LOOPBACK, port, demo.data / "broker", clock, kind=broker_kind(demo.broker_kind)) as broker:
        _say(demo, f"Starting the appliances of home {demo.home!r} ...")
        async with simulator(_arguments(demo, broker.address)) as appliances:
            _say(demo, "Starting the gateway ...")
            running = run_gateway(_settings(demo, appliances), clock=clock, random=SystemRandom(), private=broker)
            async with running as gateway, asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(appliances.wait_ended(), name="demo: simulator")
                showing = tasks.create_task(_show(demo, gateway, appliances, started), name="demo: show")
                furnishing = tasks.create_task(_furnish(gateway, appliances), name="demo: rooms")
                await stop.wait()
                watching.cancel()
                showing.cancel()
                furnishing.cancel()
        _say(demo, "Stopping ...")
    if demo.plain:
        print_json({"event": "stopped"})


def _home(demo: Play) -> str:
    """Return the home to simulate: a Midea unit needs the library it is encrypted with."""
    if demo.home not in NATIVE_HOMES or importlib.util.find_spec("cryptography") is not None:
        return demo.home
    _say(demo, "cryptography is not installed, so no Midea unit in this home: pip install 'hulian[midea]' brings it.")
    return NATIVE_HOMES[demo.home]


def check_free(data: Path) -> None:
    """Raise SetupError when a gateway already runs on the data folder."""
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(socket_path(data))) == 0:
            raise SetupError(f"a gateway already runs on {data}: stop it, or give this one a folder of its own with --data")


def _settings(demo: Play, appliances: Simulator) -> Settings:
    return Settings(
        data=demo.data,
        socket=socket_path(demo.data),
        coap_port=_port(demo.coap_port, COAP_PORT, socket.SOCK_DGRAM),
        manual=tuple(_named(unit) for unit in appliances.units),
        homeassistant=HomeAssistant(mode=discovery_mode(demo.homeassistant)),
    )


def _named(unit: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """Return how the gateway is told of a unit: it takes in this home's appliances, not those of another one on this machine."""
    if unit["wire"].startswith("native"):
        host = "" if unit["wire"] == "native-mqtt" else unit["address"]
        facts = {} if unit["wire"] == "native-coap" else {"mqtt": "1"}
        return {"driver": "native", "key": unit["id"], "host": host, "facts": facts}
    return f"{unit['wire'].partition('-')[0]}://{unit['address']}"


def _arguments(demo: Play, broker: BrokerAddress) -> list[str]:
    return [
        *("--home", _home(demo), "--seed", str(demo.seed), "--speed", str(demo.speed)),
        *("--broker", broker.url, "--control", str(simulator_socket(demo.data))),
        "--with-parent",
    ]


def _port(asked: int | None, usual: int, kind: socket.SocketKind) -> int:
    """Return the port asked for, or the usual one if nobody has it, else 0."""
    if asked is not None:
        return asked
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, usual))
        except OSError:
            return 0
    return usual


def _say(demo: Play, text: str) -> None:
    if not demo.plain:
        console().print(Text(text, style="dim"))


async def _show(demo: Play, gateway: Gateway, appliances: Simulator, started: float) -> None:
    if demo.plain:
        await _all_online(gateway, len(appliances.units))
        print_json(ready_document(gateway, appliances))
        return
    with Live(console=console(), refresh_per_second=4, transient=False) as live:
        while True:
            live.update(_picture(demo, gateway, len(appliances.units), started))
            await asyncio.sleep(REFRESH_SECONDS)


async def _all_online(gateway: Gateway, count: int) -> None:
    async with gateway.home.subscribe() as changes:
        async for change in changes:
            if isinstance(change, Snapshot | AvailabilityChanged | Described) and len(online(gateway)) >= count:
                return


async def _furnish(gateway: Gateway, appliances: Simulator) -> None:
    """Put each appliance into the room its home file names, unless a person has put it somewhere."""
    await _all_online(gateway, len(appliances.units))
    carried = {session.address: session.devices for session in gateway.supervisor.status() if session.address}
    for unit in appliances.units:
        devices = (unit["id"],) if unit["id"] in gateway.home.devices() else carried.get(unit["address"], ())
        for device in devices:
            if unit.get("room") and not gateway.home.twin(device).room:
                await gateway.home.place(device, unit["room"])


def online(gateway: Gateway) -> list[str]:
    """Return the devices that can be reached now."""
    home = gateway.home
    return [device for device in home.devices() if home.twin(device).availability.state is AvailabilityState.ONLINE]


def ready_document(gateway: Gateway, appliances: Simulator) -> dict[str, Any]:
    """Return what `--plain` prints once every appliance is online."""
    return {
        "event": "ready",
        "gateway": gateway.home.identifier,
        "mqtt": gateway.broker.address.url,
        "coap": f"coap://{gateway.coap.host}:{gateway.coap.port}",
        "devices": sorted(online(gateway)),
        "broker": gateway.broker.kind,
        "control": str(gateway.settings.socket),
        "simulator": str(simulator_socket(gateway.settings.data)),
        "units": [dict(unit) for unit in appliances.units],
    }


def _picture(demo: Play, gateway: Gateway, count: int, started: float) -> Group:
    here = len(online(gateway))
    title = f"Hulian 互联  {gateway.home.identifier}   {here} of {count} appliances online   physics x{demo.speed:g}"
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
    return Group(Text(title, style="bold"), devices_table(shown, compact=True), *lines)


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
    program = sys.argv[0]
    name = program if "/" in program and not shutil.which("hulian") else "hulian"
    return name if demo.data == demo_folder() else f"{name} --data {demo.data}"
