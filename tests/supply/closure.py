"""What a hub is made of at run time: every package the wheel asks for, with all its extras, and what those ask for in turn.

The first step is read from pyproject.toml (an editable installation may remember an older one), the rest from what is installed. A
requirement whose marker does not hold on this machine is left out; one that should be here and is not is an error, not a gap.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parent.parent.parent
OURSELVES = canonicalize_name("hulian")
FOR_DEVELOPERS = {"test"}
"""Extras that no hub has."""
EVERYTHING = "all"
"""The extra that is made of the others."""


@dataclass(frozen=True)
class Package:
    """One installed package: `extras` of ours that bring it (empty: the base set does), `needs` by name."""

    name: NormalizedName
    distribution: Distribution
    extras: tuple[str, ...]
    needs: tuple[NormalizedName, ...]

    @property
    def version(self) -> str:
        return self.distribution.version


def project(root: Path = ROOT) -> dict[str, Any]:
    """Return the `project` table of pyproject.toml."""
    return dict(tomllib.loads((root / "pyproject.toml").read_text())["project"])


def requirements(table: dict[str, Any]) -> dict[str, list[Requirement]]:
    """Return what the base set (under "") and each extra ask for directly, without those for developers and those of ourselves.

    What `all` leaves out on this machine, because there is no wheel for it, is left out of its own extra as well.
    """
    groups = {"": table["dependencies"], **table.get("optional-dependencies", {})}
    read = {extra: [*map(Requirement, lines)] for extra, lines in groups.items() if extra not in FOR_DEVELOPERS}
    absent = {wish.name for wish in read.pop(EVERYTHING, []) if not _holds(wish, frozenset())} | {OURSELVES}
    return {extra: [wish for wish in wishes if canonicalize_name(wish.name) not in absent] for extra, wishes in read.items()}


def closure(table: dict[str, Any] | None = None) -> dict[NormalizedName, Package]:
    """Return every package of a hub by name; LookupError names one that is not installed."""
    brought: dict[NormalizedName, set[str]] = {}
    needs: dict[NormalizedName, set[NormalizedName]] = {}
    for extra, wishes in requirements(table or project()).items():
        for name, asked in _walk(wishes):
            brought.setdefault(name, set()).add(extra)
            needs.setdefault(name, set()).update(asked)
    return {
        name: Package(name, distribution(name), () if "" in extras else tuple(sorted(extras)), tuple(sorted(needs[name])))
        for name, extras in sorted(brought.items())
    }


def _walk(wishes: Iterable[Requirement]) -> Iterator[tuple[NormalizedName, set[NormalizedName]]]:
    """Yield each package that the wishes lead to, with what it asks for itself."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [wish for wish in wishes if _holds(wish, frozenset())]
    while waiting:
        wish = waiting.pop()
        name, extras = canonicalize_name(wish.name), frozenset(wish.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        asked = [each for each in map(Requirement, _installed(name).requires or ()) if _holds(each, extras)]
        yield name, {canonicalize_name(each.name) for each in asked}
        waiting += asked


def _holds(wish: Requirement, extras: frozenset[str]) -> bool:
    """Return whether a requirement counts on this machine, for somebody who asked for these extras."""
    return wish.marker is None or any(wish.marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def _installed(name: NormalizedName) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise LookupError(f"{name} belongs to a hub and is not installed: make check installs it") from error
