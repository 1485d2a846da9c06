"""What each driver is worth, from its record and from how its contract went: `results.json` is written by the suite, never by hand.

A  every check of the contract is kept, on every bench, and a client that we did not write has read and set the same simulated units
B  every check is kept, and nobody but us has judged the units
C  some check is not kept
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gateway.drivers.spi import Driver
from gateway.thing.description import Locality

RESULTS = Path(__file__).with_name("results.json")
KEPT = "kept"
FOUND, OFFLINE_START, DIAGNOSIS = "found", "away at first", "diagnosis"
RECOVERY = (
    "silent and back",
    "unplugged and back",
    "without internet",
    "new address",
    "gone in the middle",
    "malformed",
    "twice and late",
    "lost",
    "pieces",
    "slow",
    "flooding",
)
HEADINGS = (
    "Driver",
    "Grade",
    "Kinds",
    "Discovery",
    "Local",
    "Push",
    "Pairing",
    "Offline start",
    "Diagnostics",
    "Recovery",
    "Foreign judge",
)
_NONE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One bench: `checks` to `kept` or `failed`, `lacks` to the reason, `terms`: what else its test declared."""

    bench: str
    wire: str
    kind: str
    checks: Mapping[str, str]
    lacks: Mapping[str, str]
    locality: str
    needs: tuple[str, ...]
    push: bool | None
    judges: tuple[str, ...]
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One driver and its benches."""

    driver: Driver
    units: tuple[Unit, ...]

    @property
    def letter(self) -> str:
        """Return A, B or C."""
        if not self.units or any(result != KEPT for unit in self.units for result in unit.checks.values()):
            return "C"
        return "A" if self.judges else "B"

    @property
    def judges(self) -> tuple[str, ...]:
        """Return the clients we did not write, by their distributions."""
        return tuple(sorted({judge for unit in self.units for judge in unit.judges}))

    def kept(self, *checks: str) -> tuple[int, int]:
        """Return how many of the checks that there can be are kept, and how many there are, over all benches."""
        results = [unit.checks[name] for unit in self.units for name in checks if name in unit.checks]
        return results.count(KEPT), len(results)

    def row(self) -> dict[str, str]:
        """Return the cells of its line, by heading."""
        localities = {Locality(unit.locality) for unit in self.units if unit.locality}
        cells = (
            self.driver.name,
            self.letter,
            "all" if self.driver.kinds == ("*",) else str(len(self.driver.kinds)),
            self._discovery(),
            "; ".join(locality.sentence for locality in Locality if locality in localities) or _NONE,
            self._push(),
            self._pairing(),
            _verdict(*self.kept(OFFLINE_START)),
            _verdict(*self.kept(DIAGNOSIS)),
            _count(*self.kept(*RECOVERY)),
            ", ".join(self.judges) or _NONE,
        )
        return dict(zip(HEADINGS, cells, strict=True))

    def document(self) -> dict[str, Any]:
        """Return all of it, for scripts."""
        kept, of = self.kept(*{name for unit in self.units for name in unit.checks})
        units = [{name: getattr(unit, name) for name in Unit.__slots__} for unit in self.units]
        return self.row() | {"title": self.driver.title, "kinds": list(self.driver.kinds), "kept": kept, "of": of, "units": units}

    def _discovery(self) -> str:
        ways = ["announced (mDNS)"] if self.driver.services else []
        if self.driver.search is not None and self.kept(FOUND)[0]:
            ways.append("its own search")
        if self.driver.watch is not None:
            ways.append("announced (MQTT)")
        return ", ".join(ways) or _NONE

    def _pairing(self) -> str:
        needs = sorted({need for unit in self.units for need in unit.needs})
        if not needs:
            return "nothing to enter" if self.units else _NONE
        return ", ".join(needs) + ("" if all(unit.needs for unit in self.units) else " (some units)")

    def _push(self) -> str:
        told = {unit.push for unit in self.units if unit.push is not None}
        return "yes" if told == {True} else "no, asked" if told == {False} else "some units" if told else _NONE


@cache
def results() -> Mapping[str, Any]:
    """Return what the suite wrote: `drivers`, each with its benches."""
    found: Mapping[str, Any] = orjson.loads(RESULTS.read_bytes())
    return found


def grades(names: Iterable[str], load: Callable[[str], Driver]) -> tuple[Grade, ...]:
    """Return the grade of each driver, in this order; one that the suite has not seen has no bench. `load`: the table's."""
    drivers = results()["drivers"]
    return tuple(Grade(driver=load(name), units=tuple(_unit(unit) for unit in drivers.get(name, ()))) for name in names)


def _unit(found: Mapping[str, Any]) -> Unit:
    return Unit(**{**found, "needs": tuple(found["needs"]), "judges": tuple(found["judges"])})


def _verdict(kept: int, of: int) -> str:
    return _NONE if not of else "yes" if kept == of else f"no ({kept} of {of})"


def _count(kept: int, of: int) -> str:
    return f"{kept} of {of}" if of else _NONE
