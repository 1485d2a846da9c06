"""Every bad twin by name: what `table.yaml` says of it, and the function that makes it so."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from firmware_sim.profile import read
from firmware_sim.refusal import SetupMistake
from firmware_sim.twins.twin import Twin
from firmware_sim.twins.unit import Defect

TABLE = Path(__file__).with_name("table.yaml")
SUBJECTS = (
    "description",
    "state",
    "forms",
    "command",
    "long_action",
    "transport",
    "values",
    "error",
    "outage",
    "robustness",
    "crowd",
    "security",
    "papers",
)
"""Modules of this package with a table of `DEFECTS`."""


@cache
def twins() -> Mapping[str, Twin]:
    """Return every twin by name, in the order of the table; SetupMistake when words and functions do not go together."""
    defects: dict[str, Defect] = {}
    for subject in SUBJECTS:
        defects |= import_module(f"firmware_sim.twins.{subject}").DEFECTS
    rows: Mapping[str, Mapping[str, Any]] = read(TABLE)["twins"]
    if odd := sorted(rows.keys() ^ defects.keys()):
        raise SetupMistake(f"twins with words or a defect only: {', '.join(odd)}")
    return {name: _twin(name, row, defects[name]) for name, row in rows.items()}


def twin(name: str) -> Twin:
    """Return a twin; SetupMistake when there is none of that name."""
    if name not in twins():
        near = [other for other in twins() if name.partition("-")[0] in other]
        raise SetupMistake(f"there is no twin {name!r}: see --list-twins" + (f"; perhaps {', '.join(near[:5])}" if near else ""))
    return twins()[name]


def lines() -> list[str]:
    """Return the list of all twins, one a line."""
    return [each.line() for each in twins().values()]


def _twin(name: str, row: Mapping[str, Any], defect: Defect) -> Twin:
    return Twin(
        name=name,
        wrong={language: row[language] for language in ("en", "zh-Hans")},
        caught_by=tuple(row["caught_by"]),
        kinds=tuple(row.get("kinds", ("plug",))),
        wires=tuple(row.get("wires", ("mqtt", "coap"))),
        defect=defect,
        made=row.get("made", {}),
        paired=bool(row.get("paired", False)),
    )
