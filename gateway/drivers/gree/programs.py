"""What is known of a program in the network module: whether a unit with it can do without the internet."""

import re
from functools import cache
from pathlib import Path

from gateway.drivers.parts.sheet import document
from gateway.thing.description import Locality

_FILE = Path(__file__).parent / "programs.yaml"
_VERSION = re.compile(r"V(\d+(?:\.\d+)*)\.bin\Z")


def version_of(program: str) -> str:
    """Return the version in a program's name, "" when it tells none."""
    found = _VERSION.search(program)
    return found[1] if found else ""


def locality(program: str) -> Locality:
    """Return what a unit with this program needs from outside the home."""
    return Locality.NEEDS_INTERNET if version_of(program) in _known()["leaves"] else Locality.LOCAL


def deaf() -> str:
    """Return the versions that have no LAN protocol, as far as people have told, for a sentence."""
    return ", ".join(_known()["deaf"])


@cache
def _known() -> dict[str, list[str]]:
    return {name: list(document(_FILE)[name]) for name in ("leaves", "deaf")}
