"""Cuts a template into text and blocks, and a block into words; a block ends where Jinja ends it, braces and quotes counted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.errors import WireError

LENGTH = 8192
"""Characters of a template that are read."""
_OPENING = re.compile(r"\{([{%#])([-+]?)")
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<float>(?:\d+_)*\d+(?:\.(?:\d+_)*\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))
    |(?P<integer>0[xX][0-9a-fA-F]+|\d[\d_]*)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
    |(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%~|.,:()\[\]{}<>=])""",
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `kind` is name, string, number, sign or end; `text` as it stands there, `value` of a string or number.

    `at`: which character of the template it begins with.
    """

    kind: str
    text: str
    at: int
    value: Any = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Text (`kind` ""), or the words of a block: `{` for a value to print, `%` for a statement."""

    kind: str
    text: str = ""
    tokens: tuple[Token, ...] = ()


def refused(what: str, at: int) -> WireError:
    """Return the error for a construct that is not read."""
    return WireError(f"its template is not read: {what}, at character {at + 1}")


def pieces_of(source: str) -> Iterator[Piece]:
    """Yield what a template is made of; raise WireError for what cannot be read."""
    if len(source) > LENGTH:
        raise WireError(f"its template is not read: it has {len(source)} characters, at most {LENGTH} are read")
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removesuffix("\n")
    at, strip = 0, False
    while (opening := _OPENING.search(text, at)) is not None:
        before = text[at : opening.start()]
        before = before.lstrip() if strip else before
        if piece := before.rstrip() if opening[2] == "-" else before:
            yield Piece("", piece)
        if opening[1] == "#":
            at, strip = _after_comment(text, opening)
        else:
            tokens, at, strip = _block(text, opening.end(), opening)
            yield Piece(opening[1], "", tokens)
    if rest := text[at:].lstrip() if strip else text[at:]:
        yield Piece("", rest)


def _after_comment(text: str, opening: re.Match[str]) -> tuple[int, bool]:
    end = text.find("#}", opening.end())
    if end < 0:
        raise refused("a comment without an end", opening.start())
    return end + 2, text[end - 1] == "-"


def _block(text: str, at: int, opening: re.Match[str]) -> tuple[tuple[Token, ...], int, bool]:
    """Return the words from `at`, where the block is over, and whether it takes the white space after it."""
    closing = "}}" if opening[1] == "{" else "%}"
    tokens: list[Token] = []
    open_signs: list[str] = []
    while at < len(text):
        if not open_signs and text.startswith((closing, f"-{closing}", f"+{closing}"), at):
            stripped = text[at] == "-"
            return (*tokens, Token("end", closing, at)), at + len(closing) + (text[at] in "-+"), stripped
        found = _TOKEN.match(text, at)
        if found is None:
            raise refused(f"the sign {text[at]!r}", at)
        _balance(found[0], open_signs, at)
        if (token := _token(found)) is not None:
            tokens.append(token)
        at = found.end()
    raise refused(f"a block without {closing!r}", opening.start())


def _balance(sign: str, open_signs: list[str], at: int) -> None:
    if sign in ("(", "[", "{"):
        open_signs.append(sign)
    elif sign in _PAIRS and (not open_signs or open_signs.pop() != _PAIRS[sign]):
        raise refused(f"{sign!r} that closes nothing", at)


def _token(found: re.Match[str]) -> Token | None:
    kind, text, at = str(found.lastgroup), found[0], found.start()
    if kind == "space":
        return None
    if kind in {"integer", "float"}:
        if len(text) > _LONGEST_NUMBER:
            raise refused("a number that long", at)
        return Token("number", text, at, _number(kind, text, at))
    return Token(kind, text, at, _unquoted(text, at) if kind == "string" else None)


def _number(kind: str, text: str, at: int) -> int | float:
    try:
        return float(text.replace("_", "")) if kind == "float" else int(text, 0)
    except ValueError as error:
        raise refused(f"the number {text}", at) from error


def _unquoted(text: str, at: int) -> str:
    inside = text[1:-1]
    if "\\" not in inside:
        return inside
    try:
        return inside.encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError as error:
        raise refused("a text with a broken escape", at) from error
