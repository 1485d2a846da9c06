"""Twins whose label, papers, meter or diagnosis is not true, boxes that are too slow, and plugs and remotes that fail at their trade."""

import copy
from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Any

from firmware_sim.air import Burst
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal
from firmware_sim.twins.seams import Body, around, reads
from firmware_sim.twins.state import rule_ignored
from firmware_sim.twins.unit import Defect, TwinUnit

CHANGE_OF_STANDARD = date(2026, 6, 15)
"""A fortnight after the refrigerators' standard of 2025 came into force."""

# Label, life


def papers_as(change: Callable[[Body], Body], *, made: date | None = None) -> Defect:
    """Have other papers; `made`: the day it was made."""

    def defect(unit: TwinUnit) -> None:
        papers = unit.appliance.model.papers
        if made is not None:
            papers.made = made
        around(papers, "readings", lambda whole: lambda: change(copy.deepcopy(whole())))

    return defect


def label(**members: Any) -> Callable[[Body], Body]:
    """Print other things on the label."""
    return lambda told: {**told, "energyLabel": [{**each, **members} for each in told["energyLabel"]]}


def _a_year_more(told: Body) -> Body:
    until = str(told["safeUse"].get("until", ""))
    return {**told, "safeUse": {**told["safeUse"], "until": f"{int(until[:4]) + 1}{until[4:]}"}} if until else told


def _from_making(told: Body) -> Body:
    header = told["life"]["header"]
    if "safeUseYears" not in header:
        return told
    made = str(header["made"])
    return {**told, "safeUse": {**told["safeUse"], "until": f"{int(made[:4]) + header['safeUseYears']}{made[4:]}"}}


def _guessed(told: Body) -> Body:
    return {**told, "safeUse": {"until": "2036-01-01", "state": "ok"}} if "until" not in told["safeUse"] else told


# Meter


def meter(change: Callable[[float, float, int], float]) -> Defect:
    """Count energy wrongly: `change(true, at the start, number of the look)`."""

    def defect(unit: TwinUnit) -> None:
        start = unit.appliance.model.readings().get("energyTotal", 0.0)
        looks = count()
        reads(
            unit, lambda told: {**told, "energyTotal": change(told["energyTotal"], start, next(looks))} if "energyTotal" in told else told
        )

    return defect


def meter_forgets(unit: TwinUnit) -> None:
    """Begin to count anew after a power cut."""
    model = unit.appliance.model

    def lighting(whole: Callable[[float], None]) -> Callable[[float], None]:
        def lit(outage: float) -> None:
            whole(outage)
            model.energy = 0.0

        return lit

    around(model, "lit", lighting)


# Diagnosis


def diagnoses(change: Callable[[Body], Body]) -> Defect:
    """Find something else than there is."""

    def defect(unit: TwinUnit) -> None:
        def starting(whole: Callable[..., Any]) -> Callable[..., Any]:
            def start(action: str, input: Any, *, confirmed: bool) -> Any:
                begun = whole(action, input, confirmed=confirmed)
                if action == "runDiagnostics" and isinstance(begun, Procedure):
                    around(begun, "finish", lambda finish: lambda result: change(finish(result)))
                return begun

            return start

        around(unit.appliance, "_start", starting)

    return defect


def diagnoses_unasked(unit: TwinUnit) -> None:
    """Run motors and heaters in a diagnosis that was not allowed to."""

    def starting(whole: Callable[..., Any]) -> Callable[..., Any]:
        def start(action: str, input: Any, *, confirmed: bool) -> Any:
            more = {"level": "full", "allow": ["motor", "heat"]} if action == "runDiagnostics" else {}
            return whole(action, {**(input or {}), **more} if more else input, confirmed=confirmed)

        return start

    around(unit.appliance, "_start", starting)


# Boxes, plugs, remotes


def as_made(unit: TwinUnit) -> None:
    """Be nothing but what it was made as."""
    del unit


def bears(**most: float) -> Defect:
    """Bear less on the line than a box must."""

    def defect(unit: TwinUnit) -> None:
        tolerance: dict[str, float] = unit.appliance.model.tolerance  # type: ignore[attr-defined] # of set-top boxes
        tolerance.update(most)

    return defect


def asks_always(unit: TwinUnit) -> None:
    """Ask a person before it switches off whatever it feeds."""

    def writing(whole: Callable[..., None]) -> Callable[..., None]:
        def write(values: Mapping[str, Any], *, confirmed: bool = False) -> None:
            if values.get("power") is False and not confirmed:
                raise Refusal("needs-confirm", "are you sure?", property="power")
            whole(values, confirmed=confirmed)

        return write

    around(unit.appliance, "write", writing)


def sends(change: Callable[[Burst], Burst]) -> Defect:
    """Send other pulses than it learned."""

    def defect(unit: TwinUnit) -> None:
        model: Any = unit.appliance.model
        around(model, "_code", lambda whole: lambda identifier: change(whole(identifier)))

    return defect


DEFECTS: dict[str, Defect] = {
    "label-of-older-standard": papers_as(label(std="GB 12021.2-2015"), made=CHANGE_OF_STANDARD),
    "label-of-another-model": papers_as(label(std="GB 21455-2019")),
    "label-better-than-best": papers_as(label(grade=0)),
    "safe-use-a-year-more": papers_as(_a_year_more),
    "safe-use-from-making": papers_as(_from_making),
    "safe-use-guessed": papers_as(_guessed),
    "energy-falls": meter(lambda true, _, look: true - 0.05 * (look % 3)),
    "energy-jumps": meter(lambda true, _, look: true + 2.0 * (look // 20)),
    "energy-twice": meter(lambda true, start, _: start + 2 * (true - start)),
    "energy-stands-still": meter(lambda _, start, __: start),
    "energy-forgotten": meter_forgets,
    "diagnosis-blind": diagnoses(lambda found: {**found, "suspects": []}),
    "diagnosis-blames-the-mains": diagnoses(
        lambda found: {**found, "suspects": [{"component": "mains", "code": "MAINS.UNDERVOLTAGE", "likelihood": 1.0}]}
    ),
    "diagnosis-unasked": diagnoses_unasked,
    "box-first-picture-late": as_made,
    "box-normal-picture-late": as_made,
    "box-shy-of-jitter": bears(jitter=20.0),
    "box-shy-of-loss": bears(loss=0.0005),
    "box-shy-of-delay": bears(delay=300.0),
    "plug-cuts-a-refrigerator": rule_ignored("guardWritable"),
    "plug-asks-always": asks_always,
    "remote-other-carrier": sends(lambda burst: Burst(burst.pulses, burst.carrier * 11 // 10)),
    "remote-stretches": sends(lambda burst: Burst(tuple(pulse * 12 // 10 for pulse in burst.pulses), burst.carrier)),
}
"""Name of a twin to what is wrong with it."""
