"""A list of the appliances somebody expects: who they are, what they are called, where they stand, and what they ask for.

    hulian-manifest: 1                                unit,name,room,tags,credential.token
    devices:                                          midea:1517,Bedroom AC,bedroom,guest,0123...
      - unit: midea:151732605161920
        kind: air-conditioner
        name: Bedroom AC
        room: bedroom
        tags: [guest]
        credentials: {token: 0123..., key: 4567...}
      - address: 192.168.1.20
        driver: gree

YAML or CSV (UTF-8; the first line names the columns). A description of a home (`hulian home export`) is one, too. Every mistake is told
with its line, all in one pass, and never with a secret in it.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from gateway.discovery.credentials import checked_credentials
from gateway.errors import CommandError
from gateway.home.registry import checked_name, checked_tags
from gateway.profile.findings import Finding, Pages, joined, pointer_to
from gateway.profile.kind_names import did_you_mean

MOST_ROWS: Final = 5_000
LARGEST: Final = 4 << 20
"""Bytes of one list."""
VERSION: Final = 1
HEADS: Final = ("hulian-manifest", "hulian-home")
TEXTS: Final = ("unit", "id", "own", "address", "driver", "kind", "name", "room")
PREFIX: Final = "credential."
"""What the column of a secret begins with, in CSV."""
_FIELDS: Final = frozenset({*TEXTS, "tags", "credentials", "title", "needs"})
_WHO: Final = ("unit", "address", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One appliance that is expected. `unit`: driver:key, or the key alone; `id`: the device it is, or is to be; `own`: its unit's own id.

    `line`: where it stands. One of `unit`, `address` and `id` is enough to know it by. `tags`: None where nothing is said of them; an
    empty list takes them all off.
    """

    line: int
    unit: str = ""
    id: str = ""
    own: str = ""
    address: str = ""
    driver: str = ""
    kind: str = ""
    name: str = ""
    room: str = ""
    tags: tuple[str, ...] | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def said(self) -> str:
        """Return what it is called when something is said of it."""
        return self.name or self.unit or self.id or self.address


def read_manifest(path: Path, kinds: Iterable[str]) -> tuple[tuple[Row, ...], list[Finding]]:
    """Return the rows of a file and what is wrong in it; `kinds`: those of the standard."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        return (), [Finding(path, 1, "", f"cannot be read: {error.strerror}", rule="manifest-file")]
    except UnicodeDecodeError:
        return (), [Finding(path, 1, "", "is not UTF-8: save it as UTF-8", rule="manifest-file")]
    if len(content) > LARGEST:
        return (), [Finding(path, 1, "", f"has more than {LARGEST} bytes: take it apart", rule="manifest-file")]
    return read_list(path, text, kinds)


def read_list(path: Path, text: str, kinds: Iterable[str]) -> tuple[tuple[Row, ...], list[Finding]]:
    """Return the rows of a text and what is wrong in it; `path`: what it is called, and by its ending whether it is CSV."""
    pages, rows = _csv(path, text) if path.suffix.lower() == ".csv" else _yaml(path, text)
    checker = _Checker(pages, frozenset(kinds))
    read = tuple(row for line, at, each in rows if (row := checker.row(line, at, each)) is not None)
    return read, sorted(pages.findings)


def rows_of(text: str, name: str, kinds: Iterable[str]) -> tuple[tuple[Row, ...], Pages]:
    """Return the rows of a YAML text, and its pages with what is wrong in it."""
    pages, rows = _yaml(Path(name), text)
    checker = _Checker(pages, frozenset(kinds))
    return tuple(row for line, at, each in rows if (row := checker.row(line, at, each)) is not None), pages


Raw = tuple[int, str, Any]
"""A row as it was written: its line, its JSON pointer, and what stands there."""


def _yaml(path: Path, text: str) -> tuple[Pages, list[Raw]]:
    from gateway.profile.check_yaml import is_readable, pages_of, plain_document  # noqa: PLC0415 - the YAML reader: only once a list is brought

    pages = pages_of(path, text)
    if not is_readable(pages):
        return pages, []
    document = plain_document(pages, pages.document)
    head = next((word for word in HEADS if word in document), None)
    if head is None:
        pages.report("", f"needs `{HEADS[0]}: {VERSION}` at the top", rule="manifest-version")
    elif document[head] != VERSION or isinstance(document[head], bool):
        pages.report(f"/{head}", f"is version {document[head]!r}; this program reads {VERSION}: update it", rule="manifest-version")
    devices = document.get("devices", [])
    if not isinstance(devices, list):
        pages.report("/devices", "is a list of appliances", rule="manifest-shape")
        return pages, []
    return pages, [(pages.line_of(at := pointer_to("devices", number)), at, each) for number, each in enumerate(devices)]


def _csv(path: Path, text: str) -> tuple[Pages, list[Raw]]:
    pages = Pages(path, {})
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[Raw] = []
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        if unknown := [cell for cell in columns if cell not in _FIELDS - {"credentials"} and not cell.startswith(PREFIX)]:
            _say(pages, 1, f"has the columns {joined(unknown)}; known are {joined(_FIELDS - {'credentials'})}, {PREFIX}NAME")
        for cells in reader:
            if len(cells) > len(columns):
                _say(
                    pages,
                    reader.line_num,
                    f"has {len(cells)} cells under {len(columns)} headings: put what has commas in quotation marks",
                )
            elif any(cell.strip() for cell in cells):
                told = _named(columns, cells)
                rows.append((reader.line_num, "", {name: text for name, text in told.items() if name not in unknown}))
    except csv.Error as error:
        _say(pages, reader.line_num, f"is no CSV: {error}")
    return pages, rows


def _named(columns: list[str], cells: list[str]) -> dict[str, Any]:
    told = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
    row: dict[str, Any] = {name: text for name, text in told.items() if not name.startswith(PREFIX)}
    if secrets := {name.removeprefix(PREFIX): text for name, text in told.items() if name.startswith(PREFIX)}:
        row["credentials"] = secrets
    if "tags" in row:
        row["tags"] = [tag for tag in row["tags"].replace("|", ";").split(";") if tag.strip()]
    return row


def _say(pages: Pages, line: int, message: str) -> None:
    pages.findings.append(Finding(pages.path, line, "", message, rule="manifest-row"))


class _Checker:
    """Reads rows one by one, and remembers which appliances stood there already."""

    def __init__(self, pages: Pages, kinds: frozenset[str]) -> None:
        self._pages = pages
        self._kinds = kinds
        self._seen: dict[tuple[str, str], int] = {}
        self._count = 0

    def row(self, line: int, at: str, given: Any) -> Row | None:
        before = len(self._pages.findings)
        self._count += 1
        if self._count > MOST_ROWS:
            if self._count == MOST_ROWS + 1:
                self._report(line, at, f"is the first of more than {MOST_ROWS}: take the list apart")
            return None
        if not isinstance(given, dict):
            self._report(line, at, "is a mapping such as {unit: ..., name: ..., room: ...}")
            return None
        for name in given.keys() - _FIELDS:
            self._report(line, f"{at}{pointer_to(name)}", f"is not known here; known are {joined(_FIELDS)}")
        row = self._read(line, at, given)
        self._check(line, at, row)
        return row if len(self._pages.findings) == before else None

    def _read(self, line: int, at: str, given: Mapping[str, Any]) -> Row:
        texts = {name: self._text(line, at, name, given[name]) for name in TEXTS if name in given}
        return Row(line=line, **texts, tags=self._tags(line, at, given), credentials=self._credentials(line, at, given))

    def _text(self, line: int, at: str, name: str, value: Any) -> str:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) and name == "unit" else value
        if not isinstance(text, str):
            self._report(line, f"{at}/{name}", "is a text: put it in quotation marks")
            return ""
        if name in {"name", "room"}:
            try:
                return checked_name(text)
            except CommandError as error:
                self._report(line, f"{at}/{name}", error.detail)
        return text.strip()

    def _tags(self, line: int, at: str, given: Mapping[str, Any]) -> tuple[str, ...] | None:
        if "tags" not in given:
            return None
        tags = given["tags"]
        try:
            if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
                return checked_tags(tags)
            self._report(line, f"{at}/tags", "is a list of words")
        except CommandError as error:
            self._report(line, f"{at}/tags", error.detail)
        return None

    def _credentials(self, line: int, at: str, given: Mapping[str, Any]) -> Mapping[str, str]:
        if not given.get("credentials"):
            return {}
        try:
            return checked_credentials(given["credentials"])
        except CommandError as error:
            self._report(line, f"{at}/credentials", error.detail)
        return {}

    def _check(self, line: int, at: str, row: Row) -> None:
        if not any(getattr(row, word) for word in _WHO):
            self._report(line, at, f"says not which appliance: it needs one of {', '.join(_WHO)}")
        if row.kind and row.kind not in self._kinds:
            self._report(line, f"{at}/kind", f"no kind is called {row.kind!r}{did_you_mean(row.kind, self._kinds)}")
        if row.address and not _is_address(row.address):
            self._report(line, f"{at}/address", f"{row.address!r} is no IP address")
        for word in _WHO:
            if (value := getattr(row, word)) and (first := self._seen.setdefault((word, value), line)) != line:
                self._report(line, f"{at}/{word}", f"{value} stands in line {first} already")

    def _report(self, line: int, at: str, message: str) -> None:
        if at.startswith("/devices"):
            self._pages.report(at, message, rule="manifest-row")
        else:
            word = at.removeprefix("/")
            _say(self._pages, line, f"{word}: {message}" if word else message)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def written(rows: Iterable[Mapping[str, Any]], head: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a YAML list of appliances; texts are quoted as JSON has them, which YAML reads."""
    import orjson  # noqa: PLC0415 - only for who writes

    for name, value in head.items():
        yield f"{name}: {orjson.dumps(value).decode() if not isinstance(value, int) else value}"
    yield "devices:"
    for row in rows:
        for number, (name, value) in enumerate(row.items()):
            yield f"{'    ' if number else '  - '}{name}: {orjson.dumps(value).decode()}"
