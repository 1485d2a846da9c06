"""`hulian drivers`: what each driver is worth; needs no running gateway."""

from typing import Annotated

import typer

from gateway.cli.output import console, print_json
from gateway.drivers.grades import grades
from gateway.drivers.table import load, names


def drivers(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page of grades, as `make grades` keeps it.")] = False,
) -> None:
    """Show each driver with its grade: found how, local or not, push, pairing, recovery, and who else has judged it.

    Example:  hulian drivers --json
    """
    found = grades(names(), load)
    if json:
        print_json([grade.document() for grade in found])
        return
    if markdown:
        from gateway.drivers.grades.page import page  # noqa: PLC0415 - only for that

        typer.echo(page(found), nl=False)
        return
    from rich.text import Text  # noqa: PLC0415 - only for people

    out = console()
    for grade in found:
        cells = grade.row()
        out.print(Text(f"{cells.pop('Driver')}  {cells.pop('Grade')}  ", style="bold") + Text(grade.driver.title, style="dim"))
        for heading, cell in (cells | {"Kinds": ", ".join(grade.driver.kinds).replace("*", "all")}).items():
            out.print(Text(f"  {heading:<14} ", style="dim") + Text(cell))
