"""Rules for the reference tables (`profiles/reference/`): shape, days, languages, and a source for every cell.

A row names its `source`. A cell without a known source is empty (null) and named in `unknown`; a cell written from memory is named in
`memory`. So a reader always knows what to believe.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gateway.profile.check_cells import check_cells
from gateway.profile.check_head import check_head
from gateway.profile.check_text import check_languages, check_texts
from gateway.profile.findings import Pages, is_word, joined, pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.resolver import Document

_RESERVED = ("none", "memory")
_DAYS = frozenset({"from", "until", "issued"})
_ROWS = ("standards", "kinds", "items", "rules", "without", "limits")
_WORDS = ("sources", "schemes", "starts")
_TABLES = ("bodies", "hazards")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "label-standards": ("schemes", "standards", "without"),
    "safe-use-years": ("starts", "kinds"),
    "set-top-box-rules": ("bodies", "standards", "rules", "replacement", "limits"),
    "waste-catalogue": ("items", "hazards"),
}
_IDENTITY = ("id", "number", "kind")
_SOURCES = ("source", "startSource", "gradesSource")


def check_reference(pages: Pages, document: Document) -> None:
    """Check a table: a document with `sources`."""
    check_texts(pages, "", document, needed=True)
    check_head(pages, document)
    sources = document["sources"]
    if not isinstance(sources, Mapping):
        pages.report("/sources", "must map the name of a source to a text in both languages", rule="sources-form")
        return
    for section in _WORDS:
        words = document.get(section, {})
        for word, texts in words.items() if isinstance(words, Mapping) else ():
            check_languages(pages, f"/{section}{pointer_to(word)}", texts)
    for source in _RESERVED:
        if source not in sources:
            pages.report(
                "/sources",
                f"has no {source}: every table says how it marks what has no source and what comes from memory",
                rule="sources-reserved",
            )
    table = pages.path.stem.rpartition("-")[0]
    needed = _NEEDED.get(table, ())
    for section in needed:
        if section not in document:
            pages.report("", f"has no {section}: a table of this name needs {joined(needed)}", rule="table-section")
    for pointer, row in _rows(pages, document):
        _check_row(pages, pointer, row, sources)
        if isinstance(row, Mapping):
            check_cells(pages, table, pointer.split("/")[1], pointer, row, document)
    _check_days(pages, document)
    _check_twice(pages, document)


def _rows(pages: Pages, document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section in _ROWS:
        rows = document.get(section, [])
        if not isinstance(rows, list):
            pages.report(f"/{section}", "must be a list of rows", rule="table-form")
            continue
        yield from ((f"/{section}/{index}", row) for index, row in enumerate(rows))
    for section in _TABLES:
        table = document.get(section, {})
        if not isinstance(table, Mapping):
            pages.report(f"/{section}", "must map a name to a row", rule="table-form")
            continue
        yield from ((f"/{section}{pointer_to(name)}", row) for name, row in table.items())
    if "replacement" in document:
        yield "/replacement", document["replacement"]


def _check_row(pages: Pages, pointer: str, row: Any, sources: Mapping[str, Any]) -> None:
    if not isinstance(row, Mapping):
        pages.report(pointer, "must be a mapping", rule="table-form")
        return
    check_texts(pages, pointer, row, needed=False)
    for cell in _SOURCES:
        if (cell == "source" or cell in row) and not is_word(row.get(cell), sources):
            pages.report(
                f"{pointer}/{cell}", f"must name one of the sources: {joined(sources)}; it is {shown(row.get(cell))}", rule="source-unknown"
            )
    if "why" in row:
        check_languages(pages, f"{pointer}/why", row["why"])
    _check_marks(pages, pointer, row)
    _check_order(pages, pointer, row)


def _check_marks(pages: Pages, pointer: str, row: Mapping[str, Any]) -> None:
    """Hold empty cells against `unknown`, and `memory` against the cells there are."""
    empty = {name for name, value in row.items() if value is None}
    unknown, memory = _names(row.get("unknown")), _names(row.get("memory"))
    if unknown is None or memory is None:
        pages.report(pointer, "unknown and memory must be lists of the names of cells", rule="cell-marks")
        return
    for name in sorted(empty - unknown):
        pages.report(f"{pointer}/{name}", f"is empty: name {name} in unknown, or give it a value and a source", rule="cell-empty")
    for name in sorted(unknown - empty):
        pages.report(
            f"{pointer}/unknown", f"names {name}, which is not empty: take it out, or leave the cell empty (null)", rule="cell-empty"
        )
    for name in sorted(memory - set(row) | memory & empty):
        pages.report(f"{pointer}/memory", f"names {name}, which has no value here", rule="cell-memory")


def _check_days(pages: Pages, node: Any, pointer: str = "") -> None:
    """Check every `from`, `until` and `issued`, however deep: a day such as 2026-06-01, or null."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            at = f"{pointer}{pointer_to(name)}"
            if name in _DAYS and not isinstance(value, Mapping | list) and value is not None and _day(value) is None:
                pages.report(at, f'must be a day such as "2026-06-01" in quotes, not {shown(value)}', rule="day-form")
            _check_days(pages, value, at)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_days(pages, value, f"{pointer}/{index}")


def _check_order(pages: Pages, pointer: str, row: Mapping[str, Any]) -> None:
    first, last = _day(row.get("from")), _day(row.get("until"))
    if first is not None and last is not None and last < first:
        pages.report(f"{pointer}/until", f"{last} is before {first}, the first day", rule="day-order")


def _check_twice(pages: Pages, document: Mapping[str, Any]) -> None:
    """Report rows of one section that are called the same."""
    for section in _ROWS:
        rows = document.get(section, [])
        seen: set[Any] = set()
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            if (name := _name(row)) is not None and name in seen:
                pages.report(f"/{section}/{index}", f"{name} stands here twice", rule="row-twice")
            seen.add(name)


def _name(row: Any) -> str | None:
    """Return what a row is called; a standard may have a row for each of its kinds."""
    if not isinstance(row, Mapping):
        return None
    names = [shown(row[term]) for term in _IDENTITY if isinstance(row.get(term), str | int)]
    return f"{names[0]} for {row['kinds']}" if names and isinstance(row.get("kinds"), list) else next(iter(names), None)


def _names(value: Any) -> set[str] | None:
    if value is None:
        return set()
    return set(value) if isinstance(value, list) and all(isinstance(name, str) for name in value) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
