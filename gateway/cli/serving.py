"""Runs a gateway in the foreground until it is told to stop."""

import asyncio
from collections.abc import Callable
from random import SystemRandom

from gateway.app import Settings, run_gateway
from gateway.cli.loop import run_until_stopped
from gateway.thing.clock import SystemClock


def serve(settings: Settings, ready: Callable[[dict[str, object]], None]) -> None:
    """Run until SIGINT or SIGTERM; call `ready` with where the gateway can be reached."""

    async def program(stop: asyncio.Event) -> None:
        async with run_gateway(settings, clock=SystemClock(), random=SystemRandom()) as gateway:
            ready(gateway.status())
            await stop.wait()

    run_until_stopped(program)
