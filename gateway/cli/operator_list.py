"""An operator's list of set-top boxes: a table as text, the way such lists come out of a spreadsheet.

The text is UTF-8, with or without a mark at its start, or GB18030; cells are parted by commas, semicolons or tabs. The first line names the
columns, in English or Chinese. Every line is read by itself: one that cannot be understood is reported with its number and what to do, and
takes no other with it.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.errors import HulianError, SetupError
from gateway.profile.resolver import read_yaml
from gateway.profile.set_top_box_rules import SHANGHAI

WORDS: Final = Path(__file__).with_suffix(".yaml")
KEYS: Final = ("device", "serial", "mac")
"""Columns that say which box a line is about; one of them is enough."""
MOST_BYTES, MOST_LINES, MOST_CELL, MOST_CELLS, MOST_STANDARDS = 16 * 1024 * 1024, 200_000, 1024, 64, 32
LONGEST_SHOWN: Final = 40

_NOISE = re.compile("[\\s_\\-·:\uff1a*]+|[(\uff08\\[【].*?[)\uff09\\]】]")
_STANDARDS = re.compile("[;\uff1b、,\uff0c|]+")
_LINES = re.compile(r"\r\n|\r|\n")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\Z|(\d{4})(\d{2})(\d{2})\Z")
_LOCAL = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(.*)\Z")
_CUT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_ZONE = re.compile(r"[Zz]|[+-]\d{2}:?\d{2}")


class LineWrong(HulianError):
    """A line that cannot be understood; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that says something: which box (by the columns of KEYS) and what of it."""

    line: int
    keys: Mapping[str, str]
    facts: Mapping[str, Any]


@dataclass(slots=True)
class OperatorList:
    """What a list says, and the lines that could not be read: number to why. `unread`: headings that mean nothing here."""

    encoding: str
    entries: list[Entry] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def read_list(content: bytes) -> OperatorList:
    """Return what a list says; raise SetupError where it is no list at all."""
    text, encoding = _text(content)
    lines = _LINES.split(text)
    if len(lines) > MOST_LINES:
        raise SetupError(f"the list has more than {MOST_LINES} lines: take it apart")
    rows = _rows(lines, _delimiter(lines))
    number, heading = next(rows, (1, "is empty"))
    if isinstance(heading, str):
        raise SetupError(f"line {number} {heading}; the first line must name the columns (`hulian stb import --help` shows them)")
    columns = [_column(cell) for cell in heading]
    _check_columns(columns, heading, number)
    found = OperatorList(encoding, unread=[cell for cell, column in zip(heading, columns, strict=True) if column is None and cell])
    for number, cells in rows:
        try:
            found.entries.append(_entry(number, columns, cells))
        except LineWrong as error:
            found.bad[number] = str(error)
    return found


def meaning(column: str, cell: str) -> Any:
    """Return what a cell of a column means, as the profile has it; raise LineWrong where it means nothing."""
    if column == "firstActivated":
        return _moment(cell)
    if column == "standards":
        named = [_standard(each) for each in _STANDARDS.split(cell) if each.strip()]
        if len(named) > MOST_STANDARDS or any(len(each) > 64 for each in named):  # noqa: PLR2004 - the limits of the profile
            raise LineWrong(f"names more than {MOST_STANDARDS} standards, or one longer than 64 characters")
        return named
    words = _table()["words"][column]
    word = words.get(_plain(cell))
    if word is None:
        known = ", ".join(dict.fromkeys(words.values()))
        raise LineWrong(f"{_shown(cell)} is no {_name(column)}: write one of {known}")
    return word == "true" if column == "smart" else word


def _text(content: bytes) -> tuple[str, str]:
    if len(content) > MOST_BYTES:
        raise SetupError(f"the list is larger than {MOST_BYTES // 1024 // 1024} MiB: take it apart")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SetupError("the list is UTF-16: save it as CSV in UTF-8 (in a spreadsheet: `CSV UTF-8`)")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, "UTF-8" if encoding == "utf-8-sig" else "GB18030"
    raise SetupError("the list is no text in UTF-8 or GB18030: save it as CSV (a spreadsheet file itself cannot be read)")


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the number of each line that is not empty, and its cells, or in words why they cannot be told apart."""
    for number, line in enumerate(lines, start=1):
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True), ())]
        except csv.Error as error:
            yield number, f"cannot be taken apart ({error}): a quotation mark is missing, or a cell has a line break"
        else:
            if any(cells):
                yield number, cells


def _delimiter(lines: list[str]) -> str:
    heading = next((line for line in lines if line.strip()), "")
    return max(",;\t", key=lambda mark: sum(_column(cell) is not None for cell in heading.split(mark)))


def _column(heading: str) -> str | None:
    column: str | None = _table()["columns"].get(_plain(heading))
    return column


def _check_columns(columns: list[str | None], heading: list[str], number: int) -> None:
    named = [column for column in columns if column]
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise SetupError(f"line {number} names {', '.join(twice)} twice: leave one of the columns out")
    if not set(named) & set(KEYS):
        raise SetupError(f"line {number} names no device, serial or mac, so nobody knows which box is meant; it has {_some(heading)}")
    if not set(named) - set(KEYS):
        raise SetupError(f"line {number} names nothing a box is; it has {_some(heading)} (`hulian stb import --help` shows the columns)")


def _entry(number: int, columns: list[str | None], cells: list[str] | str) -> Entry:
    if isinstance(cells, str):
        raise LineWrong(cells)
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise LineWrong(f"has {len(cells)} cells under {len(columns)} headings: put cells with commas in quotation marks")
    if len(cells) > MOST_CELLS or any(len(cell) > MOST_CELL for cell in cells):
        raise LineWrong(f"has a cell of more than {MOST_CELL} characters, or more than {MOST_CELLS} cells")
    told = {column: cell.lstrip("'").strip() for column, cell in zip(columns, cells, strict=False) if column and cell.strip("'")}
    keys: dict[str, str] = {name: told[name] for name in KEYS if name in told}
    if not keys:
        raise LineWrong("names no box: fill in its device, serial or mac")
    if cut := next((key for key in keys.values() if _CUT.fullmatch(key)), ""):
        raise LineWrong(f"{_shown(cut)} is a number the spreadsheet has cut: make the column one of text and write it out")
    facts = {name: meaning(name, cell) for name, cell in told.items() if name not in KEYS}
    if not facts:
        raise LineWrong("says nothing of the box")
    return Entry(number, keys, facts)


def _moment(cell: str) -> str:
    """Return a day, or a moment with its zone, as text; a moment without a zone is one in Asia/Shanghai, where these lists are made."""
    try:
        if day := _DAY.match(cell):
            year, month, number = (int(part) for part in day.groups() if part)
            return date(year, month, number).isoformat()
        if moment := _LOCAL.match(cell):
            year, month, number, hour, minute, second = (int(part or 0) for part in moment.groups()[:6])
            local = datetime(year, month, number, hour, minute, second, tzinfo=SHANGHAI)
            zone = moment[7].strip()
            if not zone:
                return local.isoformat()
            if _ZONE.fullmatch(zone):
                return datetime.fromisoformat(local.replace(tzinfo=None).isoformat() + zone.upper()).isoformat()
    except ValueError as error:
        raise LineWrong(f"{_shown(cell)} is no day ({error}): write 2022-07-01") from error
    raise LineWrong(f"{_shown(cell)} is no day: write 2022-07-01, or a moment such as 2022-06-30T16:00:00Z")


def _standard(cell: str) -> str:
    """Return the id of a standard as the tables write it: one blank after the body, an ASCII hyphen before the year."""
    text = re.sub(r"\s+", " ", cell.strip().replace("—", "-").replace("–", "-").replace("\uff0d", "-"))
    return re.sub(r"\A(GB|GB/T|GY|GY/T|YD|YD/T)\s*(?=\d)", r"\1 ", text, flags=re.IGNORECASE)


def _plain(text: str) -> str:
    return _NOISE.sub("", text).casefold()


def _name(column: str) -> str:
    return {"reception": "way of reception", "videoClass": "picture class", "smart": "yes or no"}.get(column, column)


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= LONGEST_SHOWN else f"{cell[:LONGEST_SHOWN]}…")


def _some(heading: list[str]) -> str:
    return ", ".join(_shown(cell) for cell in heading[:8] if cell) or "nothing"


@cache
def _table() -> dict[str, Any]:
    document = read_yaml(WORDS)
    return {
        "columns": {_plain(word): column for column, words in document["columns"].items() for word in words},
        "words": {
            name: {_plain(spelling): word for word, spellings in table.items() for spelling in spellings}
            for name, table in document["words"].items()
        },
    }
