"""A scene named on the command line: by its name; whoever gives a file instead is told what to do with it."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.errors import BadSyntax

FILES: Final = frozenset({".yaml", ".yml"})
_NAMED: Final = re.compile(r"^scene:\s*['\"]?([A-Za-z0-9-]+)", re.MULTILINE)


def by_name(given: str | None) -> str | None:
    """Return a name as it was given; raise BadSyntax for a file."""
    if given is None or (path := Path(given)).suffix not in FILES:
        return given
    try:
        named = _NAMED.search(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        named = None
    name = named[1] if named else path.stem
    raise BadSyntax(f"{given} is a file, and this takes the name of a scene: `hulian scene import {given}` first, then name it as {name}")


Name = Annotated[str, typer.Argument(metavar="SCENE", help="Its name, as `hulian scene list` shows it.", callback=by_name)]
