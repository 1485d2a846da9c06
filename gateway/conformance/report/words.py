"""The words of the reports in both languages, and which of them a person reads."""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.conformance.requirement import Requirement
from gateway.errors import ConfigurationInvalid
from gateway.profile.resolver import read_yaml

FILE: Final = Path(__file__).with_name("words.yaml")
TITLES: Final = Path(__file__).with_name("titles.yaml")
REASONS: Final = Path(__file__).with_name("reasons.yaml")
ENGLISH, CHINESE = "en", "zh-Hans"
LANGUAGES: Final = {"en": ENGLISH, "zh": CHINESE}
"""What is said on the command line to the tag in the data."""
Texts = Mapping[str, str]


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(FILE)
    return found


def texts(word: str) -> Texts:
    """Return a word in both languages."""
    found: Texts = _document()["words"][word]
    return found


def fact_texts(name: str) -> Texts:
    """Return the name of a fact in both languages; a fact nobody named as it is."""
    found: Texts = _document()["facts"].get(name) or {ENGLISH: name, CHINESE: name}
    return found


def said(found: Texts, language: str) -> str:
    """Return a text in a language, English where it has no such, "" where there is none at all."""
    return found.get(language) or found.get(ENGLISH, "")


def word(name: str, language: str = ENGLISH) -> str:
    """Return one word in a language."""
    return said(texts(name), language)


def check_texts(name: str, title: str) -> Texts:
    """Return what a check is called in both languages; one nobody named as its own text says."""
    return {ENGLISH: title, CHINESE: _titles().get(name, title)}


@cache
def _titles() -> Mapping[str, str]:
    found: Mapping[str, str] = read_yaml(TITLES)
    return found


def reason_texts(reason: str) -> Texts:
    """Return why something was chosen or left out, in both languages; what a device or a library said of itself stays as it was said."""
    for pattern, chinese in _reasons():
        if match := pattern.fullmatch(reason):
            return {ENGLISH: reason, CHINESE: chinese.format(*match.groups())}
    return {ENGLISH: reason, CHINESE: reason}


@cache
def _reasons() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), chinese) for pattern, chinese in read_yaml(REASONS)["reasons"])


def requirement_title(requirement: Requirement, language: str) -> str:
    """Return what a requirement is called."""
    return said(requirement.titles, language)


def language_of(asked: str | None) -> str:
    """Return the language to write in: the one asked for, else that of the terminal (LC_ALL, LC_MESSAGES, LANG)."""
    if asked is not None:
        if asked not in LANGUAGES:
            raise ConfigurationInvalid(f"{asked!r} is no language: say {' or '.join(LANGUAGES)}")
        return LANGUAGES[asked]
    set_ = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return CHINESE if set_.lower().startswith("zh") else ENGLISH
