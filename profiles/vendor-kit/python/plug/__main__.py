"""Run one plug: `python -m plug --id plug-1 --coap 127.0.0.9:5683 --mqtt mqtt://127.0.0.1:1883 --model ../../plug-1.yaml`."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiocoap import Context

from plug.appliance import Appliance
from plug.badge import Badge
from plug.clock import Clock
from plug.control import Hands, listening
from plug.description import Forms, describe
from plug.keys import Credentials, Lock
from plug.memory import Memory
from plug.model import Model
from plug.network import Network
from plug.orders import Book
from plug.places import look_at_address, look_at_socket
from plug.resources import Resources
from plug.tasks import ended
from plug.wire_coap import Site, serving
from plug.wire_mdns import Announcement, records
from plug.wire_mqtt import MqttWire

PROFILES = Path(__file__).resolve().parents[3]
TICK = 0.25
USUAL_PORT = 5683


def _place(text: str) -> tuple[str, int] | None:
    """Return address and port, None for `off`."""
    if text == "off":
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004 - sixteen bits
        raise argparse.ArgumentTypeError(f"{text!r} is no ADDRESS:PORT such as 127.0.0.9:5683, and not `off`")
    return host, int(port)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="plug", description=__doc__)
    parser.add_argument("--id", default="example-plug-1", help="the device's id: small letters, digits and -, at most 64")
    parser.add_argument("--title", default="Example plug")
    parser.add_argument(
        "--model", type=Path, default=PROFILES / "plug-1.yaml", help="plug-1.yaml beside its parts, or a flat model in JSON"
    )
    parser.add_argument("--features", default="ENR,VLT,CUR,OVL,LIM,TMP,MNS,HRS,CHL", help="comma-separated")
    parser.add_argument("--coap", type=_place, default="127.0.0.1:5683", metavar="ADDRESS:PORT", help="where to listen; `off` for no CoAP")
    parser.add_argument("--mqtt", metavar="URL", help="the broker, mqtt://host:port; none: no MQTT")
    parser.add_argument("--credentials", type=Path, metavar="FOLDER", help="what `hulian join` gave us: TLS and OSCORE from then on")
    parser.add_argument("--device-key", type=Path, metavar="FILE", help="the key the factory put in (`proveKey`)")
    parser.add_argument("--claim", type=Path, action="append", default=[], metavar="FILE", help="a certificate (JWS) we carry")
    parser.add_argument("--mdns", metavar="INTERFACE", help="address of the interface to announce on; none: no announcement")
    parser.add_argument("--state", type=Path, metavar="FILE", help="what outlives the program")
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="the control interface, for a laboratory")
    return parser.parse_args()


class Wires:
    """All wires of the plug: open while it has power and is not silenced."""

    def __init__(self, chosen: argparse.Namespace, appliance: Appliance, book: Book) -> None:
        self._appliance, self._book = appliance, book
        self.network = Network()
        self._on_coap = chosen.coap is not None
        self.address, self.port = chosen.coap or ("", 0)
        keys = Credentials(chosen.credentials) if chosen.credentials else None
        self._broker = keys.broker if keys else chosen.mqtt
        coap = f"coap://{self.address}" + ("" if self.port == USUAL_PORT else f":{self.port}")
        forms = Forms(appliance.identifier, mqtt=self._broker, coap=coap if self._on_coap else None)
        self._td = describe(appliance, forms, keyed=keys is not None)
        self._lock: Lock | None = keys.lock(appliance.identifier) if keys and self._on_coap else None
        tls = keys.tls() if keys else None
        self._mqtt = MqttWire(appliance, book, self._td, self._broker, tls, self.network) if self._broker else None
        self._interface: str | None = chosen.mdns
        self._context: Context | None = None
        self._talking: asyncio.Task[None] | None = None
        self._announcement: Announcement | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Begin to speak."""
        async with self._turn:
            await self._open()

    async def _open(self) -> None:
        if self._on_coap and self._context is None:
            site = Site(Resources(self._appliance, self._book, self._td), self._lock)
            self._context = await serving(site, self.address, self.port, self.network)
        if self._mqtt is not None and self._talking is None:
            self._talking = asyncio.create_task(self._mqtt.live(), name="mqtt")
        if self._interface is not None and self._announcement is None:
            services = records(self._appliance, self._td, address=self.address, port=self.port, mqtt=self._broker is not None)
            self._announcement = Announcement(self._interface, services)
            await self._announcement.show()

    async def close(self, *, goodbye: bool) -> None:
        """Fall silent: in good order, or torn off."""
        async with self._turn:
            await self._close(goodbye=goodbye)

    async def _close(self, *, goodbye: bool) -> None:
        if self._announcement is not None:
            await (self._announcement.goodbye() if goodbye else self._announcement.silence())
        if goodbye and self._mqtt is not None:
            await self._mqtt.goodbye()
        if self._talking is not None:
            if self._mqtt is not None and not goodbye:
                await self._mqtt.tear()
            await ended(self._talking)
        self.network.cut()
        if self._context is not None:
            await self._context.shutdown()
        self._announcement = self._talking = self._context = None

    async def silence(self, silent: bool) -> None:
        """Fall silent as if torn off, or come back."""
        await (self.close(goodbye=False) if silent else self.open())

    async def leave(self) -> None:
        """Go in good order."""
        await self.close(goodbye=True)


@asynccontextmanager
async def running(chosen: argparse.Namespace) -> AsyncIterator[dict[str, Any]]:
    """Run the plug while the context lasts; what is lent is what the ready line says. OSError names the place that cannot be had."""
    features = tuple(word for word in chosen.features.split(",") if word)
    model = Model.read(chosen.model)
    memory = Memory(chosen.state)
    appliance = Appliance(
        model,
        features,
        identifier=chosen.id,
        title=chosen.title,
        clock=Clock(),
        memory=memory,
        badge=Badge(chosen.device_key, chosen.claim),
        profiles=chosen.model.resolve().parent,
    )
    book = Book(appliance, memory)
    wires = Wires(chosen, appliance, book)
    where = {"address": wires.address, "port": wires.port}
    if chosen.coap is not None:
        look_at_address(*chosen.coap)
    if chosen.mdns is not None:
        look_at_address(chosen.mdns, 0)
    if chosen.control is not None:
        look_at_socket(chosen.control)
    async with AsyncExitStack() as stack:
        await wires.open()
        if chosen.control is not None:
            await stack.enter_async_context(listening(Hands(appliance, book, wires, where), chosen.control))
        ticking = asyncio.create_task(_tick(appliance, book), name="time")
        try:
            yield {"id": chosen.id, "kind": model.kind, **where}
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            await wires.close(goodbye=appliance.on)


async def _tick(appliance: Appliance, book: Book) -> None:
    loop = asyncio.get_running_loop()
    last = loop.time()
    while True:
        await asyncio.sleep(TICK)
        now = loop.time()
        passed, last = now - last, now
        appliance.elapse(passed)
        book.elapse()


async def main() -> None:
    """Run until we are told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        try:
            ready = await stack.enter_async_context(running(options()))
        except OSError as error:
            sys.exit(f"plug: {error}")
        sys.stdout.write(json.dumps({"ready": ready}) + "\n")
        sys.stdout.flush()
        await stop.wait()


asyncio.run(main())
