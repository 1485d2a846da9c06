"""Which models there are tables for, and of which kind: told by names of files, none of which is read."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "models"
_MODEL = re.compile(r"[a-z0-9]+(?:\.[a-z0-9_-]+){1,3}")


def kind_of(model: str, folder: Path = FOLDER) -> str | None:
    """Return the profile kind of a model, without reading its file; None when there is none."""
    file = files_in(folder).get(model)
    return None if file is None else file.parent.name


@cache
def kinds_of(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the profile kinds there are models of, without reading a file: each has a folder."""
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir()))


@cache
def files_in(folder: Path) -> Mapping[str, Path]:
    """Return the file of each model: whatever else anybody calls itself is not looked for on the disk, nor remembered."""
    found = (file for kind in reversed(kinds_of(folder)) for file in (folder / kind).glob("*.yaml"))
    return {file.stem: file for file in found if _MODEL.fullmatch(file.stem)}
