"""`hulian home`: a home as a file, without a secret: for another hub, or to keep."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, counted, failure, print_json
from gateway.errors import SchemaViolation, SetupError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="""A home as a file: appliances, rooms, names, tags, links and scenes, and nothing secret.

    Example:  hulian home export flat.yaml

    Example:  hulian home import flat.yaml --dry-run
    """,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
STATES: Final = {"here": "in the home", "waits": "waiting to be taken in", "notFound": "not found yet"}
MOST: Final = 16 << 20
"""Bytes of one description."""


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write; - for standard output.")],
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
    json: Json = False,
) -> None:
    """Write the home to a file.

    Example:  hulian home export flat.yaml
    """
    if str(file) != "-" and file.exists() and not force:
        raise SetupError(f"{file} is there already: name another file, or say --force")
    with Client(options.data) as client:
        text = client.call("home-export")["text"]
    if str(file) == "-":
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
    if json:
        print_json({"file": str(file)})
    else:
        console().print(f"{file}: no secret is in it; `hulian home import` brings it to another hub", markup=False)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `hulian home export` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check it, and say what is here of it.")] = False,
    json: Json = False,
) -> None:
    """Have this hub become like a described home.

    Scenes are kept now. Appliances that are here take their names, rooms and tags now; the others, with their ids, once they are
    accepted: pair them as usual, or take them all in with `hulian bulk FILE`. What is missing is listed. It may be done again.

    Example:  hulian home import flat.yaml
    """
    text = _read(file)
    with Client(options.data) as client:
        try:
            done = client.call("home-import", text=text, dryRun=dry_run)
        except SchemaViolation as error:
            _mistaken(file, error, json=json)
    if json:
        print_json(done)
        return
    _show(done, file)


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MOST:
            raise SetupError(f"{file} has more than {MOST} bytes")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{file} is not UTF-8") from error


def _mistaken(file: Path, error: SchemaViolation, *, json: bool) -> None:
    findings = error.extra.get("findings") or [{"line": 1, "pointer": "", "message": error.detail, "rule": ""}]
    for finding in findings:
        if json:
            print_json({"path": str(file)} | finding)
        else:
            console().print(f"{file}:{finding['line']}: {finding['pointer'] or '/'}: {finding['message']}", markup=False)
    failure(f"{file} has {counted(len(findings), 'mistake')}: nothing was done")
    sys.exit(1)


def _show(done: Mapping[str, Any], file: Path) -> None:
    out = console()
    for state, words in STATES.items():
        devices = [device for device in done["devices"] if device["state"] == state]
        if devices:
            out.print(Text(f"{len(devices)} {words}", style="green" if state == "here" else "yellow"))
        for device in devices if state != "here" else ():
            asks = f", asks for {' and '.join(device['missing'])}" if device["missing"] else ""
            out.print(f"  {device['name'] or device['id']}  ({device['kind']}, {device['unit'] or 'unit unknown'}){asks}", markup=False)
    for scene in done["scenes"]:
        if scene.get("problem"):
            out.print(Text(f"the scene in line {scene['line']} was not kept: {scene['problem']}", style="red"))
        elif "scene" in scene:
            out.print(f"scene {scene['scene']}, version {scene['version']}", markup=False)
    for problem in done.get("problems", ()):
        out.print(Text(problem, style="yellow"))
    if any(device["state"] != "here" for device in done["devices"]):
        out.print(Text(f"`hulian bulk {file}` takes in what waits; what comes later is known by then, too.", style="dim"))
