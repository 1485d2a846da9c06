"""`hulian`: every command."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.commands import Commands
from gateway.cli.endings import ended_well
from gateway.cli.options import options

app = typer.Typer(
    name="hulian",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Hulian (互联), the open interoperability gateway for home appliances.

    Start a simulated home with `hulian demo`, or the real one with `hulian run`; then look and act from another terminal:

      hulian devices

      hulian show DEVICE

      hulian set DEVICE PROPERTY VALUE

      hulian watch
    """,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only for --version

        typer.echo(f"hulian {version('hulian')}")
        raise typer.Exit


@app.callback()
def before(
    data: Annotated[Path | None, typer.Option(help="The gateway's data folder.", envvar="HULIAN_DATA", show_default=False)] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (NO_COLOR does the same).")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,  # noqa: ARG001
) -> None:
    """Take the options that hold for every command."""
    options.data, options.no_color, options.verbose = data, no_color, verbose


def main() -> None:
    """Run the command line; the entry point of `hulian`."""
    ended_well(app)


if __name__ == "__main__":
    main()
