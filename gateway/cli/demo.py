"""`hulian demo`: a simulated home on real sockets, the gateway, a broker, and a live table of it all."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.handover import hand_over
from gateway.cli.options import options
from gateway.cli.places import DEMO_HOME, demo_folder

HOMES = (DEMO_HOME, "brands", "village", "building", "demo")
"""Homes that come along with the simulator; the first is the usual one."""
SPEED: Final = "How much faster than real the physics runs. To judge appliances take 1: in a hurry healthy ones can fail checks about time."


def demo(
    home: Annotated[str, typer.Option(help=f"One of {', '.join(HOMES)}; or a YAML file that lists appliances.")] = DEMO_HOME,
    seed: Annotated[int, typer.Option(help="Repeats the same home exactly.")] = 1,
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help=SPEED)] = 30.0,
    mqtt_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: 1883 if free; 0 takes any free one.")] = None,
    coap_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: 5683 if free; 0 takes any free one.")] = None,
    http_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Of the pages and the HTTP API. Default: 8080 if free; with --plain any free one."),
    ] = None,
    http: Annotated[bool, typer.Option("--http/--no-http", help="Serve the pages and the HTTP API.")] = True,
    data: Annotated[Path | None, typer.Option(help="The data folder.", show_default=False)] = None,
    broker_kind: Annotated[str | None, typer.Option(help="mosquitto or amqtt; default: mosquitto if it is installed.")] = None,
    homeassistant: Annotated[str, typer.Option(help="Discovery for Home Assistant: device (2024.12 and newer), entity, off.")] = "device",
    plain: Annotated[bool, typer.Option("--plain", help="JSON lines instead of the live table, for scripts.")] = False,
) -> None:
    """Run a simulated home and the gateway, and show it live; everything stays on this machine.

    For example:

      hulian demo

      hulian demo --home brands

      hulian demo --home village --speed 120

      hulian demo --plain --mqtt-port 0 --coap-port 0 --data /tmp/home
    """
    folder = data or options.data or demo_folder(home)
    told = {
        "home": home,
        "seed": seed,
        "speed": speed,
        "mqtt_port": mqtt_port,
        "coap_port": coap_port,
        "data": folder,
        "broker_kind": broker_kind,
        "homeassistant": homeassistant,
        "plain": plain,
        "http_port": http_port,
        "http": http,
    }
    hand_over("gateway.cli.stage", told, json_logs=plain)
