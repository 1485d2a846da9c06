"""A whole template: what is text, what is printed, what stands under a condition."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from gateway.drivers.mqttdiscovery.template.expression import NODES, Reader
from gateway.drivers.mqttdiscovery.template.nodes import Names, Node
from gateway.drivers.mqttdiscovery.template.tokens import Piece, pieces_of, refused
from gateway.drivers.mqttdiscovery.template.values import SIZE, text
from gateway.errors import WireError

_GIVEN: Final = frozenset({"value", "value_json"})
_BRANCHES: Final = frozenset({"elif", "else", "endif"})
_NESTED = 8
_KEPT = 4096
"""Templates that are remembered: devices of one firmware have the same."""
_UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises where the values of a message do not fit what a template does with them."""


@dataclass(frozen=True, slots=True)
class _Condition:
    """Branches under their conditions; the last may have none."""

    branches: "tuple[tuple[Node | None, tuple[Part, ...]], ...]"


@dataclass(frozen=True, slots=True)
class _Naming:
    name: str
    node: Node


Part = str | _Condition | _Naming | Node


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was taken; `source` is what it was read from."""

    source: str
    parts: tuple[Part, ...]

    def of(self, payload: str) -> str:
        """Return what it makes of a message; raise WireError where that is nothing, or the message does not fit."""
        names: Names = {"value": payload}
        with suppress(orjson.JSONDecodeError):
            names["value_json"] = orjson.loads(payload)
        return self._printed(names)

    def said(self, value: Any, more: Mapping[str, Any]) -> str:
        """Return what it makes of a value that is to be sent, and of what else there is by name."""
        return self._printed({**more, "value": value})

    def _printed(self, names: Names) -> str:
        out: list[str] = []
        try:
            _print(self.parts, names, out)
        except _UNFIT as error:
            raise WireError(f"the message does not fit its template: {error}") from error
        return "".join(out).strip()


def _print(parts: tuple[Part, ...], names: Names, out: list[str]) -> None:
    for each in parts:
        if isinstance(each, str):
            out.append(each)
        elif isinstance(each, _Naming):
            names[each.name] = each.node(names)
        elif isinstance(each, _Condition):
            for condition, inside in each.branches:
                if condition is None or condition(names):
                    _print(inside, names, out)
                    break
        else:
            out.append(text(each(names)))
        if out and len(out[-1]) > SIZE:
            raise WireError("its template makes a value that is too large")


@lru_cache(_KEPT)
def template_of(source: str, more: frozenset[str] = frozenset()) -> Template:
    """Return the template, in which the names of `more` may stand too; raise WireError that says which construct is not read, and where."""
    return Template(source, _Builder(source, more).whole())


class _Builder:
    def __init__(self, source: str, more: frozenset[str]) -> None:
        self._pieces: Iterator[Piece] = pieces_of(source)
        self._known = {*_GIVEN, *more}
        self._budget = [NODES]

    def whole(self) -> tuple[Part, ...]:
        """Return all parts; raise WireError for an `endif` without an `if`."""
        parts, ending = self._parts(0)
        if ending is not None:
            raise refused(f"{ending.tokens[0].text!r} without an 'if'", ending.tokens[0].at)
        return parts

    def _parts(self, depth: int) -> tuple[tuple[Part, ...], Piece | None]:
        """Return the parts up to the end of the branch, and what ended it."""
        parts: list[Part] = []
        for piece in self._pieces:
            if piece.kind == "":
                parts.append(piece.text)
            elif piece.kind == "{":
                reader = self._reader(piece)
                parts.append(reader.expression())
                reader.finished()
            elif piece.tokens[0].text in _BRANCHES:
                return tuple(parts), piece
            else:
                parts.append(self._statement(piece, depth))
        return tuple(parts), None

    def _statement(self, piece: Piece, depth: int) -> Part:
        word = piece.tokens[0]
        if depth >= _NESTED:
            raise refused("conditions nested that deeply", word.at)
        if word.text == "if":
            return self._condition(piece, depth)
        if word.text != "set":
            raise refused(f"the statement {word.text!r}", word.at)
        reader = self._reader(piece, skip=1)
        name = reader.name()
        reader.expected("=")
        node = reader.expression()
        reader.finished()
        self._known.add(name.text)
        return _Naming(name.text, node)

    def _condition(self, piece: Piece, depth: int) -> _Condition:
        branches: list[tuple[Node | None, tuple[Part, ...]]] = []
        opening: Piece | None = piece
        while opening is not None and (word := opening.tokens[0]).text != "endif":
            reader = self._reader(opening, skip=1)
            condition = None if word.text == "else" else reader.condition()
            reader.finished()
            if branches and branches[-1][0] is None:
                raise refused(f"{word.text!r} after 'else'", word.at)
            inside, opening = self._parts(depth + 1)
            branches.append((condition, inside))
        if opening is None:
            raise refused("an 'if' without 'endif'", piece.tokens[0].at)
        return _Condition(tuple(branches))

    def _reader(self, piece: Piece, skip: int = 0) -> Reader:
        return Reader(piece.tokens[skip:], self._known, self._budget)
