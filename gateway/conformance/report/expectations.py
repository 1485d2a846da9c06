"""What was expected, in both languages: the English sentence of a check, and its Chinese from `expected.yaml`."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.conformance.report.words import CHINESE, ENGLISH, Texts
from gateway.profile.resolver import read_yaml

FILE: Final = Path(__file__).with_name("expected.yaml")
_FILLED_IN: Final = re.compile(r"\{(\d)\}")
_WITHIN: Final = re.compile(r"(.+) within (\S+) s")


def expected_texts(expected: str) -> Texts:
    """Return an expectation in both languages; one that nobody has put into Chinese stays English in both."""
    return {ENGLISH: expected, CHINESE: _chinese(expected) or expected}


def _chinese(expected: str) -> str:
    for pattern, chinese in _sentences():
        if match := pattern.fullmatch(expected):
            return _filled(chinese, [_chinese(word) or word for word in match.groups()])
    match = _WITHIN.fullmatch(expected)
    what = match and _chinese(match[1])
    return _document()["within"].format(what, match[2]) if match and what else ""


def _filled(sentence: str, words: list[str]) -> str:
    return _FILLED_IN.sub(lambda hole: words[int(hole[1])], sentence)


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the sentences as patterns, those with the most fixed letters first."""
    rows: Mapping[str, str] = _document()["expected"]
    ordered = sorted(rows.items(), key=lambda row: len(_FILLED_IN.sub("", row[0])), reverse=True)
    return tuple((re.compile("(.+?)".join(map(re.escape, _FILLED_IN.split(english)[::2]))), chinese) for english, chinese in ordered)


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(FILE)
    return found
