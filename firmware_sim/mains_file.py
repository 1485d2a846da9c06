"""The `mains:` block of a home file, read and checked.

    mains:
      clock: "17:30"                # the time of day at which the simulation begins (noon)
      nominal: 220                  # volts when nothing is said
      schedule:
        - {at: "18:00", to: "22:00", volts: 154}       # every day
        - {at: "19:30", seconds: 0.02, volts: 0}       # every day, 20 ms
        - {after: 60, seconds: 20, volts: 0}           # once, 60 s after the simulation began
      weak: {seed: 7, usual: 208, low: 154, from: "18:00", to: "22:30", interruptions: 1.0, flapping: 0.3}

Durations are physical seconds, voltages 0 to 300, `interruptions` and `flapping` how many to expect in a day.
"""

import re
from collections.abc import Mapping
from typing import Any

from firmware_sim.mains import DAY, Disturbance, MainsPlan, Weakness
from firmware_sim.refusal import SetupMistake

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\Z")
_BLOCK = ("clock", "nominal", "schedule", "weak")
_ENTRY = ("at", "after", "to", "seconds", "volts")
_WEAK = ("seed", "usual", "low", "from", "to", "interruptions", "flapping")
MOST_VOLTS, MOST_A_DAY = 300.0, 20.0


def mains_plan(block: Any) -> MainsPlan:
    """Return the plan of a `mains:` block; SetupMistake says what is wrong in it."""
    _known(block, _BLOCK, "mains")
    usual = MainsPlan()
    clock = _time(block["clock"], "mains: clock") if "clock" in block else usual.clock
    schedule = block.get("schedule", [])
    if not isinstance(schedule, list):
        raise SetupMistake("mains: `schedule` is a list")
    daily: list[Disturbance] = []
    once: list[Disturbance] = []
    for number, entry in enumerate(schedule, 1):
        name = f"mains: schedule {number}"
        _known(entry, _ENTRY, name)
        (daily if "at" in entry else once).append(_disturbance(entry, clock, name))
    return MainsPlan(
        clock=clock,
        nominal=_number(block.get("nominal", usual.nominal), 0, MOST_VOLTS, "mains: nominal"),
        daily=tuple(daily),
        once=tuple(once),
        weak=_weakness(block["weak"]) if "weak" in block else None,
    )


def _disturbance(entry: Mapping[str, Any], clock: float, name: str) -> Disturbance:
    if ("at" in entry) == ("after" in entry) or ("to" in entry) == ("seconds" in entry) or ("to" in entry and "after" in entry):
        raise SetupMistake(f"{name}: give `at` and `to`, or `at` and `seconds`, or `after` and `seconds`")
    start = _time(entry["at"], f"{name}: at") if "at" in entry else clock + _number(entry["after"], 0, 366 * DAY, f"{name}: after")
    if "seconds" in entry:
        end = start + _number(entry["seconds"], 0.001, DAY, f"{name}: seconds")
    else:
        end = _time(entry["to"], f"{name}: to")
        end += DAY if end <= start else 0.0
    return Disturbance(start, end, _number(entry.get("volts"), 0, MOST_VOLTS, f"{name}: volts"))


def _weakness(block: Any) -> Weakness:
    _known(block, _WEAK, "mains: weak")
    usual = Weakness()
    weak = Weakness(
        seed=int(_number(block.get("seed", usual.seed), 0, 2**31, "mains: weak: seed")),
        usual=_number(block.get("usual", usual.usual), 0, MOST_VOLTS, "mains: weak: usual"),
        low=_number(block.get("low", usual.low), 0, MOST_VOLTS, "mains: weak: low"),
        start=_time(block["from"], "mains: weak: from") if "from" in block else usual.start,
        end=_time(block["to"], "mains: weak: to") if "to" in block else usual.end,
        interruptions=_number(block.get("interruptions", usual.interruptions), 0, MOST_A_DAY, "mains: weak: interruptions"),
        flapping=_number(block.get("flapping", usual.flapping), 0, MOST_A_DAY, "mains: weak: flapping"),
    )
    if weak.low > weak.usual or weak.start >= weak.end:
        raise SetupMistake("mains: weak: `low` is not above `usual`, and `from` is before `to` on the same day")
    return weak


def _known(block: Any, names: tuple[str, ...], where: str) -> None:
    if not isinstance(block, dict):
        raise SetupMistake(f"{where} is a mapping with {', '.join(names)}")
    if unknown := sorted(set(map(str, block)) - set(names)):
        raise SetupMistake(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(names)}")


def _number(value: Any, low: float, high: float, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise SetupMistake(f"{where} is a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def _time(value: Any, where: str) -> float:
    """Return the second of the day of a time such as 18:30."""
    match = _TIME.match(value) if isinstance(value, str) else None
    if match is None:
        raise SetupMistake(f'{where} is a time of day such as "18:30", not {value!r}')
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600.0 + minutes * 60 + seconds
