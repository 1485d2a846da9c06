"""Runs a gateway in the foreground until it is told to stop."""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.app import Gateway, Settings, run_gateway
from gateway.cli.first_owner import first_owner
from gateway.cli.loop import run_until_stopped
from gateway.cli.merging import merge
from gateway.cli.moving import moved
from gateway.cli.notify import supervised, supervision
from gateway.cli.places import socket_path
from gateway.cli.play import online
from gateway.cli.reach import of_a_hub
from gateway.thing.clock import SystemClock
from gateway.thing.log import Log

_log = Log()


def begin(told: Mapping[str, Any]) -> None:
    """Run until SIGINT or SIGTERM. `told`: the `file` (its content), the `data` folder, and the options that were `given`."""
    folder = Path(told["data"])
    supervisor = supervision(os.environ)
    present = partial(merge, told["file"], folder, socket_path(folder), told["given"])

    async def program(stop: asyncio.Event) -> None:
        anew = True
        while anew and not stop.is_set():  # after a transfer or a reset, and on another address, it begins anew
            settings, clock = present(), SystemClock()
            async with run_gateway(settings, clock=clock, random=SystemRandom()) as gateway:
                _say_where(gateway)
                pairing = gateway.pairing if settings.lan else None
                async with first_owner(pairing, gateway.access.clients), supervised(supervisor, clock, partial(_in_short, gateway)):
                    anew = await _until_over(stop, gateway, lambda: _addresses(present()))

    run_until_stopped(program)


async def _until_over(stop: asyncio.Event, gateway: Gateway, present: Callable[[], frozenset[str]]) -> bool:
    """Return whether to begin anew, once this gateway should end."""
    waiting = [
        asyncio.create_task(stop.wait(), name="run: stop"),
        asyncio.create_task(gateway.erased.wait(), name="run: erased"),
        asyncio.create_task(_moved(gateway, present), name="run: addresses"),
    ]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return not stop.is_set()


async def _moved(gateway: Gateway, present: Callable[[], frozenset[str]]) -> None:
    new = await moved(_addresses(gateway.settings), present, gateway.clock)
    _log.warning("this machine has another address: beginning anew on it", addresses=sorted(new))


def _addresses(settings: Settings) -> frozenset[str]:
    return frozenset({*settings.lan, *settings.interfaces})


def _in_short(gateway: Gateway) -> str:
    """Return what `systemctl status` shows."""
    where = f"{gateway.broker.address.url}, coap://{gateway.coap.host}:{gateway.coap.port}"
    return f"{gateway.home.identifier}: {len(online(gateway))} of {len(gateway.home.devices())} appliances online; {where}"


def _say_where(gateway: Gateway) -> None:
    status = gateway.status()
    print(f"Hulian {status['gateway']} runs: {status['mqtt']}  {status['coap']}")  # noqa: T201 - for the person who started it
    if gateway.settings.lan:
        doors = [
            f"mqtts://{address}:{gateway.broker.doors.certificates.port}"
            for address in gateway.settings.lan
            if gateway.broker.doors.certificates
        ]
        doors += [server.url for server in gateway.coap_lan]
        print(f"On the LAN, for those who were let in: {'  '.join(doors)}")  # noqa: T201 - likewise
    if gateway.http:
        login = "`hulian login` makes a code" if gateway.access.clients.has_owner else "nobody owns it yet: no login needed on this machine"
        print(f"In a browser: {'  '.join(gateway.http)}   ({login})")  # noqa: T201 - likewise
        if not gateway.settings.lan:
            print(of_a_hub())  # noqa: T201 - likewise
    print("In another terminal: `hulian devices`, `hulian accept`, `hulian doctor`. Ctrl-C stops it.", flush=True)  # noqa: T201 - likewise
