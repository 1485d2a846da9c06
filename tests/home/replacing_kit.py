"""A home into which sessions of the test's come as through the supervisor: by their units' own ids."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.drivers.supervisor.naming import Door
from gateway.home.replacement.replacing import Unit
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.value import Value
from tests.home.kit import Obedient
from tests.scenes.kit import KINDS, Stage, staged

OLD, NEW = "ac-old", "ac-new"


@dataclass
class Entrance:
    """Where units come in."""

    stage: Stage
    door: Door

    async def come(self, device: str, kind: str = "air-conditioner", features: tuple[str, ...] | None = None, **values: Value) -> Obedient:
        """Have a unit attach under its own id and say how it is."""
        session = Obedient()
        session.home = self.door  # type: ignore[assignment]  # it only reports to it
        has = tuple(KINDS.model(kind).features) if features is None else features
        await self.door.attach(Description(id=device, kind=kind, title=device, features=has), session)
        await self.stage.home.names.carried(device, "test", device)
        self.door.report(Report(device=device, values=values))
        return session

    async def replace(self, old: str = OLD, new: str = NEW, unit: Unit | None = None) -> None:
        """Put one in the place of another, whether they answer or not."""
        replacing = self.stage.home.replacing
        await replacing.replace(replacing.compare(old, new, force=True), unit or Unit())


@asynccontextmanager
async def entered(folder: Path) -> AsyncIterator[Entrance]:
    """Open the home kept in a folder."""
    async with staged(folder) as stage:
        yield Entrance(stage, Door(stage.home, stage.home.names))
