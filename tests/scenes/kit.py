"""What the tests of scenes share: a home with simulated appliances on real wires, or with sessions that do what the test says."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.native import DRIVER
from gateway.drivers.spi import Context, Registration
from gateway.drivers.supervisor import Supervisor
from gateway.home.home import Home
from gateway.profile.library import PROFILES, Library
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.alerts.outlets import Outlet
from gateway.scenes.report import Report
from gateway.scenes.scenes import Scenes
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report as DeviceReport
from gateway.thing.value import Value
from tests.drivers.contract_bench import LIMITS, living
from tests.drivers.kit import until
from tests.home.kit import NoForms, Obedient, Stub
from tests.kit.addresses import address


def few(*kinds: str) -> Library:
    """Return a library of a few kinds: that of all takes seconds to be read."""
    root = Path(mkdtemp(prefix="hulian-kinds-"))
    for path in PROFILES.glob("*.yaml"):
        if path.name.startswith(("mixin-", "appliance-base-")) or path.name.removesuffix("-1.yaml") in kinds:
            (root / path.name).symlink_to(path)
    return Library(root)


KINDS = few("light", "plug", "air-conditioner", "door-lock", "refrigerator", "uhd-tv", "fan")
"""Read by all, changed by none."""
WIRE = "native-coap-unannounced"
"""Other tests on this machine have a `plug-1`, too, and two of a name may not announce themselves."""


@dataclass
class Stage:
    """A home with its scenes; `units` by id where they are on real wires."""

    home: Home
    scenes: Scenes
    store: StateStore
    clock: Clock
    alerts: Alerts
    units: dict[str, Unit] = field(default_factory=dict)

    async def keep(self, text: str) -> str:
        """Keep a scene; return its name."""
        return (await self.scenes.put(text, LOCAL))[0].scene

    async def run(self, text: str, **arguments: Value) -> Report:
        """Keep a scene and run it."""
        return await self.scenes.run(await self.keep(text), arguments, LOCAL)

    def truth(self, device: str) -> Mapping[str, Value]:
        """Return what an appliance really is."""
        return self.units[device].appliance.values()

    def appliance(self, device: str) -> Appliance:
        return self.units[device].appliance

    async def stand(self, kind: str, device: str, session: Stub | None = None, /, *, room: str = "", **values: Value) -> Stub:
        """Put in an appliance that is no more than a session of the test's."""
        session = session or Obedient()
        if isinstance(session, Obedient):
            session.home = self.home
        await self.home.attach(Description(id=device, kind=kind, title=device, features=tuple(KINDS.model(kind).features)), session)
        self.home.report(DeviceReport(device=device, values=values))
        await self.home.place(device, room)
        return session


@asynccontextmanager
async def staged(
    folder: Path, clock: Clock | None = None, library: Library = KINDS, outlets: tuple[Outlet, ...] = ()
) -> AsyncIterator[Stage]:
    """Open the home kept in a folder, with nobody in it."""
    clock = clock or SystemClock()
    async with StateStore(folder / "state.db") as store, HistoryStore(folder / "history.db", clock) as history:
        boot = await store.begin_boot()
        home = Home(identifier="gw-test", boot=boot, store=store, history=history, library=library, clock=clock, forms=lambda _: NoForms())
        alerts = Alerts(store.alerts, clock, outlets)
        scenes = Scenes(home, library, clock, texts=store.scenes, reports=store.scene_reports, alerts=alerts)
        async with home, alerts, scenes:
            yield Stage(home, scenes, store, clock, alerts)


@asynccontextmanager
async def wired(stage: Stage, *units: tuple[str, str] | UnitPlan, seed: int = 1) -> AsyncIterator[Stage]:
    """Start native appliances over CoAP, each an id with a kind, and have the home find them online and heard."""
    async with AsyncExitStack() as stack:
        lent = Context(gateway="gw-test", clock=stage.clock, random=Random(seed), library=KINDS)
        supervisor = await stack.enter_async_context(Supervisor(stage.home, lent, lambda _: DRIVER, limits=LIMITS))
        for each in units:
            plan = each if isinstance(each, UnitPlan) else UnitPlan(kind=each[1], wire=WIRE, address=address(), port=0, id=each[0])
            unit = await stack.enter_async_context(living(plan))
            stage.units[unit.appliance.identifier] = unit
            supervisor.add(registration_of(unit))
        await until(lambda: all(is_heard(stage.home, device) for device in stage.units), "everybody is heard")
        yield stage


def registration_of(unit: Unit) -> Registration:
    """Return how the home knows a unit over CoAP."""
    return Registration(
        driver="native", key=unit.appliance.identifier, facts={"coap": "1"}, address=unit.network.address, port=unit.port or 0
    )


def is_heard(home: Home, device: str) -> bool:
    """Return whether a device is in the home, online, and has said how it is."""
    if device not in home.devices():
        return False
    twin = home.twin(device)
    return twin.online and twin.silent_since is None


def name(word: str) -> str:
    """Return an id nobody else has."""
    return f"{word}-{secrets.token_hex(3)}"


def outcomes(report: Report) -> dict[str, str]:
    """Return how it ended for each device; of several lines the last."""
    return {line.device: line.outcome.value for line in report.lines}


def scene(*steps: Mapping[str, Any], name: str = "test", **more: Any) -> str:
    """Return a scene's text."""
    from json import dumps  # noqa: PLC0415 - JSON is YAML

    return dumps({"scene": name, **more, "steps": list(steps)})
