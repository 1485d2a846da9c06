"""G: the label a device shows, and the energy it counts."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.laboratory import cut
from gateway.conformance.line import Line, State, Transport
from gateway.conformance.tables import in_force, label_standards
from gateway.conformance.thing import Thing


def _has_label(thing: Thing) -> str:
    return "" if "energyLabel" in thing.public else "no label is printed on its kind"


@check("G2", applies=_has_label, seconds=0.1)
async def the_label_is_of_a_standard_in_force_when_it_was_made(bench: Bench) -> None:
    """Each label it shows cites a standard for its kind that was in force on the day it was made, with a grade that standard has.

    Judged by the standard's table (`label-standards`): kind, scheme, number of grades, grade, and the day of manufacture from `identity` or
    the life record. A day or a number the table does not know is not judged; without a label there is nothing to ask.
    """
    labels = (await bench.line.state()).get("energyLabel")
    if not labels:
        raise NotAsked("it shows no label")
    made = await _made(bench)
    for label in labels:
        _judge_label(bench.thing.kind, label, made)
    if made is None:
        raise Untried("the day it was made cannot be read, so whether its standard was in force then is not known")


async def _made(bench: Bench) -> date | None:
    for name in ("identity", "life"):
        with suppress(Failure, ValueError):
            body = await bench.line.read(name)
            facts = body.get("header", body) if isinstance(body, Mapping) else {}
            if isinstance(facts.get("made"), str):
                return date.fromisoformat(facts["made"])
    return None


def _judge_label(kind: str, label: Mapping[str, Any], made: date | None) -> None:
    rows = [row for row in label_standards(kind) if row["id"] == label.get("std")]
    if not rows:
        known = sorted({row["id"] for row in label_standards(kind)})
        raise Failure(
            f"a label standard for a {kind}: one of {', '.join(known)}" if known else f"no label: none is known for a {kind}", came=label
        )
    row = rows[0]
    if label.get("scheme") not in row["schemes"]:
        raise Failure(f"the scheme of {row['id']}: {', '.join(row['schemes'])}", came=label)
    if row["grades"] is not None and not (label.get("gradesTotal") == row["grades"] and 1 <= label.get("grade", 0) <= row["grades"]):
        raise Failure(f"a grade of the {row['grades']} that {row['id']} has", came=label)
    if made is not None and in_force(row, made) is False:
        raise Failure(f"a standard in force on {made}, the day it was made", came={**label, "from": row["from"], "until": row["until"]})


# Energy

STEP, STEPS, FIRST = 3.0, 600, 100
"""Seconds of the device's time between two looks, how many looks at most, and after how many it is clear that it uses too little."""
SHARE: Final = 0.02
"""What energy and the integral of power may be apart."""
ENOUGH, PLENTY = 8.0, 25.0
"""So many times the grain of the figures must have been used to be judged, and to look no longer."""
W_PER_KWH_S: Final = 3.6e6
LOAD: Final = 2000
"""Watts that a plug is given to feed: a 10 A plug bears them."""


def _meters(thing: Thing) -> str:
    return "" if {"energyTotal", "powerDraw"} <= set(thing.public) else "it does not measure energy and power"


@dataclass
class Curve:
    """What was seen of a meter: seconds, watts and kilowatt-hours, one after another."""

    grain: float
    highest: float
    at: list[float] = field(default_factory=list)
    watts: list[float] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)

    def take(self, at: float, state: State) -> None:
        """Add a look; raise Failure when the meter went back, or further on than any power explains."""
        watts, energy = state.get("powerDraw"), state.get("energyTotal")
        if watts is None or energy is None:
            return
        if self.energy and energy < self.energy[-1]:
            raise Failure("energyTotal never falls", came=[self.energy[-1], energy])
        if self.energy:
            self._judge_step(at, energy)
        self.at.append(at)
        self.watts.append(watts)
        self.energy.append(energy)

    def _judge_step(self, at: float, energy: float) -> None:
        changed = next((index for index in range(len(self.energy) - 1, 0, -1) if self.energy[index] != self.energy[index - 1]), 0)
        most = self.highest * (at - self.at[changed] + STEP) / W_PER_KWH_S + 2 * self.grain
        if energy - self.energy[-1] > most:
            raise Failure(f"no step of energyTotal above {most:.3f} kWh, what {self.highest:g} W can use", came=[self.energy[-1], energy])

    @property
    def used(self) -> float:
        """Kilowatt-hours by the meter."""
        return self.energy[-1] - self.energy[0] if self.energy else 0.0

    @property
    def integral(self) -> float:
        """Kilowatt-hours by the power."""
        pairs = zip(self.at, self.at[1:], self.watts, self.watts[1:], strict=False)
        return sum((after - before) * (low + high) / 2 for before, after, low, high in pairs) / W_PER_KWH_S

    @property
    def hours(self) -> float:
        """How long it was watched."""
        return (self.at[-1] - self.at[0]) / 3600 if self.at else 0.0


@check("G5", "integral", hands=("advance",), applies=_meters, seconds=8.0)
async def energy_is_the_integral_of_power(bench: Bench) -> None:
    """Energy never falls, never jumps, and grows by what the power it shows adds up to, within 2 %.

    Judged over up to 30 minutes of its time at work, looked at every 3 s: what `energyTotal` grew by against the sum of `powerDraw`; the
    dead bands and steps of both figures are granted besides. Where it used too little for them to tell, only falling and jumping is judged.
    """
    thing, line = bench.thing, bench.lines.get(Transport.COAP, bench.line)
    grain = _grain(thing, "energyTotal")
    curve = Curve(grain, float(thing.properties["powerDraw"].get("maximum", 10000)))
    async with _at_work(bench):
        await _watched(bench, line, curve)
    granted = _granted(thing, curve)
    if max(curve.used, curve.integral) < ENOUGH * granted:
        raise Untried(f"it used {curve.integral:.3f} kWh, too little to judge figures with a grain of {granted:.3f} kWh")
    apart = abs(curve.used - curve.integral)
    if apart > SHARE * max(curve.used, curve.integral) + granted:
        came = {"energyTotal grew by": round(curve.used, 4), "powerDraw adds up to": round(curve.integral, 4), "granted": round(granted, 4)}
        raise Failure("energyTotal agrees with the integral of powerDraw within 2 %", came=came)


async def _watched(bench: Bench, line: Line, curve: Curve) -> None:
    """Look at the meter, again and again, until enough was used or it is clear that it will not be."""
    began, passed = time.monotonic(), 0.0
    for looks in range(STEPS):
        curve.take(passed + time.monotonic() - began, await line.state())
        used, granted = max(curve.used, curve.integral), _granted(bench.thing, curve)
        if used > PLENTY * granted or (looks == FIRST and used * STEPS / FIRST < ENOUGH * granted):
            return
        await bench.pass_time(STEP)
        passed += STEP


def _granted(thing: Thing, curve: Curve) -> float:
    """Return the kilowatt-hours that the grain of both figures may hide."""
    return 2 * curve.grain + _grain(thing, "powerDraw") * curve.hours / 1000


def _grain(thing: Thing, name: str) -> float:
    """Return how far a figure may be from what is true: its dead band and its step."""
    body = thing.properties[name]
    report = body.get("hl:report")
    deadband = report.get("deadband", 0.0) if isinstance(report, Mapping) else 0.0
    return float(deadband) + float(body.get("hl:resolution", body.get("multipleOf", 0.0)))


@asynccontextmanager
async def _at_work(bench: Bench) -> AsyncIterator[None]:
    """Let it work as hard as can be asked for; a plug is given something to feed, where there are hands for that."""
    wished = {"power": True, "mode": "cool", "targetTemperature": bench.thing.properties.get("targetTemperature", {}).get("minimum")}
    for name, value in wished.items():
        if name in bench.thing.writable and value is not None:
            with suppress(Failure):
                await bench.write(name, value)
    load = await _load(bench)
    try:
        if load is not None:
            await bench.hands.do("touch", set={"load": LOAD})
        yield
    finally:
        if load is not None:
            with suppress(Untried):
                await bench.hands.do("touch", set={"load": load})


async def _load(bench: Bench) -> float | None:
    """Return what a plug feeds now, in watts; None where nobody can tell or change it."""
    if bench.thing.kind != "plug" or not {"touch", "truth"} <= bench.hands.abilities:
        return None
    with suppress(Untried):
        truth = (await bench.hands.do("truth")).get("truth")
        load = truth.get("load") if isinstance(truth, Mapping) else None
        return float(load) if isinstance(load, int | float) else None
    return None


@check("G5", "cuts", hands=("power", "advance"), applies=_meters, seconds=2.0)
async def the_meter_survives_power_cuts(bench: Bench) -> None:
    """The energy counted so far is there again after a power cut, and nothing was counted meanwhile.

    Judged: cuts of 20 ms, 10 minutes and 8 hours; `energyTotal` is not smaller afterwards, and not bigger than a minute's use explains.
    """
    line = bench.lines.get(Transport.COAP, bench.line)
    grain = _grain(bench.thing, "energyTotal")
    for seconds in (0.02, 600.0, 28800.0):
        before = (await line.state()).get("energyTotal")
        state = await cut(bench, seconds, line)
        after = state.get("energyTotal")
        if before is None or after is None:
            raise Untried("its meter shows nothing")
        most = before + float(bench.thing.properties["powerDraw"].get("maximum", 10000)) * 60 / W_PER_KWH_S + 2 * grain
        if not before <= after <= most:
            raise Failure(f"energyTotal between {before} and {most:.3f} after a power cut", sent={"cut": seconds}, came=after)
