"""What is wrong in a profile file: where, and what to do about it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Severity(StrEnum):
    """An error makes the profile unusable; a warning will mislead someone."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake. `line` counts from 1; `pointer` is the JSON pointer of the place; `message` says what to do."""

    path: Path
    line: int
    pointer: str
    message: str
    severity: Severity = Severity.ERROR


class Pages:
    """A document as ruamel reads it for round trips, which knows the line of every member."""

    def __init__(self, path: Path, document: Any) -> None:
        self._path = path
        self._document = document
        self.findings: list[Finding] = []

    def report(self, pointer: str, message: str, *, severity: Severity = Severity.ERROR) -> None:
        """Note a mistake at `pointer`, or at what stands nearest above it."""
        self.findings.append(Finding(self._path, self.line_of(pointer), pointer, message, severity))

    def line_of(self, pointer: str) -> int:
        """Return the line (from 1) of the deepest part of `pointer` that stands in this file."""
        node, line = self._document, 1
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = _step(node, key)
            if found is None:
                break
            node, line = found
        return line

    def holds(self, pointer: str) -> bool:
        """Return whether the whole of `pointer` stands in this file (and not in a parent or mixin)."""
        node = self._document
        for part in pointer.split("/")[1:]:
            found = _step(node, part.replace("~1", "/").replace("~0", "~"))
            if found is None:
                return False
            node = found[0]
        return True


def pointer_to(*parts: object) -> str:
    """Return the JSON pointer of nested names."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def is_word(value: object, words: Container[str]) -> bool:
    """Return whether `value` is one of `words`, whatever it is."""
    return isinstance(value, str) and value in words


def joined(words: Iterable[object]) -> str:
    """Return a list in words, in alphabetical order."""
    return ", ".join(sorted(str(word) for word in words)) or "none"


def _step(node: Any, key: str) -> tuple[Any, int] | None:
    if isinstance(node, dict) and key in node:
        return node[key], node.lc.key(key)[0] + 1 if hasattr(node, "lc") else 1
    if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
        return node[int(key)], node.lc.item(int(key))[0] + 1 if hasattr(node, "lc") else 1
    return None
