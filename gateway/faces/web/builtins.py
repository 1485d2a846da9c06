"""The scenes that come along with the program, as a page offers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gateway.scenes.builtin.built_in import document_of, names, text_of


@dataclass(frozen=True, slots=True)
class Ready:
    """A scene that comes along: its id, names and description by language, and its text."""

    scene: str
    names: Mapping[str, str]
    says: Mapping[str, str]
    text: str


@cache
def ready_scenes() -> tuple[Ready, ...]:
    """Return them in the order of their names; reads their files the first time, so the first call belongs into a thread."""
    return tuple(_ready(name) for name in names())


def _ready(name: str) -> Ready:
    document = document_of(name)
    return Ready(document["scene"], document.get("names", {"en": name}), document.get("descriptions", {}), text_of(name))
