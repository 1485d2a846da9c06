"""Calls about scenes: what there is, what one would do, running it, undoing it, and what became of it."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.plan import Await, Interval, Part, Plan, Shedding, Task, Turns
from gateway.scenes.power import Power
from gateway.scenes.scenes import Scenes, told
from gateway.scenes.shelf import Version
from gateway.thing.principal import LOCAL
from gateway.thing.timestamp import iso


class SceneCalls:
    """The calls over the scenes of one home."""

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {
            "scenes": self._listing,
            "scene-text": self._text,
            "scene-import": self._import,
            "scene-remove": self._remove,
            "scene-restore": self._restore,
            "scene-plan": self._plan,
            "scene-run": self._run,
            "scene-undo": self._undo,
            "scene-reports": self._reports,
        }

    async def _listing(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return [record | {"at": iso(record["at"])} for record in self._scenes.listing()]

    async def _text(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        name, number = _word(arguments, "scene"), arguments.get("version")
        if number is not None and not isinstance(number, int):
            raise BadSyntax("`version` is a number")
        versions = [_version(version) for version in self._scenes.versions(name)]
        return _version(self._scenes.text(name, number)) | {"text": self._scenes.text(name, number).text, "versions": versions}

    async def _import(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        version, findings = await self._scenes.put(_word(arguments, "text"), LOCAL)
        return _version(version) | {"findings": [told(finding) for finding in findings]}

    async def _remove(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        await self._scenes.remove(_word(arguments, "scene"), LOCAL)
        return {}

    async def _restore(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        number = arguments.get("version")
        if not isinstance(number, int):
            raise BadSyntax("`version` is a number")
        return _version(await self._scenes.restore(_word(arguments, "scene"), number, LOCAL))

    async def _plan(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        limit = _limit(arguments)
        plan = self._scenes.plan(_word(arguments, "scene"), _given(arguments))
        return _planned(plan) | {"power": _powered(await self._scenes.power(plan, limit))}

    async def _run(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        report = await self._scenes.run(_word(arguments, "scene"), _given(arguments), LOCAL, limit=_limit(arguments))
        return report.document()

    async def _undo(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        report = await self._scenes.undo(_word(arguments, "run"), LOCAL)
        return report.document()

    async def _reports(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        scene, limit = arguments.get("scene", ""), arguments.get("limit", 5)
        if not isinstance(scene, str) or not isinstance(limit, int):
            raise BadSyntax("`scene` is a name and `limit` a number")
        return [report.document() for report in self._scenes.runs.reports(scene, max(1, min(limit, 20)))]


def _version(version: Version) -> dict[str, Any]:
    return {"scene": version.scene, "version": version.number, "by": version.by, "at": iso(version.at)}


def _powered(power: Power) -> dict[str, Any]:
    told = {"now": power.now, "peak": power.peak, "limit": power.limit, "tooMuch": power.too_much, "unknown": list(power.unknown)}
    return told | {"text": power.sentence()}


def _planned(plan: Plan) -> dict[str, Any]:
    notes = [{"line": note.line, "text": note.text, "error": note.error} for note in plan.notes]
    return {"scene": plan.scene, "parts": [_part(part) for part in plan.parts], "notes": notes}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Interval):
        return {"delay": part.seconds, "line": part.line}
    if isinstance(part, Await):
        return {"wait": list(part.devices), "until": {name: list(values) for name, values in part.until.items()}, "line": part.line}
    if isinstance(part, Notify):
        return {"notify": part.document(), "line": part.line}
    how = "shed" if isinstance(part, Shedding) else "inTurn" if isinstance(part, Turns) else "wave"
    return {"how": how, "tasks": [_task(task) for task in part.tasks]}


def _task(task: Task) -> dict[str, Any]:
    what: dict[str, Any] = {"invoke": task.action, "input": task.input} if task.action else {"set": dict(task.values)}
    return {"device": task.device, **what, "already": task.already, "problem": task.problem, "lines": list(task.lines)}


def _limit(arguments: Mapping[str, Any]) -> float | None:
    limit = arguments.get("limit")
    if limit is not None and (not isinstance(limit, int | float) or isinstance(limit, bool) or limit <= 0):
        raise BadSyntax("`limit` is a number of watts")
    return limit


def _word(arguments: Mapping[str, Any], name: str) -> str:
    word = arguments.get(name)
    if not isinstance(word, str) or not word:
        raise BadSyntax(f"`{name}` must be a text")
    return word


def _given(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    given = arguments.get("with") or {}
    if not isinstance(given, dict):
        raise BadSyntax("`with` is a mapping of parameters to values")
    return given
