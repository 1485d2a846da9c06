"""`hulian handover`: the sheet an installer leaves with a home: what is in it, what was tried, and what is still open."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import SetupError

LANGUAGES: Final = ("en", "zh", "two")


def handover(
    to: Annotated[Path, typer.Option("--to", help="The HTML file to write.")],
    language: Annotated[str, typer.Option(help="What it opens in: en, zh, or two for both side by side.")] = "two",
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Write the hand-over sheet of this home: one HTML file for a screen and for A4, in English and Chinese.

    It tells the rooms and appliances, the scenes with their last run and rehearsal, and everything that is still open, and has blanks
    for telephone numbers and signatures. It needs no network and has no secret in it.

    Example:  hulian handover --to flat-12.html
    """
    if language not in LANGUAGES:
        raise SetupError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    if to.exists() and not force:
        raise SetupError(f"{to} is there already: name another file, or say --force")
    from gateway.cli.sheet.facts import gathered  # noqa: PLC0415 - only for who makes a sheet
    from gateway.cli.sheet.page import page  # noqa: PLC0415 - likewise
    from gateway.cli.sheet.problems import problems  # noqa: PLC0415 - likewise
    from gateway.profile.library import Library  # noqa: PLC0415 - likewise

    with Client(options.data) as client:
        facts = gathered(client)
    library = Library()
    kinds = {kind: library.model(kind).titles for kind in {device["kind"] for device in facts.devices}}
    found = problems(facts, library.faults())
    at = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    try:
        to.write_text(page(facts, found, kinds, at, language), encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{to} cannot be written: {error.strerror}") from error
    grave = sum(problem.grave for problem in found)
    if json:
        print_json({"file": str(to), "open": len(found), "grave": grave})
    else:
        console().print(
            f"{to}: {len(facts.devices)} appliances; {grave} things do not work, {len(found) - grave} are not finished", markup=False
        )
