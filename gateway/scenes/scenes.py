"""The scenes of a home: kept as they were written, planned and run against who is there now, undone, and told about after a restart."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import SchemaViolation, StateConflict, Unknown
from gateway.profile.findings import Finding, Severity
from gateway.profile.library import Library
from gateway.scenes.document import Scene
from gateway.scenes.execution import Execution
from gateway.scenes.house import House, shows
from gateway.scenes.plan import Arguments, Plan, Wave, planned
from gateway.scenes.report import Line, Outcome, Report, report_of
from gateway.scenes.shelf import KEPT, Shelf, Table, Version
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal

LONGEST: Final = 64 * 1024
"""Characters of one scene's text."""
MOST: Final = 500
INTERRUPTED: Final = "the hub was restarted in the middle"


class SceneInvalid(SchemaViolation):
    """A scene with mistakes; `extra["findings"]` has them with their lines."""


class Scenes:
    """`load` before anything else."""

    def __init__(self, house: House, library: Library, clock: Clock, *, texts: Table, reports: Table) -> None:
        self._house = house
        self._library = library
        self._clock = clock
        self._shelf = Shelf(texts)
        self._table = reports
        self._reports: dict[str, Report] = {}
        self._running: set[str] = set()
        self._read: dict[tuple[str, int], Scene] = {}

    async def load(self) -> None:
        """Read what is kept; a run that a restart cut off is ended with what every device shows now."""
        await self._shelf.load()
        for entry in await self._table.all():
            self._reports[entry.key] = report_of(entry.document)
        for report in [report for report in self._reports.values() if report.ended is None]:
            self._end_cut_off(report)
            await self._keep(report)

    # What there is

    def listing(self) -> list[dict[str, Any]]:
        """Return one plain record a scene: id, names, version, by, at, parameters, and its state."""
        return [self._record(version) for name in self._shelf.names() if (version := self._shelf.newest(name)) is not None]

    def _record(self, version: Version) -> dict[str, Any]:
        scene = self.scene(version.scene)
        parameters = {name: {**parameter.schema, "default": parameter.default} for name, parameter in scene.parameters.items()}
        told = {"id": scene.id, "names": dict(scene.names), "version": version.number, "by": version.by, "at": version.at}
        return told | {"parameters": parameters, "state": self.state(scene.id)}

    def scene(self, name: str) -> Scene:
        """Return a scene as it is now; raise Unknown."""
        version = self._shelf.newest(name)
        if version is None:
            raise Unknown(f"no scene is called {name!r}; there are {', '.join(self._shelf.names()) or 'none'}")
        key = (name, version.number)
        if key not in self._read:
            self._read[key] = self._parsed(version.text, name)
        return self._read[key]

    def text(self, name: str, number: int | None = None) -> Version:
        """Return a version of a scene as it was written, the newest where none is named; raise Unknown."""
        found = [version for version in self._shelf.versions(name) if number in (None, version.number)]
        if not found:
            raise Unknown(f"there is no scene {name!r}" + ("" if number is None else f" of version {number}"))
        return found[-1]

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return every version of a scene that is kept; raise Unknown."""
        self.text(name)
        return self._shelf.versions(name)

    def reports(self, scene: str = "", limit: int = 20) -> list[Report]:
        """Return the newest reports, the newest first; of one scene where it is named."""
        found = [report for report in self._reports.values() if scene in ("", report.scene)]
        return sorted(found, key=lambda report: report.began, reverse=True)[:limit]

    def report(self, name: str) -> Report:
        """Return a report by its id; raise Unknown."""
        if name not in self._reports:
            raise Unknown(f"no run is called {name!r}")
        return self._reports[name]

    def state(self, name: str) -> str:
        """Return whether everything a scene sets is so now: on, partly or off; as its parameters stand where nothing is said."""
        tasks = [task for part in self.plan(name, {}).parts if isinstance(part, Wave) for task in part.tasks if task.values]
        last = {(task.device, wanted): value for task in tasks for wanted, value in task.values.items()}
        so = [shows(self._house.twin(device), {wanted: value}) for (device, wanted), value in last.items()]
        return "on" if so and all(so) else "partly" if any(so) else "off"

    # What is arranged

    async def put(self, text: str, by: str) -> tuple[Version, list[Finding]]:
        """Keep a scene, or a new version of it, and return what is to be known about it; raise SceneInvalid where it has mistakes."""
        if len(text) > LONGEST:
            raise SchemaViolation(f"a scene has at most {LONGEST} characters")
        scene, findings = self.checked(text)
        if scene is None or any(finding.severity is Severity.ERROR for finding in findings):
            raise SceneInvalid(f"the scene has {len(findings)} mistakes", findings=[told(finding) for finding in findings])
        if self._shelf.newest(scene.id) is None and len(self._shelf.names()) >= MOST:
            raise StateConflict(f"there are {MOST} scenes already")
        return await self._shelf.put(scene.id, text, by, self._clock.now()), findings

    def checked(self, text: str) -> tuple[Scene | None, list[Finding]]:
        """Return the scene of a text and what is to be said about it, mistakes among it."""
        from gateway.scenes.check import check_scene  # noqa: PLC0415 - the YAML reader and all kinds: only for who arranges scenes
        from gateway.scenes.reading import scene_of  # noqa: PLC0415 - likewise

        scene, pages = scene_of(text, "scene")
        if scene is not None:
            others = {name: self.scene(name) for name in self._shelf.names() if name != scene.id}
            check_scene(scene, pages, self._library, {**others, scene.id: scene})
        return scene, sorted(pages.findings)

    async def restore(self, name: str, number: int, by: str) -> Version:
        """Make an older version the newest again; raise Unknown, or SceneInvalid where it does not fit the rest any more."""
        version, _ = await self.put(self.text(name, number).text, by)
        return version

    async def remove(self, name: str) -> None:
        """Forget a scene; raise Unknown, or StateConflict while another one has it inside."""
        self.scene(name)
        users = [other for other in self._shelf.names() if any(step.scene == name for step in self.scene(other).nested())]
        if users:
            raise StateConflict(f"{name} is part of {', '.join(users)}")
        await self._shelf.remove(name)

    # What is done

    def plan(self, name: str, arguments: Arguments) -> Plan:
        """Return what a scene would do now; raise Unknown, SchemaViolation."""
        scenes = {other: self.scene(other) for other in self._shelf.names()}
        return planned(self.scene(name), arguments, self._house, scenes)

    async def run(self, name: str, arguments: Arguments, principal: Principal) -> Report:
        """Run a scene to its end; raise Unknown, SchemaViolation, or StateConflict while it runs already or fights with itself."""
        plan = self.plan(name, arguments)
        if plan.mistakes:
            raise StateConflict("; ".join(f"line {note.line}: {note.text}" for note in plan.mistakes))
        if name in self._running:
            raise StateConflict(f"{name} is running")
        self._running.add(name)
        try:
            return await Execution(plan, self._house, self._clock, principal, self._keep).run()
        finally:
            self._running.discard(name)

    async def undo(self, run: str, principal: Principal) -> Report:
        """Put every device of a run back to what it showed before; raise Unknown, or StateConflict while it runs."""
        report = self.report(run)
        if report.ended is None:
            raise StateConflict(f"{run} is running")
        plan, changed = self._way_back(report)
        execution = Execution(plan, self._house, self._clock, principal, self._keep)
        execution.report.lines += changed
        return await execution.run()

    def _way_back(self, report: Report) -> tuple[Plan, list[Line]]:
        """Return what has to be asked to undo a run; who shows something else by now, by somebody's hand, is left as it is and said."""
        from gateway.scenes.document import OnFail  # noqa: PLC0415
        from gateway.scenes.execution import UNDOING  # noqa: PLC0415
        from gateway.scenes.plan import Task  # noqa: PLC0415

        asked: dict[str, dict[str, Any]] = {}
        for line in report.lines:
            if line.outcome in {Outcome.DONE, Outcome.LATE}:
                asked.setdefault(line.device, {}).update(line.asked)
        tasks, left = [], []
        for device, values in asked.items():
            before = {name: value for name, value in report.before.get(device, {}).items() if name in values}
            if device not in self._house.devices() or not shows(self._house.twin(device), values):
                detail = "it shows something else by now: it is left as it is"
                left.append(Line(device=device, asked=before, action="", outcome=Outcome.NOT_TRIED, detail=detail))
            elif before:
                tasks.append(Task(device=device, values=before, deadline=UNDOING, on_fail=OnFail.CONTINUE, lines=()))
        return Plan(scene=report.scene, parts=(Wave(tasks=tuple(tasks)),)), left

    # Inside

    def _parsed(self, text: str, name: str) -> Scene:
        from gateway.scenes.reading import scene_of  # noqa: PLC0415 - the YAML reader: only where there are scenes

        scene, _ = scene_of(text, name)
        if scene is None:
            raise Unknown(f"the scene {name!r} cannot be read any more")
        return scene

    async def _keep(self, report: Report) -> None:
        self._reports[report.id] = report
        await self._table.put(report.scene, report.id, report.document())
        ended = sorted((each for each in self._reports.values() if each.ended is not None), key=lambda each: each.began)
        for old in ended[: max(0, len(ended) - KEPT)]:
            del self._reports[old.id]
            await self._table.remove(old.scene, old.id)

    def _end_cut_off(self, report: Report) -> None:
        """Say of a run that was cut off what every device is known to show."""
        told_of = {line.device for line in report.lines}
        for device in report.before.keys() - told_of:
            line = Line(device=device, asked={}, action="", outcome=Outcome.FAILED, detail=f"{INTERRUPTED}: it may have obeyed or not")
            report.lines.append(line)
        report.why, report.ended = INTERRUPTED, self._clock.now()


def told(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as JSON."""
    names = ("line", "pointer", "message", "rule")
    return {name: getattr(finding, name) for name in names} | {"severity": finding.severity.value}
