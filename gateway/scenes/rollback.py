"""Taking back what a run did: every device that obeyed, or may have, is put back to what it showed before the first command."""

import asyncio
from collections.abc import Iterable
from typing import Final

from gateway.scenes.asking import GONE, NOT_HEARD, Asking
from gateway.scenes.document import OnFail
from gateway.scenes.house import House
from gateway.scenes.order import in_order
from gateway.scenes.report import OBEYED, Line, Outcome, Report

UNDOING: Final = 20.0
"""Seconds a device has at least to go back to what it showed; as many as its step had, where that is more."""
UNSEEN: Final = "what it showed before is not known"
NO_WAY: Final = "an action cannot be taken back"


def patience(lines: Iterable[Line]) -> float:
    """Return the seconds a device has for the way back of these lines: what was slow one way is slow the other."""
    return max((UNDOING, *(line.deadline for line in lines)))


async def put_back(report: Report, asking: Asking, house: House) -> None:
    """Put every device back, all at once, and say in the report's lines what came of it."""
    touched: dict[str, list[Line]] = {}
    for line in report.lines:
        if line.outcome in OBEYED or (line.asked_at_all and not line.outcome.good and line.outcome is not Outcome.ROLLED_BACK):
            touched.setdefault(line.device, []).append(line)
    async with asyncio.TaskGroup() as group:
        for device, lines in touched.items():
            group.create_task(_put_back(report, lines, asking, house), name=f"{report.id} {device}: put back")


async def _put_back(report: Report, lines: list[Line], asking: Asking, house: House) -> None:
    problem = await _asked(report, lines, asking, house)
    for line in lines:
        said = NO_WAY if line.action and not line.asked else problem
        if line.outcome in OBEYED:
            line.end(Outcome.NOT_ROLLED_BACK if said else Outcome.ROLLED_BACK, said)
        elif not said:
            line.detail = f"{line.detail}; it shows what it showed before".removeprefix("; ")
        elif asking.is_unsure(line):
            line.end(Outcome.UNREACHABLE, f"{line.detail}; {NOT_HEARD}")


async def _asked(report: Report, lines: list[Line], asking: Asking, house: House) -> str:
    """Ask one device for what it showed; return why it does not show that, "" where it does."""
    device = lines[0].device
    names = {name for line in lines for name in line.asked}
    before = {name: value for name, value in report.before.get(device, {}).items() if name in names}
    if device not in house.devices():
        return GONE
    twin = house.twin(device)
    for values in in_order(twin.instance, before, twin.values) if before else ():
        back = Line(device=device, asked=values, deadline=patience(lines), on_fail=OnFail.CONTINUE)
        await asking.ask(back, surely=any(asking.is_unsure(line) for line in lines))
        if not back.outcome.good:
            return back.detail or back.outcome.value
    return UNSEEN if names - before.keys() else ""
