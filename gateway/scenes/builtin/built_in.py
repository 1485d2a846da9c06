"""Finds the scenes that come along, and says which class of the standard each is for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.errors import Unknown

FOLDER: Final = Path(__file__).parent
CLASSES: Final = FOLDER.parent / "classes.yaml"


def names() -> tuple[str, ...]:
    """Return the names of the scenes, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def path_of(name: str) -> Path:
    """Return the file of a scene; raise Unknown."""
    if name not in names():
        raise Unknown(f"no scene called {name!r} comes along; there are {', '.join(names())}")
    return FOLDER / f"{name}.yaml"


def text_of(name: str) -> str:
    """Return a scene as it is written; raise Unknown."""
    return path_of(name).read_text(encoding="utf-8")


def document_of(name: str) -> Mapping[str, Any]:
    """Return a scene as plain data; raise Unknown."""
    return _plain(path_of(name))


@cache
def classes() -> Mapping[str, Any]:
    """Return the classes of the standard: which scenes are for each, what is published of it, and what of that is measured."""
    return _plain(CLASSES)


def figures() -> Mapping[str, Mapping[str, Any]]:
    """Return the published figures by the name an effect's `public` gives them."""
    return {figure["id"]: figure for each in classes()["classes"] for figure in each["figures"]}


def _plain(path: Path) -> Mapping[str, Any]:
    from gateway.profile.check_yaml import plain_document, read_pages  # noqa: PLC0415 - the YAML reader: only for who asks

    pages = read_pages(path)
    return plain_document(pages, pages.document)
