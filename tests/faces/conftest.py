"""A home with one scripted light and one scripted plug, shown on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.faces.coap.face import coap_face
from gateway.faces.mqtt.face import mqtt_face
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.broker.private import private_broker
from gateway.protocol.forms import DeviceForms
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.report import Event, Report
from gateway.thing.session import Progress
from gateway.trust.access import Access
from gateway.trust.clients import Clients

LIGHT = Description(id="light-1", kind="light", title="Hall light")
UNHANDED = {"readOnly": True, "hl:reason": "the plug has a switch for it underneath"}
PLUG = Description(id="plug-1", kind="plug", title="Desk plug", features=("IDF",), narrowing={"powerOnState": UNHANDED})
FAULT = {"code": "THERMAL.OVERHEAT", "severity": "error", "since": "2026-07-02T04:11:09Z", "count": 1, "latched": False}
VALUES: dict[str, dict[str, Any]] = {
    "light-1": {"power": False, "brightness": 80},
    "plug-1": {
        "power": True,
        "powerDraw": 24.5,
        "ratedCurrent": 10,
        "powerOnState": "last",
        "feeds": "",
        "feedsKind": "none",
        "faults": [],
    },
}


@dataclass
class Scripted:
    """A session that does at once what it is asked; `silent` makes it never answer."""

    home: Home
    description: Description
    silent: bool = False
    executed: list[Command] = field(default_factory=list)

    def describe(self) -> tuple[Description, ...]:
        return (self.description,)

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device=self.description.id)

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        if self.silent:
            await asyncio.Event().wait()
        if command.operation is Operation.WRITE_PROPERTY:
            self.show({command.name: command.input})
        elif command.operation is Operation.WRITE_MULTIPLE:
            self.show(command.input)
        else:
            yield Progress(state=AckState.RUNNING, percent=50.0)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        raise NotImplementedError(command_id)

    def show(self, values: dict[str, Any]) -> None:
        self.home.report(Report(device=self.description.id, values=values))

    def raise_event(self, name: str, data: dict[str, Any]) -> None:
        self.home.report(Report(device=self.description.id, events=(Event(name, data),)))


@dataclass
class House:
    home: Home
    clock: SystemClock
    light: Scripted
    plug: Scripted
    broker: BrokerAddress
    coap: str
    coap_port: int
    link: MqttClient
    clients: Clients


@asynccontextmanager
async def opened(folder: Path, *, version: Any = "auto") -> AsyncIterator[House]:
    async with (
        private_broker("127.0.0.1", 0, folder / "broker", SystemClock()) as broker,
        opened_on(broker.address, folder, version=version) as house,
    ):
        yield house


@asynccontextmanager
async def opened_on(address: BrokerAddress, folder: Path, *, version: Any = "auto") -> AsyncIterator[House]:
    """Open the house on a broker that is there already."""
    clock, random = SystemClock(), Random(1)
    async with (
        StateStore(folder / "state.db") as store,
        HistoryStore(folder / "history.db", clock) as history,
    ):
        bound: dict[str, str] = {}
        access = Access(Clients(store.clients, clock, random), clock)

        def forms(device: str) -> DeviceForms:
            return DeviceForms("hub-test", device, address.url, bound.get("coap"))

        async with (
            Home(
                identifier="hub-test",
                boot=await store.begin_boot(),
                store=store,
                history=history,
                library=Library(),
                clock=clock,
                forms=forms,
            ) as home,
            coap_face(home, access, "127.0.0.1", 0, clock=clock) as (server,),
        ):
            bound["coap"] = f"coap://127.0.0.1:{server.port}"
            async with mqtt_face(home, access, address, bound=True, version=version, clock=clock, random=random) as client:
                await client.wait_connected(20)
                light, plug = Scripted(home, LIGHT), Scripted(home, PLUG)
                for session in (light, plug):
                    await home.attach(session.description, session)
                    session.show(VALUES[session.description.id])
                yield House(home, clock, light, plug, address, bound["coap"], server.port, client, access.clients)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house
