"""What the judge makes of twins and healthy appliances, as a matrix: who was caught by what, who was not, and who was accused wrongly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from firmware_sim.twins.table import twins
from tests.mutants.case import Case

SMOKE = ("T1", "T4", "S1", "S2", "C1", "E4")
"""What every twin is asked beside what it must fail."""


def twin_cases(names: Iterable[str], seed: int, *, thorough: bool = False) -> list[Case]:
    """Return a case for each of these twins: asked what it must fail, then what every one is asked."""
    return [_twin_case(name, seed, thorough=thorough) for name in names]


def _twin_case(name: str, seed: int, *, thorough: bool) -> Case:
    bad = twins()[name]
    smoke = tuple(each for each in SMOKE if each not in bad.caught_by)
    return Case(kind=bad.kinds[0], twin=name, ids=bad.caught_by, smoke=smoke, seed=seed, thorough=thorough)


def healthy_cases(kinds: Iterable[str], seed: int, budget: float, runs: int) -> list[Case]:
    """Return `runs` cases that go round these kinds, each with a seed of its own."""
    named = list(kinds)
    return [Case(kind=named[number % len(named)], seed=seed + number // len(named), budget=budget) for number in range(runs)]


def drawn(names: Iterable[str], share: float, seed: int) -> list[str]:
    """Return a share of these names, drawn with a seed, in their order."""
    every = list(names)
    chosen = set(Random(seed).sample(every, max(1, round(len(every) * share))))
    return [name for name in every if name in chosen]


@dataclass
class Matrix:
    """`killed`: twin to the ids of its own that failed; `alive`: twin to why not; `others`: ids beside them; `alarms`: of healthy ones."""

    killed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alive: dict[str, str] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    healthy: int = 0
    seconds: float = 0.0

    def add(self, case: Case, found: Mapping[str, Any]) -> str:
        """Enter what was found; return it as a line."""
        self.seconds += found["seconds"]
        return self._twin(case, found) if case.twin else self._well(case, found)

    def _twin(self, case: Case, found: Mapping[str, Any]) -> str:
        own = twins()[case.twin].caught_by
        failed = found.get("failed", {})
        by = tuple(name for name in failed if _requirement(name) in own)
        head = f"{case.twin:30} {case.kind:16} {found['seconds']:6.1f} s "
        if not by and "broken" in found and _unreachable(own):
            by = ("broken",)
        if by:
            self.killed[case.twin] = by
            self.others[case.twin] = tuple(name for name in failed if name not in by)
            return f"{head} killed by {', '.join(by)}" + (f"; also {', '.join(self.others[case.twin])}" if self.others[case.twin] else "")
        self.alive[case.twin] = _excuse(own, found)
        return f"{head} SURVIVES {', '.join(own)}: {self.alive[case.twin]}"

    def _well(self, case: Case, found: Mapping[str, Any]) -> str:
        self.healthy += 1
        head = f"{case.kind:30} healthy {case.seed:8} {found['seconds']:6.1f} s "
        wrong = {**found.get("failed", {}), **found.get("errored", {})} | ({"run": found["broken"]} if "broken" in found else {})
        self.alarms += [f"{case.kind} (seed {case.seed}) {name}: {words}" for name, words in wrong.items()]
        return head + (f"FALSE ALARM {', '.join(wrong)}" if wrong else f"silent ({len(found['passed'])} passed)")

    @property
    def clean(self) -> bool:
        """Return whether nobody survived and nobody was accused wrongly."""
        return not self.alive and not self.alarms

    def summary(self) -> str:
        """Return the figures, then who survived and who was accused."""
        tried = len(self.killed) + len(self.alive)
        rate = f" ({100 * len(self.killed) / tried:.1f} %)" if tried else ""
        lines = [f"{len(self.killed)} of {tried} twins killed{rate}; {len(self.alarms)} false alarms in {self.healthy} healthy runs"]
        lines += [f"  survivor: {name}: {why}" for name, why in self.alive.items()]
        lines += [f"  false alarm: {alarm}" for alarm in self.alarms]
        return "\n".join(lines)


def _requirement(name: str) -> str:
    return name.partition("[")[0].partition(".")[0]


def _unreachable(own: tuple[str, ...]) -> bool:
    """Whether a target that cannot even be opened is what the requirement is about: a description that is none."""
    return "T1" in own


def _excuse(own: tuple[str, ...], found: Mapping[str, Any]) -> str:
    """Say why none of its ids caught it: not there, skipped, or passed."""
    if "broken" in found:
        return str(found["broken"])
    told = [
        f"{outcome} {name}" + (f" ({words})" if words else "")
        for outcome in ("errored", "skipped", "passed")
        for name, words in found[outcome].items()
        if _requirement(name) in own
    ]
    failed = f"; failed besides: {', '.join(found['failed'])}" if found["failed"] else ""
    return (", ".join(told) or "there is no such check") + failed
