"""HTML as nested calls: what is text is escaped, what is a tag stays one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.conformance.report.markup import Markup, joined, tag


def code(text: str) -> Markup:
    """Return a name as it stands on the wire."""
    return tag("code", text)


def both(english: str, chinese: str) -> Markup:
    """Return a text in both languages, the Chinese one below; once where they are the same."""
    if english == chinese or not chinese:
        return joined(english)
    return joined(english, Markup("<br>"), tag("span", chinese, cls="zh", lang="zh-Hans"))


def heading(level: int, english: str, chinese: str, anchor: str = "") -> Markup:
    """Return a heading in both languages on one line."""
    return tag(f"h{level}", english, " ", tag("span", chinese, cls="zh", lang="zh-Hans"), id=anchor)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells, what stands below them over the whole width, and the anchor it is linked by."""

    cells: tuple[str, ...]
    below: str = ""
    anchor: str = ""


def table(headings: Sequence[str], rows: Iterable[Row]) -> Markup:
    """Return a table."""
    head = tag("thead", tag("tr", *(tag("th", each) for each in headings)))
    written: list[Markup] = []
    for row in rows:
        written.append(tag("tr", *(tag("td", cell) for cell in row.cells), id=row.anchor))
        if row.below:
            written.append(tag("tr", tag("td"), tag("td", joined(row.below), colspan=str(len(headings) - 1)), cls="below"))
    return tag("div", tag("table", head, tag("tbody", *written)), cls="wide")


def document(title: str, *body: str) -> str:
    """Return a whole page."""
    head = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", Markup(Path(__file__).with_name("page.css").read_text(encoding="utf-8"))),
    )
    content = joined(*(joined(part, Markup("\n")) for part in body))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{content}</body></html>\n'
