"""Twins that are wrong about what takes time: its stages, its end, its cancellation, and two who want different things."""

from collections.abc import Callable, Iterable

from firmware_sim.twins.command import acks_as
from firmware_sim.twins.seams import Body, around, instead, tells_acks
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.order import Run

# Long actions


def stages_as(change: Callable[[Body], Iterable[Body]]) -> Defect:
    """Say other stages of a long action than the healthy one."""

    def changed(ack: Body) -> Iterable[Body]:
        return change(ack) if ack["state"] == "running" or "percent" in ack else [ack]

    return lambda unit: tells_acks(unit, changed)


def never_ends(unit: TwinUnit) -> None:
    """Let a long action run and never say that it ended."""

    def ending(whole: Callable[..., None]) -> Callable[..., None]:
        return lambda run, state, **facts: None if run.long else whole(run, state, **facts)

    around(unit.desk.ledger, "end", ending)


def percent_falls(unit: TwinUnit) -> None:
    """Start the percent of a long action anew in the middle."""
    stages_as(lambda ack: [{**ack, "percent": 60 - ack["percent"] if ack.get("percent", 0) < 60 else ack["percent"] % 30}])(unit)  # noqa: PLR2004 - wherever it is, it falls


def cancel_ignored(unit: TwinUnit) -> None:
    """Say that a run was cancelled, and let it go on."""
    instead(unit.appliance, "cancel", lambda _: None)


def cancel_ends_as(state: str) -> Defect:
    """End a cancelled run with another word."""

    def other(ack: Body) -> Iterable[Body]:
        return [{**ack, "state": state}] if ack["state"] == "cancelled" else [ack]

    return acks_as(other)


def cancel_leaves_a_mess(unit: TwinUnit) -> None:
    """Show, after a run was cancelled, a word that no enum has."""
    left: list[str] = []
    appliance = unit.appliance
    words = [name for name, body in appliance.surface.properties.items() if "enum" in body and not body.get("hl:openEnum")]

    def cancelling(whole: Callable[[str], None]) -> Callable[[str], None]:
        def cancel(id: str) -> None:
            left[:] = words[:1]
            whole(id)

        return cancel

    def shown(whole: Callable[[], Body]) -> Callable[[], Body]:
        return lambda: whole() | dict.fromkeys(left, "aborted")

    around(appliance, "cancel", cancelling)
    around(appliance, "document", shown)
    around(appliance, "values", shown)


def loser_not_told(unit: TwinUnit) -> None:
    """Let a write that another one overtook end in silence."""
    desk = unit.desk

    def supersede(run: Run) -> None:
        for other in desk.ledger.open():
            if other is not run and other.wanted is not None and run.wanted and other.wanted.keys() & run.wanted.keys():
                other.ended = desk._now()  # noqa: SLF001 - a defect is inside
                if other.timer is not None:
                    other.timer.cancel()

    instead(desk, "_supersede", supersede)


DEFECTS: dict[str, Defect] = {
    "long-never-runs": stages_as(lambda ack: [] if ack["state"] == "running" else [ack]),
    "long-never-ends": never_ends,
    "percent-falls": percent_falls,
    "percent-beyond-hundred": stages_as(lambda ack: [{**ack, "percent": ack.get("percent", 0) + 101}]),
    "cancel-ignored": cancel_ignored,
    "cancel-is-failed": cancel_ends_as("failed"),
    "cancel-is-completed": cancel_ends_as("completed"),
    "cancel-leaves-a-mess": cancel_leaves_a_mess,
    "loser-not-told": loser_not_told,
}
"""Name of a twin to what is wrong with it."""
