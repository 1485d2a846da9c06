"""Runs a gateway in the foreground until it is told to stop."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.app import run_gateway
from gateway.cli.loop import run_until_stopped
from gateway.cli.merging import merge
from gateway.cli.places import socket_path
from gateway.thing.clock import SystemClock


def begin(told: Mapping[str, Any]) -> None:
    """Run until SIGINT or SIGTERM. `told`: the `file` (its content), the `data` folder, and the options that were `given`."""
    folder = Path(told["data"])
    settings = merge(told["file"], folder, socket_path(folder), told["given"])

    async def program(stop: asyncio.Event) -> None:
        async with run_gateway(settings, clock=SystemClock(), random=SystemRandom()) as gateway:
            _say_where(gateway.status())
            await stop.wait()

    run_until_stopped(program)


def _say_where(status: Mapping[str, Any]) -> None:
    print(f"Hulian {status['gateway']} runs: {status['mqtt']}  {status['coap']}")  # noqa: T201 - for the person who started it
    print("In another terminal: `hulian devices`, `hulian accept`, `hulian doctor`. Ctrl-C stops it.", flush=True)  # noqa: T201 - likewise
