"""The words of the sheet in both languages."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from gateway.profile.resolver import read_yaml

FILE: Final = Path(__file__).with_name("words.yaml")
Texts = Mapping[str, str]


def word(name: str) -> Texts:
    """Return a word, or a sentence, in both languages."""
    return _words()[name]


def filled(name: str, **facts: object) -> Texts:
    """Return a sentence in both languages with facts in it; facts stay as they are, where they are not in both languages themselves."""
    return {
        language: text.format(**{fact: value[language] if isinstance(value, Mapping) else value for fact, value in facts.items()})
        for language, text in word(name).items()
    }


@cache
def _words() -> Mapping[str, Texts]:
    found: Mapping[str, Texts] = read_yaml(FILE)
    return found
