"""Twins that do not bear a power cut."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.twins.seams import Body, around
from firmware_sim.twins.unit import Defect, TwinUnit


def comes_up(change: Callable[[TwinUnit, Body], Mapping[str, Any]]) -> Defect:
    """Come up after a power cut with other settings; `change` is given those it had when it was new."""

    def defect(unit: TwinUnit) -> None:
        model = unit.appliance.model
        new = dict(model.settings)

        def lighting(whole: Callable[[float], None]) -> Callable[[float], None]:
            def lit(outage: float) -> None:
                whole(outage)
                model.settings.update(change(unit, new))

            return lit

        around(model, "lit", lighting)

    return defect


def forgets_lately(seconds: float) -> Defect:
    """Lose in a power cut what was set within the last seconds: flash that is written late."""

    def defect(unit: TwinUnit) -> None:
        model, clock = unit.appliance.model, unit.appliance.clock
        stored: list[tuple[float, Body]] = [(clock.now(), dict(model.settings))]

        def applying(whole: Callable[..., None]) -> Callable[..., None]:
            def apply(values: Body, *, confirmed: bool) -> None:
                whole(values, confirmed=confirmed)
                stored.append((clock.now(), dict(model.settings)))

            return apply

        def lighting(whole: Callable[[float], None]) -> Callable[[float], None]:
            def lit(outage: float) -> None:
                whole(outage)
                due = [settings for at, settings in stored if at < stored[-1][0] - seconds] or [stored[0][1]]
                model.settings.update(due[-1])

            return lit

        around(unit.appliance, "_apply", applying)
        around(model, "lit", lighting)

    return defect


def guard_ignored(unit: TwinUnit) -> None:
    """Let the compressor start again whenever it is wanted."""
    compressor: Any = unit.appliance.model.compressor  # type: ignore[attr-defined] # of the kinds that have one
    compressor.rest = 0.0


DEFECTS: dict[str, Defect] = {
    "new-after-a-cut": comes_up(lambda _, new: new),
    "off-after-a-cut": comes_up(lambda unit, _: {"power": not unit.appliance.model.settings["power"]}),
    "forgets-the-last-minute": forgets_lately(60.0),
    "restart-guard-ignored": guard_ignored,
}
"""Name of a twin to what is wrong with it."""
