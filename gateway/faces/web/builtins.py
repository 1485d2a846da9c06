"""The scenes that come along with the program, as a page offers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gateway.scenes
from gateway.profile.resolver import read_yaml


@dataclass(frozen=True, slots=True)
class Ready:
    """A scene that comes along: its id, its names by language, and its text."""

    scene: str
    names: Mapping[str, str]
    text: str


@cache
def ready_scenes() -> tuple[Ready, ...]:
    """Return them in the order of their names; reads their files the first time."""
    folder = Path(gateway.scenes.__file__).with_name("builtin")
    return tuple(_ready(path) for path in sorted(folder.glob("*.yaml")))


def _ready(path: Path) -> Ready:
    document = read_yaml(path)
    return Ready(document["scene"], document.get("names", {"en": document["scene"]}), path.read_text(encoding="utf-8"))
