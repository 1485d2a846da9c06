"""The way back from a run: what every device that obeyed showed before, unless somebody has changed it since."""

from collections.abc import Iterator
from typing import Final

from gateway.scenes.document import OnFail
from gateway.scenes.house import House, shows
from gateway.scenes.order import in_order
from gateway.scenes.plan import Plan, Task, Wave
from gateway.scenes.report import OBEYED, Line, Outcome, Report
from gateway.scenes.rollback import NO_WAY, UNSEEN, patience
from gateway.thing.value import Value

MOVED: Final = "it shows something else by now: it is left as it is"
_DID: Final = OBEYED | {Outcome.NOT_ROLLED_BACK}


def way_back(report: Report, house: House) -> tuple[Plan, tuple[Line, ...]]:
    """Return what has to be asked to undo a run, and the lines of whoever is not asked, with why."""
    asked: dict[str, dict[str, Value]] = {}
    left: list[Line] = []
    for line in report.lines:
        if line.outcome in _DID and line.action:
            left.append(Line(device=line.device, asked={}, action=line.action, outcome=Outcome.NOT_TRIED, detail=NO_WAY))
        elif line.outcome in _DID:
            asked.setdefault(line.device, {}).update(line.asked)
    tasks: list[Task] = []
    for device, values in asked.items():
        if device not in house.devices():
            continue
        before = _before(device, report, values)
        if before.keys() == values.keys() and shows(house.twin(device), before):
            left.append(Line(device=device, asked=before, outcome=Outcome.ALREADY))
            continue
        if not shows(house.twin(device), values):
            left.append(_not_asked(device, report, values, MOVED))
            continue
        tasks += _tasks(device, report, house, values)
        if unseen := values.keys() - report.before.get(device, {}).keys():
            left.append(_not_asked(device, report, dict.fromkeys(unseen), UNSEEN))
    return Plan(scene=report.scene, parts=(Wave(tasks=tuple(tasks)),), undoes=report.id), tuple(left)


def _tasks(device: str, report: Report, house: House, values: dict[str, Value]) -> Iterator[Task]:
    before = _before(device, report, values)
    twin = house.twin(device)
    seconds = patience(line for line in report.lines if line.device == device)
    for each in in_order(twin.instance, before, twin.values) if before else ():
        yield Task(device=device, values=each, deadline=seconds, on_fail=OnFail.CONTINUE, lines=())


def _not_asked(device: str, report: Report, values: dict[str, Value], why: str) -> Line:
    return Line(device=device, asked=_before(device, report, values), outcome=Outcome.NOT_TRIED, detail=why)


def _before(device: str, report: Report, values: dict[str, Value]) -> dict[str, Value]:
    """Return what a device showed before, of what was asked of it."""
    return {name: value for name, value in report.before.get(device, {}).items() if name in values}
