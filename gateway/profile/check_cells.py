"""Rules for the cells of a reference table: which a row must have, of what shape, and which words they may use."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gateway.profile.findings import Pages, is_word, joined
from gateway.profile.library import Library
from gateway.profile.plain_value import shown

Cell = tuple[str, Callable[[Any], bool]]


def is_day(value: object) -> bool:
    """Return whether a value is a day such as 2026-06-01."""
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(each) for each in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100  # noqa: PLR2004 - years and grades


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


TEXT: Cell = ("a text", _is_text)
TEXTS: Cell = ("a list of texts", _are_texts)
COUNT: Cell = ("a whole number from 1 to 100", _is_count)
NUMBER: Cell = ("a number", _is_number)
FLAG: Cell = ("true or false", lambda value: isinstance(value, bool))
RECORD: Cell = ("a mapping", _is_mapping)
DAY: Cell = ('a day such as "2026-06-01" in quotes', is_day)

CELLS: Mapping[str, Mapping[str, Mapping[str, Cell]]] = {
    "label-standards": {
        "standards": {
            "id": TEXT,
            "kinds": TEXTS,
            "schemes": TEXTS,
            "grades": COUNT,
            "metric": TEXT,
            "unit": TEXT,
            "from": DAY,
            "until": DAY,
        },
        "without": {"kind": TEXT},
    },
    "safe-use-years": {"kinds": {"kind": TEXT, "years": COUNT, "start": TEXT, "basis": TEXT}},
    "set-top-box-rules": {
        "bodies": {"counts": FLAG, "titles": RECORD},
        "standards": {"id": TEXT, "body": TEXT, "receptions": TEXTS, "classes": TEXTS, "issued": DAY, "from": DAY, "until": DAY},
        "rules": {"id": TEXT, "titles": RECORD, "quote": TEXT, "when": RECORD, "require": RECORD},
        "limits": {"id": TEXT, "maximum": NUMBER, "unit": TEXT, "titles": RECORD},
    },
    "waste-catalogue": {
        "items": {"number": COUNT, "kinds": TEXTS, "titles": RECORD},
        "hazards": {"titles": RECORD, "unit": TEXT, "must": TEXTS, "may": TEXTS},
    },
}
"""Table -> section -> the cells of a row, each with its shape; where a cell is empty (null), its shape is not asked for."""

_LISTED = {"schemes": "schemes", "start": "starts", "body": "bodies"}
"""Cell -> the section of the same table that lists its words."""
_OF_KINDS = frozenset({"kind", "kinds", "must", "may"})


def check_cells(pages: Pages, table: str, section: str, pointer: str, row: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Check the cells of one row; `table` is the file's name without its version."""
    for name, (wanted, fits) in CELLS.get(table, {}).get(section, {}).items():
        if name not in row:
            pages.report(pointer, f"has no {name}: give it, or leave it empty (null) and name it in unknown", rule="cell-missing")
        elif row[name] is not None and not fits(row[name]):
            rule = "day-form" if wanted == DAY[0] else "cell-form"
            pages.report(f"{pointer}/{name}", f"must be {wanted}, not {shown(row[name])}", rule=rule)
    for name, value in row.items():
        words = document.get(_LISTED.get(name, ""), {})
        if name in _LISTED and isinstance(words, Mapping) and words:
            _check_words(pages, f"{pointer}/{name}", value, tuple(words), f"one of {joined(words)}")
        if name in _OF_KINDS:
            _check_words(pages, f"{pointer}/{name}", value, Library().kinds(), "a kind of the standard")


def _check_words(pages: Pages, pointer: str, value: Any, words: tuple[Any, ...], what: str) -> None:
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and not is_word(word, words):
            pages.report(pointer, f"{shown(word)} is not {what}", rule="cell-word")
