"""Runs a gateway in the foreground until it is told to stop."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.app import Gateway, run_gateway
from gateway.cli.loop import run_until_stopped
from gateway.cli.merging import merge
from gateway.cli.notify import supervised, supervision
from gateway.cli.places import socket_path
from gateway.cli.play import online
from gateway.thing.clock import SystemClock


def begin(told: Mapping[str, Any]) -> None:
    """Run until SIGINT or SIGTERM. `told`: the `file` (its content), the `data` folder, and the options that were `given`."""
    folder = Path(told["data"])
    supervisor = supervision(os.environ)
    settings = merge(told["file"], folder, socket_path(folder), told["given"])

    async def program(stop: asyncio.Event) -> None:
        clock = SystemClock()
        async with run_gateway(settings, clock=clock, random=SystemRandom()) as gateway:
            _say_where(gateway.status())
            async with supervised(supervisor, clock, lambda: _in_short(gateway)):
                await stop.wait()

    run_until_stopped(program)


def _in_short(gateway: Gateway) -> str:
    """Return what `systemctl status` shows."""
    where = f"{gateway.broker.address.url}, coap://{gateway.coap.host}:{gateway.coap.port}"
    return f"{gateway.home.identifier}: {len(online(gateway))} of {len(gateway.home.devices())} appliances online; {where}"


def _say_where(status: Mapping[str, Any]) -> None:
    print(f"Hulian {status['gateway']} runs: {status['mqtt']}  {status['coap']}")  # noqa: T201 - for the person who started it
    print("In another terminal: `hulian devices`, `hulian accept`, `hulian doctor`. Ctrl-C stops it.", flush=True)  # noqa: T201 - likewise
