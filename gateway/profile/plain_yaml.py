"""Plain YAML, read by libyaml where it is installed: forty times as fast as the reader in Python.

Only what leaves no doubt is read here. Anchors, tags, directives, dates, names that stand twice and every mistake give None, and the
reader in Python, which knows what to say about them, reads the page instead. So what a page means never depends on what is installed.
"""

import re
from typing import Any, Final, TypeAlias

try:
    from yaml import events
    from yaml.cyaml import CParser
    from yaml.error import YAMLError
except ImportError:  # PyYAML is part of the extra `fast`; without libyaml it has no CParser
    CParser = None

_DEEPEST: Final = 100
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+\Z")
_SURELY_TEXT: Final = re.compile(r"[-+]?[A-Za-z]|[0-9]+(\.[0-9]+){2,}\Z|.*[^-+0-9a-fA-FxXoObBtTzZiInN_:.\s]", re.DOTALL)
"""A letter first; a version; or something in it that no number and no moment has."""
_DOUBTFUL: Final = frozenset("+-.0123456789")
_OTHERWISE: Final = frozenset({"True", "TRUE", "False", "FALSE", "Null", "NULL", "<<", "="})
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_READ_OTHERWISE: Final = re.compile("[\r\x85\u2028\u2029\ufeff\t]|[|>][-+0-9]*#")
"""What libyaml takes for the end of a line and YAML 1.2 does not, what the two indent differently by, a comment that begins too early."""


class LinedMapping(dict[Any, Any]):
    """A mapping that knows where each of its names stands; lines count from 0."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: dict[Any, int] = {}


class LinedList(list[Any]):
    """A list that knows where each of its items stands; lines count from 0."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: list[int] = []


class _Doubt(Exception):
    """The other reader is asked."""


_Part: TypeAlias = LinedMapping | LinedList


def plainly_read(text: str) -> Any | None:
    """Return what a page says, its mappings and lists with their lines; None where it has to be read by who knows all of YAML."""
    if CParser is None or _READ_OTHERWISE.search(text):
        return None
    try:
        return _Tree(CParser(text)).document()
    except (_Doubt, YAMLError, ValueError):
        return None


class _Tree:
    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._open: list[_Part] = []
        self._names: list[tuple[Any, int] | None] = []

    def document(self) -> Any:
        """Return the one document there is."""
        self._expected(events.StreamStartEvent)
        start = self._expected(events.DocumentStartEvent)
        if start.version or start.tags:
            raise _Doubt
        content = self._content()
        self._expected(events.DocumentEndEvent)
        self._expected(events.StreamEndEvent)
        return content

    def _expected(self, kind: type) -> Any:
        event = self._parser.get_event()
        if not isinstance(event, kind):
            raise _Doubt
        return event

    def _content(self) -> Any:
        while True:
            event = self._parser.get_event()
            kind = type(event)
            if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
                raise _Doubt
            if kind is events.ScalarEvent:
                done = self._placed(_value(event), event)
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                done = self._placed(LinedMapping() if kind is events.MappingStartEvent else LinedList(), event, opens=True)
            elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
                closed, _ = self._open.pop(), self._names.pop()
                if not self._open:
                    return closed
                continue
            else:
                raise _Doubt
            if done:
                raise _Doubt  # a page that is one word

    def _placed(self, value: Any, event: Any, *, opens: bool = False) -> bool:
        """Put a value where it belongs; return whether it is all there is."""
        line = event.start_mark.line
        inside = self._open[-1] if self._open else None
        if isinstance(inside, LinedList):
            inside.append(value)
            inside.lines.append(line)
        elif inside is not None and (name := self._names[-1]) is not None:
            inside[name[0]] = value
            inside.lines[name[0]] = name[1]
            self._names[-1] = None
        elif inside is not None:
            if opens or value in inside:
                raise _Doubt
            self._names[-1] = (value, line)
        if opens:
            if len(self._open) >= _DEEPEST:
                raise _Doubt
            self._open.append(value)
            self._names.append(None)
        return inside is None and not opens


def _value(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:  # in quotes, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _OTHERWISE:
        raise _Doubt
    if text[0] not in _DOUBTFUL or _SURELY_TEXT.match(text):
        return text
    if _HEXADECIMAL.match(text):
        return int(text, 16)
    if (number := _NUMBER.match(text)) is None:
        raise _Doubt
    return float(text) if number[2] or number[3] else int(text)
