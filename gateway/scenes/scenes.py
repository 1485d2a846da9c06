"""The scenes of a home: kept as they were written, planned and run against who is there now, undone, and told about after a restart."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

from gateway.errors import CommandError, SchemaViolation, StateConflict, Unknown
from gateway.profile.findings import Finding, Severity
from gateway.profile.library import Library
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.builtin import built_in
from gateway.scenes.document import Scene
from gateway.scenes.effects.effects import Effects
from gateway.scenes.house import House, shows
from gateway.scenes.plan import Arguments, Plan, Wave, planned
from gateway.scenes.power import Power, estimated
from gateway.scenes.report import Raising, Report
from gateway.scenes.rules.place import Place
from gateway.scenes.runs import Runs
from gateway.scenes.shelf import Shelf, Table, Version
from gateway.scenes.turns.cuts import Cuts
from gateway.scenes.undoing import way_back
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal
from gateway.trust.roles import Permission, require

MOST: Final = 500
UNREADABLE: Final = "unreadable"
"""The state of a scene whose text this program cannot read any more."""


class SceneInvalid(SchemaViolation):
    """A scene with mistakes; `extra["findings"]` has them with their lines."""


class Scenes:
    """`async with` it: what is kept is read, and runs that a restart cut off are ended.

    `alerts`: None where nobody is told anything. `line_limit`: what the line of the home bears in watts, None where nobody says it.
    `place`: where the home is, None where nobody asks for it.
    """

    def __init__(
        self,
        house: House,
        library: Library,
        clock: Clock,
        *,
        texts: Table,
        reports: Table,
        alerts: Alerts | None = None,
        line_limit: float | None = None,
        place: Place | None = None,
    ) -> None:
        self.alerts = alerts
        self.line_limit = line_limit
        self._place = place
        self.cuts = Cuts(house, clock)
        self.runs = Runs(house, clock, reports, self._notify)
        self.effects = Effects(self.runs, house, clock)
        self._house = house
        self._library = library
        self._clock = clock
        self._shelf = Shelf(texts)
        self._read: dict[str, Scene] = {}
        self._changed: list[Callable[[], None]] = []
        self._arranging = asyncio.Lock()
        """What is checked against the others is kept before another is: two who bring one scene at once are versions of their own."""

    async def __aenter__(self) -> Self:
        await self._shelf.load()
        await self._read_all()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.cuts)
            await stack.enter_async_context(self.runs)
            await stack.enter_async_context(self.effects)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def on_changed(self, changed: Callable[[], None]) -> None:
        """Have `changed` called whenever there is a new scene, a new version, or one less."""
        self._changed.append(changed)

    # What there is

    def listing(self) -> list[dict[str, Any]]:
        """Return one plain record a scene: id, names, version, by, at, parameters, and its state."""
        return [self._record(version) for name in self._shelf.names() if (version := self._shelf.newest(name)) is not None]

    def _record(self, version: Version) -> dict[str, Any]:
        told = {"id": version.scene, "version": version.number, "by": version.by, "at": version.at}
        try:
            scene = self.scene(version.scene)
            state = self.state(version.scene)
        except CommandError:
            return told | {"names": {"en": version.scene}, "parameters": {}, "state": UNREADABLE}
        parameters = {name: parameter.document() for name, parameter in scene.parameters.items()}
        return told | {"names": dict(scene.names), "parameters": parameters, "state": state}

    def scene(self, name: str) -> Scene:
        """Return a scene as it is now; raise Unknown."""
        self.text(name)
        if name not in self._read:
            raise Unknown(f"the scene {name!r} cannot be read any more: bring it again with `hulian scene import`")
        return self._read[name]

    def readable(self) -> dict[str, Scene]:
        """Return every scene that can be read, by its name."""
        return self._all()

    def documents(self) -> Mapping[str, Scene]:
        """Return every scene that can be read, by its name."""
        return self._read

    def names(self) -> frozenset[str]:
        """Return the name of every scene there is, also of one that cannot be read any more."""
        return frozenset(self._shelf.names())

    def arranged(self, name: str, by: Principal) -> None:
        """Raise Forbidden for who may arrange nothing, Unknown where there is no such scene."""
        require(by, Permission.ADMINISTER)
        self.text(name)

    def in_order(self) -> list[str]:
        """Return the names of all scenes, those that are inside others before them."""
        waiting, ordered = list(self._shelf.names()), list[str]()
        while waiting:
            ready = [name for name in waiting if not self._inside(name) & ({*waiting} - {name})]
            ordered += ready or waiting
            waiting = [name for name in waiting if name not in ordered]
        return ordered

    def _inside(self, name: str) -> set[str]:
        return {step.scene for step in self._read[name].nested()} if name in self._read else set()

    def text(self, name: str, number: int | None = None) -> Version:
        """Return a version of a scene as it was written, the newest where none is named; raise Unknown."""
        found = [version for version in self._shelf.versions(name) if number in (None, version.number)]
        if found:
            return found[-1]
        if name in self._shelf.names():
            raise Unknown(f"of {name!r} none of version {number} is kept")
        comes = f"; it comes along: `hulian scene import --builtin {name}`" if name in built_in.names() else ""
        raise Unknown(f"no scene is called {name!r}; there are {', '.join(self._shelf.names()) or 'none'}{comes}")

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return every version of a scene that is kept; raise Unknown."""
        self.text(name)
        return self._shelf.versions(name)

    def state(self, name: str) -> str:
        """Return whether everything a scene sets is so now: on, partly or off; as its parameters stand where nothing is said."""
        tasks = [task for part in self.plan(name, {}).parts if isinstance(part, Wave) for task in part.tasks if task.values]
        last = {(task.device, wanted): value for task in tasks for wanted, value in task.values.items()}
        so = [shows(self._house.twin(device), {wanted: value}) for (device, wanted), value in last.items()]
        return "on" if so and all(so) else "partly" if any(so) else "off"

    # What is arranged

    async def put(self, text: str, by: Principal) -> tuple[Version, list[Finding]]:
        """Keep a scene, or a new version of it, and return what is to be known about it; raise SceneInvalid where it has mistakes."""
        require(by, Permission.ADMINISTER)
        async with self._arranging:
            return await self._put(text, by)

    async def _put(self, text: str, by: Principal) -> tuple[Version, list[Finding]]:
        scene, findings = await self.checked(text)
        mistakes = [finding for finding in findings if finding.severity is Severity.ERROR]
        if scene is None or mistakes:
            raise SceneInvalid(_said(mistakes), findings=[told(finding) for finding in findings])
        if self._shelf.newest(scene.id) is None and len(self._shelf.names()) >= MOST:
            raise StateConflict(f"there are {MOST} scenes already")
        version = await self._shelf.put(scene.id, text, by.name, self._clock.now())
        self._read[scene.id] = scene
        self._news()
        return version, findings

    async def checked(self, text: str) -> tuple[Scene | None, list[Finding]]:
        """Return the scene of a text and what is to be said about it, mistakes among it: also what it would break in others.

        Reading YAML takes a while, and so does knowing every kind: a thread does it, and the home goes on.
        """
        return await asyncio.to_thread(_checked, text, self._all(), self._library, self._place)

    async def restore(self, name: str, number: int, by: Principal) -> Version:
        """Make an older version the newest again; raise Unknown, or SceneInvalid where it does not fit the rest any more."""
        version, _ = await self.put(self.text(name, number).text, by)
        return version

    async def remove(self, name: str, by: Principal) -> None:
        """Forget a scene; raise Unknown, or StateConflict while another one has it inside."""
        require(by, Permission.ADMINISTER)
        async with self._arranging:
            self.text(name)
            users = [other for other, scene in self._all().items() if any(step.scene == name for step in scene.nested())]
            if users:
                raise StateConflict(f"{name} is part of {', '.join(users)}")
            await self._shelf.remove(name)
            self._read.pop(name, None)
            self._news()

    # What is done

    def plan(self, name: str, arguments: Arguments) -> Plan:
        """Return what a scene would do now; raise Unknown, SchemaViolation."""
        return replace(planned(self.scene(name), arguments, self._house, self._all(), self.cuts.before), limit=self.line_limit)

    async def power(self, plan: Plan, limit: float | None = None) -> Power:
        """Return what the home will draw while a plan is done; `limit`: that of its line in watts, where somebody says it."""
        return await estimated(plan, self._house, plan.limit if limit is None else limit)

    async def begin(
        self,
        name: str,
        arguments: Arguments,
        principal: Principal,
        *,
        run: str = "",
        trigger: Mapping[str, Any] | None = None,
        limit: float | None = None,
    ) -> Report:
        """Begin a run; raise Unknown, SchemaViolation, Forbidden, or StateConflict while it runs already or fights with itself.

        `run` and `trigger`: the id and the cause of one that nobody asked for. `limit`: watts the line bears, this time.
        """
        require(principal, Permission.CONTROL)
        plan = self.plan(name, arguments)
        plan = plan if limit is None else replace(plan, limit=limit)
        if plan.mistakes:
            raise StateConflict("; ".join(f"line {note.line}: {note.text}" for note in plan.mistakes))
        return await self.runs.begin(plan, principal, run=run, trigger=trigger)

    async def run(self, name: str, arguments: Arguments, principal: Principal, *, limit: float | None = None) -> Report:
        """Run a scene to its end; raise likewise."""
        return await self.runs.end_of(await self.begin(name, arguments, principal, limit=limit))

    async def begin_undo(self, run: str, principal: Principal) -> Report:
        """Begin to put every device of a run back to what it showed before; raise Unknown, or StateConflict where it cannot be."""
        require(principal, Permission.CONTROL)
        report = self.runs.report(run)
        if report.ended is None:
            raise StateConflict(f"{run} is running")
        plan, left = way_back(report, self._house)
        return await self.runs.begin(plan, principal, left)

    async def undo(self, run: str, principal: Principal) -> Report:
        """Put every device of a run back; raise likewise."""
        return await self.runs.end_of(await self.begin_undo(run, principal))

    # Inside

    async def _notify(self, report: Report, raising: Raising) -> None:
        """Raise an alert of a run; where there is nobody to tell, as in a rehearsal, the report says so."""
        if self.alerts is None:
            report.notes.append(f"line {raising.notice.line}: here nobody is told: {raising.notice.text['en']}")
            return
        try:
            await self.alerts.notify(raising.id, report.scene, report.id, raising.notice)
            raising.raised = True
        except CommandError as error:
            report.notes.append(f"line {raising.notice.line}: {error.detail}")

    async def _read_all(self) -> None:
        """Read the newest version of every scene, away from the loop."""
        for name in self._shelf.names():
            if (version := self._shelf.newest(name)) is not None:
                await self._understand(version)

    async def _understand(self, version: Version) -> None:
        scene = await asyncio.to_thread(_parsed, version.text, version.scene)
        if scene is not None:
            self._read[version.scene] = scene

    def _all(self) -> dict[str, Scene]:
        """Return every scene that can be read, by its name."""
        return dict(self._read)

    def _news(self) -> None:
        for changed in self._changed:
            changed()


def _checked(text: str, others: dict[str, Scene], library: Library, place: Place | None) -> tuple[Scene | None, list[Finding]]:
    from gateway.scenes.check import check_scene, check_users  # noqa: PLC0415 - the YAML reader: only for who arranges scenes
    from gateway.scenes.reading import scene_of  # noqa: PLC0415 - likewise

    scene, pages = scene_of(text, "scene")
    if scene is not None:
        others.pop(scene.id, None)
        check_scene(scene, pages, library, {**others, scene.id: scene}, place)
        check_users(scene, pages, others)
    return scene, sorted(pages.findings)


def _parsed(text: str, name: str) -> Scene | None:
    from gateway.scenes.reading import scene_of  # noqa: PLC0415 - the YAML reader: only where there are scenes

    return scene_of(text, name)[0]


def told(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as JSON."""
    names = ("line", "pointer", "message", "rule")
    return {name: getattr(finding, name) for name in names} | {"severity": finding.severity.value}


def _said(mistakes: list[Finding]) -> str:
    first = mistakes[0]
    more = f", and {others} more mistake{'' if others == 1 else 's'}" if (others := len(mistakes) - 1) else ""
    return f"line {first.line}: {first.pointer} {first.message}{more}"
