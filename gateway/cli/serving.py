"""Runs a gateway in the foreground until it is told to stop."""

import asyncio
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.app import Gateway, run_gateway
from gateway.cli.loop import run_until_stopped
from gateway.cli.merging import merge
from gateway.cli.notify import supervised, supervision
from gateway.cli.places import socket_path
from gateway.cli.play import online
from gateway.cli.qr import drawn
from gateway.thing.clock import SystemClock
from gateway.thing.principal import Role
from gateway.thing.timestamp import iso
from gateway.trust.window import HUB, MOST_MINUTES


def begin(told: Mapping[str, Any]) -> None:
    """Run until SIGINT or SIGTERM. `told`: the `file` (its content), the `data` folder, and the options that were `given`."""
    folder = Path(told["data"])
    supervisor = supervision(os.environ)
    settings = merge(told["file"], folder, socket_path(folder), told["given"])

    async def program(stop: asyncio.Event) -> None:
        erased = True
        while erased and not stop.is_set():  # after a transfer or a reset it begins anew
            clock = SystemClock()
            async with run_gateway(settings, clock=clock, random=SystemRandom()) as gateway:
                _say_where(gateway.status())
                await _say_code(gateway)
                async with supervised(supervisor, clock, partial(_in_short, gateway)):
                    await _either(stop, gateway.erased)
            erased = gateway.erased.is_set()

    run_until_stopped(program)


async def _either(*events: asyncio.Event) -> None:
    """Return once one of the events has happened."""
    waiting = [asyncio.create_task(event.wait(), name="run: wait") for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _say_code(gateway: Gateway) -> None:
    """Show the one who started the hub in a terminal how to become its owner; a log is no place for a code."""
    if not gateway.settings.lan or gateway.access.clients.has_owner or gateway.pairing is None:
        return
    window = gateway.pairing.window
    if sys.stdout.isatty() and window.now_open is None and not window.exhausted:
        await window.open(Role.OWNER, HUB, minutes=MOST_MINUTES)
    if not sys.stdout.isatty() or window.now_open is None:
        print("It has no owner yet: `hulian pair --role owner` on this machine makes one.", flush=True)  # noqa: T201 - likewise
        return
    offer = gateway.pairing.offer(window.now_open)
    print(f"It has no owner yet. Until {iso(offer['until'])[11:16]} UTC one can pair, with the PIN {offer['pin'][:4]} {offer['pin'][4:]}:")  # noqa: T201 - likewise
    if "qr" in offer:
        print(f"{drawn(offer['qr'])}\n{offer['qr'].lower()}")  # noqa: T201 - likewise
    print(f"On the other machine: hulian join {' or '.join(offer['addresses'])}", flush=True)  # noqa: T201 - likewise


def _in_short(gateway: Gateway) -> str:
    """Return what `systemctl status` shows."""
    where = f"{gateway.broker.address.url}, coap://{gateway.coap.host}:{gateway.coap.port}"
    return f"{gateway.home.identifier}: {len(online(gateway))} of {len(gateway.home.devices())} appliances online; {where}"


def _say_where(status: Mapping[str, Any]) -> None:
    print(f"Hulian {status['gateway']} runs: {status['mqtt']}  {status['coap']}")  # noqa: T201 - for the person who started it
    print("In another terminal: `hulian devices`, `hulian accept`, `hulian doctor`. Ctrl-C stops it.", flush=True)  # noqa: T201 - likewise
