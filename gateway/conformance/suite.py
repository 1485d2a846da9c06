"""Which suite judged: its version, and the hash of everything that decides a verdict, so that two results can be told apart."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
DECIDES: Final = frozenset({".py", ".yaml", ".json"})
SHOWS: Final = "report"
"""The folder that only shows what was decided."""


@cache
def suite() -> Mapping[str, str]:
    """Return `version` and `hash` (SHA-256) of the suite."""
    return {"version": metadata.version("hulian"), "hash": _hash()}


def environment() -> dict[str, str]:
    """Return what a laboratory writes down about the machine that judged; nothing of it names a person or a place."""
    return {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}


def _hash() -> str:
    whole = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        name = path.relative_to(HERE)
        if path.suffix in DECIDES and name.parts[0] != SHOWS:
            whole.update(f"{name.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
