"""`hulian guide`: one page for each wire: which appliances, which key and where an owner gets it, and what does not work."""

import sys
from typing import Annotated

import typer

from gateway.cli.output import console, print_json
from gateway.drivers.asked import GUIDE
from gateway.drivers.table import folder_of, names
from gateway.errors import Unknown


def begun(incomplete: str) -> list[str]:
    """Return the guides that begin so, for the shell."""
    return [name for name in names() if name.startswith(incomplete) and page(name)]


def guide(
    wire: Annotated[str | None, typer.Argument(metavar="[WIRE]", help="Such as midea; without it, the list.", autocompletion=begun)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Read what works on one kind of appliance, where its key is found, and what does not work.

    Example:  hulian guide midea
    """
    pages = {name: text for name in names() if (text := page(name))}
    if wire is not None and wire not in pages:
        raise Unknown(f"there is no guide {wire!r}; there is {', '.join(pages)}")
    if json:
        print_json({name: text for name, text in pages.items() if wire in {None, name}})
    elif wire is not None and not sys.stdout.isatty():
        print(pages[wire], end="")  # noqa: T201 - as it is, for a pager or a file
    elif wire is not None:
        from rich.markdown import Markdown  # noqa: PLC0415 - only for people

        console().print(Markdown(pages[wire]), soft_wrap=False)
    else:
        for name, text in pages.items():
            console().print(f"{name:<10} {text.splitlines()[0].removeprefix('# ')}", markup=False)


def page(wire: str) -> str:
    """Return a wire's guide, "" when there is none."""
    file = folder_of(wire) / GUIDE
    return file.read_text(encoding="utf-8") if file.is_file() else ""
