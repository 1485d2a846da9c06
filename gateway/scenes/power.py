"""How much a home will draw while a scene is done: what each device shows, and what those that are switched on have drawn before.

Nothing is invented: a device that measures nothing and says no rated power is named, and what is known then is a least, not a peak. The
limit of the line is what somebody says, else what a meter or breaker of the home has as its own, else unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.home import merge
from gateway.home.twin import Twin
from gateway.scenes.house import House
from gateway.scenes.plan import Part, Plan, Task, Wave
from gateway.thing.value import Value

DRAW: Final = "powerDraw"
RATED: Final = "maxPower"
LIMITS: Final = ("powerLimit", "overPowerThreshold")
SAMPLES: Final = 1000
"""How many of its newest changes tell what a device draws at most."""
WATTS: Final = "W"


@dataclass(frozen=True, slots=True)
class Power:
    """Watts: `now`, at the `peak`, and the `limit` of the line (None: not known); `unknown`: devices nobody knows the draw of."""

    now: float
    peak: float
    wave: int
    limit: float | None
    unknown: tuple[str, ...]

    @property
    def too_much(self) -> bool:
        """Return whether the limit is known to be passed."""
        return self.limit is not None and self.peak > self.limit

    def sentence(self) -> str:
        """Return it in words."""
        peak = f"{'at least ' if self.unknown else ''}{self.peak:.0f} W in wave {self.wave}" if self.wave else f"{self.peak:.0f} W"
        unknown = f"; not counted, for nobody knows what they draw: {', '.join(self.unknown)}" if self.unknown else ""
        if self.limit is None:
            return f"peak {peak}, now {self.now:.0f} W; the limit of the line is not known{unknown}"
        return f"peak {peak}, now {self.now:.0f} W, {'more than' if self.too_much else 'within'} the line's {self.limit:.0f} W{unknown}"


async def estimated(plan: Plan, house: House, limit: float | None = None) -> Power:
    """Return what a plan comes to; `limit`: that of the line in watts, where somebody says it."""
    draws = {device: shown(house.twin(device), DRAW) or 0.0 for device in house.devices() if not is_meter(house.twin(device))}
    now = peak = sum(draws.values())
    at = wave = 0
    unknown: dict[str, None] = {}
    for part in plan.parts:
        tasks = _switching(part)
        at += isinstance(part, Wave)
        for task in tasks:
            watts = await _expected(task, house)
            if watts is None:
                unknown[task.device] = None
            draws[task.device] = watts or 0.0
        if tasks and (total := sum(draws.values())) > peak:
            peak, wave = total, at
    return Power(now, peak, wave, limit if limit is not None else line_limit(house), tuple(unknown))


def _switching(part: Part) -> list[Task]:
    """Return the tasks of a wave that switch something, unless it is so already."""
    tasks: Iterable[Task] = part.tasks if isinstance(part, Wave) else ()
    return [task for task in tasks if "power" in task.values and not task.already and not task.problem]


async def _expected(task: Task, house: House) -> float | None:
    """Return what a device will draw: nothing when off, else the most it has drawn or is rated for; None where neither is known."""
    twin = house.twin(task.device)
    if task.values["power"] is not True:
        return 0.0
    if DRAW in twin.instance.properties and await was_on(task.device, house):
        past = await house.history(task.device, DRAW, 0.0, SAMPLES)
        if most := max((value for sample in past if (value := number(sample, "value")) is not None), default=0.0):
            return most
    return shown(twin, RATED) if _is_watts(twin, RATED) else None


async def was_on(device: str, house: House) -> bool:
    """Return whether a device was ever seen on: what it drew at rest says nothing."""
    return any(sample["value"] is True for sample in await house.history(device, "power", 0.0, SAMPLES))


def line_limit(house: House) -> float | None:
    """Return what a meter or breaker of the home has for its limit in watts, None where none has."""
    meters = [twin for twin in map(house.twin, house.devices()) if is_meter(twin)]
    limits = [shown(twin, name) for twin in meters for name in LIMITS if _is_watts(twin, name)]
    return min((limit for limit in limits if limit), default=None)


def is_meter(twin: Twin) -> bool:
    """Return whether it measures a line, and draws nothing itself."""
    return twin.description.kind == "meter"


def _is_watts(twin: Twin, name: str) -> bool:
    return name in twin.instance.properties and twin.instance.properties[name].unit == WATTS


def shown(twin: Twin, name: str) -> float | None:
    """Return a number a device shows and can be believed."""
    value = number(twin.values, name)
    return value if value is not None and merge.shows(twin, name, value) else None


def number(values: Mapping[str, Value], name: str) -> float | None:
    """Return a value that is a number, None for anything else."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
