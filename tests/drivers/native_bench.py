"""A simulated native appliance on loopback, over MQTT, CoAP or both, as a Bench."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.native import DRIVER
from gateway.drivers.spi import Candidate, Context, Registration
from gateway.protocol.broker import PrivateBroker, private_broker
from gateway.protocol.mqtt import MqttClient
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.drivers.contract_bench import Bench
from tests.drivers.kit import context, until

GATEWAY = "gw-test"


@asynccontextmanager
async def hub(folder: Path) -> AsyncIterator[tuple[Context, PrivateBroker]]:
    """A broker of its own and the gateway's client on it."""
    async with private_broker("127.0.0.1", 0, folder, SystemClock()) as broker, link(broker, GATEWAY) as client:
        yield context(GATEWAY, client), broker


@asynccontextmanager
async def link(broker: PrivateBroker, name: str) -> AsyncIterator[MqttClient]:
    """A client that speaks the best version the broker has: 3.1.1 where there is no mosquitto."""
    async with MqttClient(broker.address, client_id=name, version=broker.version, clock=SystemClock(), random=Random(1)) as client:
        await client.wait_connected(20)
        yield client


class NativeBench(Bench):
    def __init__(self, unit: Unit, lent: Context, *, mqtt: bool, coap: bool) -> None:
        facts = {name: "1" for name, there in (("mqtt", mqtt), ("coap", coap)) if there}
        where = {"address": unit.network.address, "port": unit.port or 0} if coap else {}
        registration = Registration(driver="native", key=unit.appliance.identifier, facts=facts, **where)  # type: ignore[arg-type]
        assert isinstance(lent.clock, SystemClock)
        super().__init__(driver=DRIVER, context=lent, clock=lent.clock, unit=unit, registration=registration)
        self.mqtt = mqtt
        self.accepted: tuple[str, Value] = ("power", not unit.appliance.values()["power"])
        self.refused: tuple[str, Value] = ("power", "perhaps")

    async def found(self) -> Candidate:
        """Return what an announcement would tell, which is tested with the finders."""
        own = self.registration
        return Candidate(
            driver=own.driver, key=own.key, title=own.key, address=self.network.address, port=self.unit.port or 0, facts=own.facts
        )

    async def touch(self) -> tuple[str, Value]:
        value = not self.unit.appliance.values()["power"]
        self.unit.appliance.touch({"power": value})
        return "power", value

    async def vanish(self) -> None:
        self.unit.network.set(silent=True)
        await asyncio.sleep(0.1)

    async def come_back(self) -> None:
        self.unit.network.set(silent=False)

    async def garbage(self) -> None:
        if self.mqtt and self.context.mqtt is not None:
            root = f"hulian/1/{self.device}"
            for tail in ("self/s", "self/avail", "self/e/faultRaised", f"c/{GATEWAY}/ack", "self/e/x/y"):
                for payload in (
                    b"",
                    b"\xff\xfe",
                    b"[]",
                    b'"x"',
                    b'{"$":3}',
                    b'{"$":{"boot":"x","seq":[]}}',
                    b"{" * 5000,
                    b'{"id":7,"state":[]}',
                ):
                    await self.context.mqtt.publish(f"{root}/{tail}", payload)
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
                for payload in (b"", b"\xff" * 40, b"\x40\x45\x00\x01\xff{", b"\x60\x45\x12\x34\xffnull"):
                    noise.sendto(payload, (self.unit.network.address, self.unit.port or 5683))


@asynccontextmanager
async def native(
    lent: Context,
    wire: str,
    kind: str = "plug",
    *,
    broker: str | None = None,
    id: str | None = None,
    address: str = "127.0.0.1",
    port: int | None = 0,
    **more: Any,
) -> AsyncIterator[NativeBench]:
    """Start an appliance with an id nobody else has, and stop it again; `more`: of its `UnitPlan`."""
    name = id or f"{kind[:4]}-{secrets.token_hex(4)}"
    unit = Unit(UnitPlan(kind=kind, wire=wire, address=address, port=port, id=name, broker=broker, **more))
    life = asyncio.create_task(unit.live())
    try:
        await until(lambda: unit.ready.is_set() or life.done(), "the appliance is ready")
        yield NativeBench(unit, lent, mqtt="coap" not in wire, coap="mqtt" not in wire)
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life
