"""The specification as read: `table.yaml` in records, checked for its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

IDENTITIES: Final = ("nobody", "viewer", "user", "owner", "service", "factory", "device", "revoked")
STATES: Final = ("fresh", "first", "pairing", "paired", "reset")
WINDOWED: Final = ("first", "pairing")
"""States in which the pairing window is open."""
PLACES: Final = ("loopback", "lan")
WAYS: Final = (*PLACES, "dtls")
"""Ways in of CoAP."""
SHUT: Final = "shut"
WORDS: Final = {
    "coap": frozenset({"ok", "public", "confirm", "4.00", "4.01", "4.03", "4.04", "4.05", "4.09"}),
    "mqtt": frozenset({"yes", "no", "shut"}),
    "control": frozenset({"yes"}),
    "http": frozenset({"ok", "public", "confirm", "401", "403", "404", "501"}),
}
TABLE: Final = Path(__file__).with_name("table.yaml")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `words` what becomes of each identity, `windowed` while the pairing window is open.

    `keyless`: what becomes of somebody without a key where loopback needs none.
    """

    face: str
    title: str
    words: tuple[str, ...]
    windowed: tuple[str, ...] = ()
    keyless: str = ""

    @property
    def name(self) -> str:
        """Return the route, without the case in parentheses."""
        return self.title.partition(" (")[0]


@dataclass(frozen=True)
class Table:
    """All lines by face and title, and which column is read in which state and place."""

    lines: Mapping[str, Mapping[str, Line]]
    instead: Mapping[tuple[str, str], Mapping[str, str]]
    keyless: Mapping[str, str]

    def expected(self, line: Line, identity: str, state: str, place: str) -> str:
        """Return what becomes of an identity there."""
        words = line.windowed if line.windowed and state in WINDOWED else line.words
        column = self.instead[state, place].get(identity, identity)
        if column == SHUT:
            return SHUT
        if identity == "nobody" and column != "nobody":
            if line.face == "mqtt":
                return self.keyless.get(line.title, self.keyless["otherwise"])
            if line.keyless:
                return line.keyless
        return words[IDENTITIES.index(column)]

    def routes(self, face: str) -> set[str]:
        """Return the routes that have a line."""
        return {line.name for line in self.lines[face].values()}


@cache
def table(path: Path = TABLE) -> Table:
    """Return the table; AssertionError names the line that is wrong."""
    document = YAML(typ="safe", pure=True).load(path)
    assert tuple(document["columns"]) == IDENTITIES
    lines = {face: {title: _line(face, title, said) for title, said in document[face].items()} for face in WORDS if face in document}
    instead = {(state, place): document["states"][f"{state} {place}"] for state in STATES for place in WAYS}
    assert {*document["states"]} == {f"{state} {way}" for state, way in instead}
    for columns in instead.values():
        assert {*columns} <= {*IDENTITIES}
        assert {*columns.values()} <= {*IDENTITIES, SHUT}
    return Table(lines, instead, document["keyless on mqtt"])


def _line(face: str, title: str, said: object) -> Line:
    first, *others = str(said).split(" | ")
    more = {name.strip(): words.split() for name, _, words in (each.partition(" ") for each in others)}
    line = Line(face, title, tuple(first.split()), tuple(more.pop("pairing", ())), " ".join(more.pop("keyless", ())))
    assert not more, f"{face} {title}: {more}"
    columns = 1 if face == "control" else len(IDENTITIES)
    assert len(line.words) == columns, f"{face} {title}: {columns} words, not {len(line.words)}"
    assert not line.windowed or len(line.windowed) == columns, f"{face} {title}: {columns} words after `| pairing`"
    said_words = {*line.words, *line.windowed, *([line.keyless] if line.keyless else ())}
    assert said_words <= WORDS[face], f"{face} {title}: {said_words - WORDS[face]}"
    return line
