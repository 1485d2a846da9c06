"""`make check`: no package of a hub has a known hole, and none is under a licence a hub must not need.

What is known stands in advisories.toml: it is read without a network, and it is ours to keep. Looked at are what is installed, what
constraints.txt pins, and the oldest version that pyproject.toml still lets in.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.supply.closure import ROOT, closure, project, requirements
from tests.supply.licences import troubles


@dataclass(frozen=True)
class Advisory:
    """One known hole: `affected` are the versions that have it, `says` is what it is, in our words."""

    id: str
    package: str
    affected: SpecifierSet
    says: str

    def hits(self, name: str, version: str) -> bool:
        """Return whether this version of a package has it."""
        return canonicalize_name(name) == self.package and self.affected.contains(Version(version), prereleases=True)


def read_advisories(path: Path = ROOT / "advisories.toml") -> tuple[Advisory, ...]:
    """Return what is known; ValueError or KeyError for an entry that is none."""
    entries = tomllib.loads(path.read_text())["advisory"]
    return tuple(
        Advisory(entry["id"], canonicalize_name(entry["package"]), SpecifierSet(entry["affected"]), entry["says"]) for entry in entries
    )


def pins(text: str) -> dict[str, str]:
    """Return name to version of a constraints file."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line) if version}


def floors(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each direct requirement with the oldest version it lets in."""
    for wishes in requirements(dict(table)).values():
        for wish in wishes:
            if oldest := _oldest(wish):
                yield canonicalize_name(wish.name), oldest


def _oldest(wish: Requirement) -> str | None:
    versions = [Version(part.version) for part in wish.specifier if part.operator in (">=", "==", "~=")]
    return str(max(versions)) if versions else None


def holes(advisories: Iterable[Advisory], versions: Iterable[tuple[str, str]], where: str) -> list[str]:
    """Return a line for each package that has a known hole."""
    known = list(advisories)
    return [
        f"{name} {version} ({where}): {hole.id}: {hole.says}" for name, version in versions for hole in known if hole.hits(name, version)
    ]


def complaints() -> list[str]:
    """Return everything that must not be so; empty when all is well."""
    advisories, packages, table = read_advisories(), closure(), project()
    return [
        *holes(advisories, ((package.name, package.version) for package in packages.values()), "installed"),
        *holes(advisories, pins((ROOT / "constraints.txt").read_text()).items(), "constraints.txt"),
        *holes(advisories, floors(table), "the oldest that pyproject.toml lets in"),
        *troubles(packages.values()),
    ]


def main() -> None:
    found = complaints()
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
