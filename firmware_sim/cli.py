"""`hulian-sim`: start one simulated appliance or a whole home."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated, Any

import orjson
import structlog
import typer

from firmware_sim.control import control_socket
from firmware_sim.home import Home, running_home
from firmware_sim.home_file import HomePlan, known_homes, read_home
from firmware_sim.kind_list import kind_lines
from firmware_sim.parts import with_parts
from firmware_sim.plan import UnitPlan
from firmware_sim.profile import kinds
from firmware_sim.refusal import SetupMistake
from firmware_sim.twins.table import lines as twin_lines
from firmware_sim.twins.table import twin as twin_named
from firmware_sim.unit import Unit
from firmware_sim.wire import WIRES

PARENT_LOOK = 1.0
"""Seconds between two looks whether the parent still lives."""

SPEED = "Physical seconds in a second. To judge it take 1: in a hurry a healthy appliance can fail checks about time."
EXAMPLES = """Examples:

  hulian-sim air-conditioner --wire midea-v2 --address 127.0.0.2

  hulian-sim light --wire native --broker mqtt://127.0.0.1:1883 --speed 60

  hulian-sim --home city-flat --broker mqtt://127.0.0.1:1883 --control sim.sock

  hulian-sim ./lava-lamp-1.yaml --address 127.0.0.9

  hulian-sim plug --wire native --broker mqtt://127.0.0.1:1883 --twin seq-goes-back

When everything answers, one JSON line {"event":"ready","units":[...]} appears on standard output. Ctrl-C ends it.
"""

Credentials = Annotated[
    Path | None,
    typer.Option(help="Folder it was given when it was paired with a hub: its keys, and where the broker is.", file_okay=False),
]
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(epilog=EXAMPLES)
def simulate(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help=f"One of {', '.join(kinds())}; or the path of a profile file.")] = None,
    wire: Annotated[str, typer.Option(help=f"What it speaks: {', '.join(WIRES)}.")] = "native-coap",
    address: Annotated[str, typer.Option(help="IPv4 address it lives at; each unit its own 127.0.0.N.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port instead of the wire's own; 0 = any free one.")] = None,
    broker: Annotated[str | None, typer.Option(help="MQTT broker for native MQTT units, mqtt://host:port.")] = None,
    credentials: Credentials = None,
    identifier: Annotated[str | None, typer.Option("--id", help="Device id; made from kind and seed when absent.")] = None,
    title: Annotated[str | None, typer.Option(help="What it calls itself.")] = None,
    features: Annotated[str | None, typer.Option(help="Feature names of its profile, with commas; default: the usual ones.")] = None,
    home: Annotated[str | None, typer.Option(help=f"A home file, or one of {', '.join(known_homes())}.")] = None,
    base_address: Annotated[str | None, typer.Option(help="A home's units without an address get them from here on.")] = None,
    rewire: Annotated[str | None, typer.Option(help="All units of a home speak this wire instead of their own.")] = None,
    profiles: Annotated[Path | None, typer.Option(help="Folder of profiles that go before the standard's.", file_okay=False)] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the kinds that can be simulated, and end.")] = False,
    twin: Annotated[str | None, typer.Option(help="Run it with this one defect, to try a judge on; `list` shows them all.")] = None,
    twins: Annotated[bool, typer.Option("--list-twins", help="List the defects there are, and end.")] = False,
    claim: Annotated[
        list[Path] | None, typer.Option(help="File with a certificate it carries (`hulian certificate`).", dir_okay=False)
    ] = None,
    device_key: Annotated[Path | None, typer.Option(help="File with the key its certificates are bound to.", dir_okay=False)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same appliance.")] = 0,
    speed: Annotated[float, typer.Option(min=0.01, max=3600, help=SPEED)] = 1.0,
    control: Annotated[Path | None, typer.Option(help="Unix socket to control the simulated world on.")] = None,
    state: Annotated[Path | None, typer.Option(help="Folder that keeps boot counters, settings and meters between runs.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", help="End when the process that started this one ends.")] = False,
) -> None:
    """Simulate a home appliance, or a home full of them."""
    level = logging.INFO if verbose else logging.WARNING
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=structlog.make_filtering_bound_logger(level))
    parent = os.getppid() if with_parent else None
    folders = (profiles,) if profiles else ()
    single = {
        "kind": kind,
        "wire": wire,
        "address": address,
        "port": port,
        "credentials": credentials,
        "id": identifier,
        "title": title,
        "seed": seed,
        "profiles": folders,
        "claims": tuple(claim or ()),
        "device_key": device_key,
    }
    try:
        if listing:
            typer.echo("\n".join(kind_lines(folders)))
            return
        if twins or twin == "list":
            typer.echo("\n".join(twin_lines()))
            return
        plan = _plan(single, features, home, broker, base_address, rewire)
        asyncio.run(_run(plan, speed, control, state, parent, _maker(twin, plan)))
    except SetupMistake as mistake:
        typer.echo(f"hulian-sim: {mistake}", err=True)
        raise typer.Exit(2) from None


def _plan(
    single: dict[str, Any], features: str | None, home: str | None, broker: str | None, base_address: str | None, rewire: str | None
) -> HomePlan:
    """Return what to simulate: one unit with its parts, or a home file."""
    if (single["kind"] is None) == (home is None):
        raise SetupMistake("give either a KIND or --home (see --help)")
    if home is not None:
        return read_home(home, broker=broker, base_address=base_address, profiles=single["profiles"], rewire=rewire)
    names = tuple(features.split(",")) if features is not None else None
    units = tuple(with_parts(UnitPlan(**single, features=names, broker=broker)))
    return HomePlan(name=units[0].kind, titles={}, units=units)


def _maker(twin: str | None, plan: HomePlan) -> Callable[..., Unit]:
    """Return what builds the units: healthy, or with the defect of a twin where it can show."""
    if twin is None:
        return Unit
    bad = twin_named(twin)
    bad.check({unit.kind for unit in plan.units})
    return bad.maker()


async def _run(
    plan: HomePlan, speed: float, control: Path | None, state: Path | None, parent: int | None, make: Callable[..., Unit]
) -> None:
    """Run until a signal comes or the parent is gone; a second signal does not wait for the goodbyes."""
    _stop_on_signals()
    with suppress(asyncio.CancelledError):
        async with running_home(plan.units, speed=speed, state=state, mains=plan.mains, make=make) as home, AsyncExitStack() as stack:
            if control is not None:
                await stack.enter_async_context(control_socket(home, control))
            typer.echo(orjson.dumps(_ready(plan, home)))
            sys.stdout.flush()
            await _orphaned(parent)


def _ready(plan: HomePlan, home: Home) -> dict[str, Any]:
    """Return the line that says that everything answers."""
    head = {"event": "ready"} | ({"home": {"name": plan.name, "titles": dict(plan.titles)}} if plan.titles else {})
    return head | {"units": [unit.document() for unit in home.units.values()]}


async def _orphaned(parent: int | None) -> None:
    """Return when `parent` is gone; never without one."""
    while True:
        await asyncio.sleep(PARENT_LOOK)
        if parent is not None and os.getppid() != parent:
            return


def _stop_on_signals() -> None:
    """Let the first SIGINT or SIGTERM cancel the task that runs now."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        if task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
