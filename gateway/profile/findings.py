"""What is wrong in a profile file: where, by which rule, and what to do about it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.profile.plain_yaml import LinedList, LinedMapping


class Severity(StrEnum):
    """An error makes the profile unusable; a warning will mislead someone."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake. `line` counts from 1; `pointer` is the JSON pointer of the place; `message` says what to do; `rule` is a stable name."""

    path: Path
    line: int
    pointer: str
    message: str
    severity: Severity = Severity.ERROR
    rule: str = ""


class Pages:
    """A document as it was read: one that knows the line of every member.

    Parts that cannot be known (a reference that leads nowhere, a parent that cannot be read) are set aside: what is said about
    them would only repeat the mistake already reported, and everything else is still checked.
    """

    def __init__(self, path: Path, document: Any) -> None:
        self.path = path
        self.document = document
        self._aside: set[str] = set()
        self.parent_known = True
        self.findings: list[Finding] = []

    def report(self, pointer: str, message: str, *, rule: str, severity: Severity = Severity.ERROR) -> None:
        """Note a mistake at `pointer`, or at what stands nearest above it."""
        if not self._repeats(pointer):
            self.findings.append(Finding(self.path, self.line_of(pointer), pointer, message, severity, rule))

    def set_aside(self, pointer: str) -> None:
        """Leave out what stands at `pointer` from here on: it cannot be known."""
        self._aside.add(pointer)

    def may_hold(self, pointer: str) -> bool:
        """Return whether something could be at `pointer` that cannot be seen, because it or what is above it is set aside."""
        return not self.parent_known or self._aside_above(pointer) is not None

    def line_of(self, pointer: str) -> int:
        """Return the line (from 1) of the deepest part of `pointer` that stands in this file."""
        node, line = self.document, 1
        for part in pointer.split("/")[1:]:
            found = _step(node, _plain_key(part))
            if found is None:
                break
            node, line = found
        return line

    def holds(self, pointer: str) -> bool:
        """Return whether the whole of `pointer` stands in this file (and not in a parent or mixin)."""
        node = self.document
        for part in pointer.split("/")[1:]:
            found = _step(node, _plain_key(part))
            if found is None:
                return False
            node = found[0]
        return True

    def _repeats(self, pointer: str) -> bool:
        above = self._aside_above(pointer)
        return above is not None and (above == pointer or not self.holds(pointer))

    def _aside_above(self, pointer: str) -> str | None:
        return next((each for each in self._aside if pointer == each or pointer.startswith(f"{each}/")), None)


def pointer_to(*parts: object) -> str:
    """Return the JSON pointer of nested names."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def is_word(value: object, words: Container[str]) -> bool:
    """Return whether `value` is one of `words`, whatever it is."""
    return isinstance(value, str) and value in words


def joined(words: Iterable[object]) -> str:
    """Return a list in words, in alphabetical order."""
    return ", ".join(sorted(str(word) for word in words)) or "none"


def _plain_key(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _step(node: Any, key: str) -> tuple[Any, int] | None:
    if isinstance(node, dict) and key in node:
        return node[key], _line(node, key, "key")
    if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
        return node[int(key)], _line(node, int(key), "item")
    return None


def _line(node: Any, key: str | int, kind: str) -> int:
    """Return the line (from 1) of a member, as the reader that read it knows it."""
    if isinstance(node, LinedMapping):
        return node.lines[key] + 1
    if isinstance(node, LinedList):
        return node.lines[int(key)] + 1
    return int(getattr(node.lc, kind)(key)[0]) + 1 if hasattr(node, "lc") else 1
