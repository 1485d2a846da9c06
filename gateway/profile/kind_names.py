"""What people call the kinds of the standard (`kind_names.yaml`), and which kind they mean by another word for it."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.profile.findings import joined

FILE: Final = Path(__file__).with_name("kind_names.yaml")
MOST: Final = 3
"""Kinds that are offered for a word."""


def name_of(kind: str) -> Mapping[str, str]:
    """Return what a kind is called in both languages; of one that nobody has named its id."""
    known: Mapping[str, str] = _table().get(kind, {}).get("names", {"en": kind, "zh-Hans": kind})
    return known


def meant_by(word: str, kinds: Collection[str]) -> list[str]:
    """Return the kinds somebody may mean by a word: what is called so in either language, else what is spelt nearly so."""
    said = _folded(word)
    called = _called()
    exact = [kind for kind in called.get(said, ()) if kind in kinds]
    near = [kind for each in get_close_matches(said, called, MOST) for kind in called[each] if kind in kinds]
    return exact or list(dict.fromkeys(near))[:MOST]


def did_you_mean(word: str, kinds: Collection[str]) -> str:
    """Return what to say behind a kind that does not exist."""
    near = meant_by(word, kinds)
    return f"; did you mean {joined(near)}?" if near else "; `hulian profile list` shows them all"


def _folded(word: str) -> str:
    return " ".join(word.lower().replace("-", " ").replace("_", " ").split())


@cache
def _table() -> Mapping[str, Any]:
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - brings a reader of YAML, and most hubs never ask

    return read_yaml(FILE)


@cache
def _called() -> Mapping[str, tuple[str, ...]]:
    """Return every word for a kind, its id among them, with the kinds that are called so."""
    found: dict[str, dict[str, None]] = {}
    for kind, entry in _table().items():
        for word in (kind, *entry["names"].values(), *entry["also"]):
            found.setdefault(_folded(word), {})[kind] = None
    return {word: tuple(meant) for word, meant in found.items()}
