"""What `hulian demo` does: gateway first, then the appliances, then the live table until Ctrl-C."""

import asyncio
import importlib.util
import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.app import LOOPBACK, Gateway, Settings, make_folder, run_gateway
from gateway.app.simulator import Simulator, simulator
from gateway.cli.announced import WIRES, announced, announces_itself
from gateway.cli.behind import only_remote, speak_for, spoken_for
from gateway.cli.kinds import broker_kind, discovery_mode
from gateway.cli.loop import run_until_stopped
from gateway.cli.others_files import found_in
from gateway.cli.places import simulator_socket, socket_path
from gateway.cli.play import Play, online
from gateway.discovery import EntryState
from gateway.errors import SetupError
from gateway.faces.homeassistant.choice import Discovery as HomeAssistant
from gateway.protocol.broker import private_broker
from gateway.protocol.mqtt import BrokerAddress
from gateway.thing.clock import SystemClock

MQTT_PORT, COAP_PORT, HTTP_PORT = 1883, 5683, 8080
NATIVE_HOMES = {"city-flat": "city-flat-native", "demo": "native", "brands": "brands-open", "village": "village-open"}
"""Homes with units that speak in cipher -> the same without."""


def begin(told: Mapping[str, Any]) -> None:
    """Run the demo that `told` describes (the members of Play) until it is stopped."""
    demo = Play(**{**told, "data": Path(told["data"])})
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
                await _hand_keys(gateway, appliances)
                speaking = tasks.create_task(speak_for(gateway, appliances.units), name="demo: remotes")
                furnishing = tasks.create_task(_furnish(gateway, appliances), name="demo: rooms")
                await stop.wait()
                watching.cancel()
                showing.cancel()
                furnishing.cancel()
                speaking.cancel()
        _say(demo, "Stopping ...")
    if demo.plain:
        _tell({"event": "stopped"})


def _home(demo: Play) -> str:
    """Return the home to simulate: units that speak in cipher need the library it is made with."""
    if demo.home not in NATIVE_HOMES or importlib.util.find_spec("cryptography") is not None:
        return demo.home
    _say(demo, "cryptography is not installed, so no unit that speaks in cipher in this home: pip install 'hulian[midea]' brings it.")
    return NATIVE_HOMES[demo.home]


def check_free(data: Path) -> None:
    """Raise SetupError when a gateway already runs on the data folder."""
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(socket_path(data))) == 0:
            raise SetupError(f"a gateway already runs on {data}: stop it, or give this one a folder of its own with --data")


def _settings(demo: Play, appliances: Simulator) -> Settings:
    return Settings(
        data=demo.data,
        demo=True,
        socket=socket_path(demo.data),
        coap_port=_port(demo.coap_port, COAP_PORT, socket.SOCK_DGRAM),
        manual=tuple(_named(unit) for unit in appliances.units if not (only_remote(unit) or announces_itself(unit))),
        accept=tuple(sorted(WIRES)),
        homeassistant=HomeAssistant(mode=discovery_mode(demo.homeassistant)),
        http_port=_http_port(demo),
    )


def _http_port(demo: Play) -> int | None:
    """Return where the pages and the API are served: for a script anywhere, unless it says where; nowhere without their libraries."""
    if not demo.http:
        return None
    if not all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn", "websockets", "prometheus_client")):
        _say(demo, "No pages and no HTTP API: their libraries are not installed. pip install 'hulian[http]' brings them.")
        return None
    return _port(0 if demo.plain and demo.http_port is None else demo.http_port, HTTP_PORT, socket.SOCK_STREAM)


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
        from gateway.cli.picture import say  # noqa: PLC0415 - rich: only for people

        say(text)


def _tell(document: Mapping[str, Any]) -> None:
    """Print one line for a script."""
    print(json.dumps(document, ensure_ascii=False), flush=True)  # noqa: T201 - this is what --plain is for


async def _show(demo: Play, gateway: Gateway, appliances: Simulator, started: float) -> None:
    if demo.plain:
        await _all_online(gateway, appliances)
        _tell(ready_document(gateway, appliances))
        return
    from gateway.cli.picture import show_live  # noqa: PLC0415 - likewise

    await show_live(demo, gateway, len(appliances.units), started)


async def _all_online(gateway: Gateway, appliances: Simulator) -> None:
    """Return when something of every appliance can be reached: one may be several devices, or a part of one."""
    async with gateway.home.subscribe() as changes:
        async for _ in changes:  # any of them: a session may say only after the last one came online which devices it carries
            here, ignored = online(gateway), _ignored(gateway)
            wanted = [unit for unit in appliances.units if ignored.isdisjoint({unit["id"], unit["address"]})]
            if len(here) >= len(wanted):
                devices = devices_of(gateway, appliances)
                if all(not devices[unit["id"]].isdisjoint(here) for unit in wanted):
                    return


def _ignored(gateway: Gateway) -> set[str]:
    """Return the keys and addresses of units that are not of the home though they are here: another one stands in their place."""
    entries = [entry for entry in gateway.discovery.inbox() if entry.state is EntryState.IGNORED]
    return {word for entry in entries for word in (entry.key, entry.address)} - {""}


def devices_of(gateway: Gateway, appliances: Simulator) -> dict[str, set[str]]:
    """Return what the home has of each simulated appliance, by the appliance's id."""
    carried = {session.address: {*session.devices} for session in gateway.supervisor.status() if session.address}
    known = set(gateway.home.devices())
    behind = spoken_for(gateway, appliances.units)
    own = {unit["id"]: {unit["id"]} & known or carried.get(unit["address"], set()) for unit in appliances.units}
    return own | behind | announced(gateway, appliances.units)


async def _hand_keys(gateway: Gateway, appliances: Simulator) -> None:
    """Give the hub what an owner has from the makers' clouds: units that ask for a key are then accepted as they are found."""
    for unit in appliances.units:
        for found in found_in(unit.get("account", {})):
            await gateway.discovery.give(*found)


async def _furnish(gateway: Gateway, appliances: Simulator) -> None:
    """Put each appliance into the room its home file names, unless a person has put it somewhere."""
    await _all_online(gateway, appliances)
    devices = devices_of(gateway, appliances)
    for unit in appliances.units:
        for device in sorted(devices[unit["id"]]):
            if unit.get("room") and not gateway.home.twin(device).room:
                await gateway.home.place(device, unit["room"])


def ready_document(gateway: Gateway, appliances: Simulator) -> dict[str, Any]:
    """Return what `--plain` prints once every appliance is online."""
    return {
        "event": "ready",
        "gateway": gateway.home.identifier,
        "mqtt": gateway.broker.address.url,
        "coap": f"coap://{gateway.coap.host}:{gateway.coap.port}",
        "http": next(iter(gateway.http), None),
        "devices": sorted(online(gateway)),
        "broker": gateway.broker.kind,
        "control": str(gateway.settings.socket),
        "simulator": str(simulator_socket(gateway.settings.data)),
        "units": [{name: value for name, value in unit.items() if name != "account"} for unit in appliances.units],
    }
