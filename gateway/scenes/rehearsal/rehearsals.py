"""Rehearsals of a home's scenes: one at a time, none of it in the home itself; the last of each scene is kept with what it foretold."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from gateway.errors import StateConflict, StorageFailed, Unknown
from gateway.home.home import Home
from gateway.profile.findings import Severity
from gateway.scenes.document import Scene
from gateway.scenes.plan import bound
from gateway.scenes.rehearsal.comparison import differences
from gateway.scenes.rehearsal.copy import copied
from gateway.scenes.rehearsal.faults import checked
from gateway.scenes.rehearsal.order import Order, Play, Tell, Wanted
from gateway.scenes.rehearsal.outcome import in_short
from gateway.scenes.scenes import SceneInvalid, Scenes, told
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal
from gateway.trust.roles import Permission, require

_log = Log()


class Records(Protocol):
    """Documents by key, on disk when `put` returns; `storage.records` is one."""

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        """Return everything."""
        ...

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep one document."""
        ...

    async def remove(self, key: str) -> None:
        """Forget one."""
        ...


class Rehearsals:
    """`play`: what plays an order, away from here. `load` before anything else."""

    def __init__(self, home: Home, scenes: Scenes, clock: Clock, records: Records, play: Play) -> None:
        self._home = home
        self._scenes = scenes
        self._clock = clock
        self._records = records
        self._play = play
        self._kept: dict[str, Mapping[str, Any]] = {}
        self._one = asyncio.Lock()

    async def load(self) -> None:
        """Read what is kept."""
        self._kept = dict(await self._records.all())

    def last(self, scene: str) -> Mapping[str, Any]:
        """Return the last rehearsal of a scene, with `asRun`: where its newest run since then went otherwise; raise Unknown."""
        if scene not in self._kept:
            raise Unknown(f"{scene!r} was not rehearsed yet: `hulian scene rehearse {scene}`")
        played = self._kept[scene]
        run = next((report for report in self._scenes.runs.reports(scene) if report.ended is not None and not report.undoes), None)
        if run is None or run.began < played["at"] or played["faults"] or played["version"] != self._version(scene):
            return {**played, "asRun": None}
        return {**played, "asRun": {"run": run.id, "differences": differences(played["report"], run.document())}}

    def listing(self) -> list[dict[str, Any]]:
        """Return the last rehearsal of every scene in short, by scene; `current`: the scene is as it was rehearsed."""
        kept = sorted(self._kept.items())
        return [in_short(played) | {"current": played["version"] == self._version(scene)} for scene, played in kept]

    async def rehearse(self, wanted: Wanted, principal: Principal, tell: Tell) -> dict[str, Any]:
        """Rehearse a scene on a copy of the home as it stands now, and return what came of it.

        Raise Unknown, SchemaViolation, SceneInvalid, BadSyntax for what cannot be asked, StateConflict while another rehearsal runs,
        Forbidden, and SetupError where the copy cannot be made.
        """
        require(principal, Permission.CONTROL)
        if self._one.locked():
            raise StateConflict("a rehearsal is going on: one at a time")
        async with self._one:
            order = await self._order(wanted)
            played = {**await self._play(order, tell), "at": self._clock.now(), "by": principal.name}
            played["version"] = self._version(order.scene) if not wanted.text else None
            if not wanted.text:
                await self._keep(order.scene, played)
            return played

    async def _order(self, wanted: Wanted) -> Order:
        scene, texts = await self._told(wanted)
        bound(scene, wanted.arguments)
        for device, fault in wanted.faults.items():
            self._home.twin(device)
            checked(fault)
        return Order(
            copy=copied(self._home),
            texts=texts,
            scene=scene.id,
            arguments=wanted.arguments,
            faults=wanted.faults,
            each_away=wanted.each_away,
            limit=self._scenes.line_limit if wanted.limit is None else wanted.limit,
        )

    async def _told(self, wanted: Wanted) -> tuple[Scene, dict[str, str]]:
        """Return the scene that is meant, and the texts of all there are with it."""
        texts = {record["id"]: self._scenes.text(record["id"]).text for record in self._scenes.listing()}
        if not wanted.text:
            return self._scenes.scene(wanted.scene), texts
        scene, findings = await self._scenes.checked(wanted.text)
        mistakes = [finding for finding in findings if finding.severity is Severity.ERROR]
        if scene is None or mistakes:
            said = "; ".join(f"line {each.line}: {each.pointer} {each.message}" for each in mistakes[:3])
            raise SceneInvalid(said, findings=[told(finding) for finding in findings])
        return scene, texts | {scene.id: wanted.text}

    def _version(self, scene: str) -> int | None:
        try:
            return self._scenes.text(scene).number
        except Unknown:
            return None

    async def _keep(self, scene: str, played: Mapping[str, Any]) -> None:
        """Keep it; that the disk fails is said, and what came of the rehearsal is told all the same."""
        self._kept[scene] = played
        try:
            await self._records.put(scene, played)
            for gone in [name for name in self._kept if self._version(name) is None]:
                del self._kept[gone]
                await self._records.remove(gone)
        except StorageFailed as error:
            _log.error("a rehearsal is not stored", scene=scene, reason=str(error))
