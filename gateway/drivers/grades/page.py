"""The grades as a page: the table, and under it for each driver what its wires cannot have or do not tell, in the words of its tests."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.drivers.grades.grade import HEADINGS, Grade, Unit

_HEAD = """# Driver grades

Made by `make grades` from each driver's record and from how the contract (`tests/drivers/contract*.py`) went; do not edit.
A: every check is kept on every bench, and a client that we did not write has read and set the same simulated units. B: every check is
kept. C: some check is not. *Recovery* counts checks such as unplugged and back, a new address, lost and damaged words, over all benches.
"""


def page(all_grades: Iterable[Grade]) -> str:
    """Return the page in Markdown."""
    found = tuple(all_grades)
    rows = [_line(HEADINGS), _line(["---"] * len(HEADINGS)), *(_line(grade.row().values()) for grade in found)]
    return "\n".join([_HEAD, *rows, "", *(text for grade in found for text in _notes(grade))])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(grade: Grade) -> list[str]:
    kept, of = grade.kept(*{name for unit in grade.units for name in unit.checks})
    lines = [f"## {grade.driver.title}", "", f"{kept} of {of} checks kept on {len(grade.units)} simulated units.", ""]
    told = {f"{unit.kind} ({unit.wire})": notes for unit in grade.units if (notes := _of(unit))}
    shared = [note for note in next(iter(told.values()), []) if len(told) == len(grade.units) > 1 and all(note in n for n in told.values())]
    lines += [f"- {note}" for note in shared]
    lines += [f"- {name}: {'; '.join(rest)}" for name, notes in told.items() if (rest := [note for note in notes if note not in shared])]
    return [*lines, ""] if lines[-1] else lines


def _of(unit: Unit) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for name, reason in unit.lacks.items():
        reasons.setdefault(reason, []).append(name)
    notes = [f"without *{', '.join(names)}*: {reason}" for reason, names in reasons.items()]
    notes += [f"failed: *{name}*" for name, result in unit.checks.items() if result == "failed"]
    return notes + _terms(unit.terms)


def _terms(terms: Mapping[str, Any]) -> list[str]:
    notes = [f"`{name}` is not told: {reason}" for name, reason in terms.get("untold", {}).items()]
    notes += [f"`{name}` differs: {reason}" for name, reason in terms.get("differs", {}).items()]
    if terms.get("read_only"):
        notes.append(f"read only: {', '.join(f'`{name}`' for name in terms['read_only'])}")
    return notes + ([f"damaged words may be believed: {terms['unchecked']}"] if terms.get("unchecked") else [])
