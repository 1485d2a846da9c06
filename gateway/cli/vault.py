"""`hulian vault`: what appliances ask a hub to know. Names are shown, secrets never; a copy leaves the house sealed with a passphrase."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.passphrase import ask_passphrase
from gateway.cli.tokens import LARGEST_FILE, Unit, read_units
from gateway.errors import SetupError
from gateway.trust.parcel import checked_passphrase

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Passwords, tokens and keys that appliances ask for."
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="Read the passphrase from the first line of this file (- for standard input) instead of asking.")
]


@app.command("list")
def list_secrets(json: Json = False) -> None:
    """List what there are secrets for, by name.

    Example:  hulian vault list
    """
    with Client(options.data) as client:
        compartments = client.call("vault-list")
    if json:
        print_json(compartments)
        return
    if not compartments:
        console().print("The vault is empty.")
    for each in compartments:
        console().print(each["compartment"], style="bold")
        for name in each["names"]:
            console().print(f"  {name}", markup=False)


@app.command("import")
def import_secrets(
    file: Annotated[Path, typer.Argument(help="Lines of name=value under [driver:key], JSON, or what `vault export` wrote; - reads it.")],
    unit: Annotated[str | None, typer.Option(help="Which unit the file is for, as driver:key, where the file does not say.")] = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Put what appliances ask for into the vault: for one in the home, or one that will be accepted later.

    Example:  hulian vault import tokens.txt --unit midea:151732605161920
    """
    import_file(file, unit, passphrase_file, json=json)


@app.command("export")
def export_secrets(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Write what appliances ask for into a file that only a passphrase opens. It is never written in clear.

    Example:  hulian credentials export tokens.hulian
    """
    passphrase = checked_passphrase(ask_passphrase(passphrase_file, twice=True))
    with Client(options.data) as client:
        answer = client.call("vault-export", passphrase=passphrase)
    _write_new(file, answer["parcel"].encode())
    if json:
        print_json({"file": str(file), "units": answer["units"]})
        return
    console().print(f"{answer['units']} units in {file}. Without the passphrase nobody can open it, and neither can we.", markup=False)


def import_file(file: Path, unit: str | None, passphrase_file: Path | None, *, json: bool) -> None:
    """Put what is in a file into the vault, and tell what became of each unit; raise SchemaViolation for what cannot be meant."""
    content = sys.stdin.buffer.read(LARGEST_FILE + 1) if str(file) == "-" else _read(file)
    units, clear = read_units(content, unit, lambda: ask_passphrase(passphrase_file))
    keep_units(units, json=json, clear=file if clear and str(file) != "-" else None)


def keep_units(units: list[Unit], *, json: bool, clear: Path | None = None) -> None:
    """Put the credentials of units into the vault, and tell what became of each; leave with 1 when a unit did not take its own.

    `clear`: the file that still has them for everybody to read.
    """
    with Client(options.data) as client:
        done = [client.call("vault-import", driver=each.driver, key=each.key, credentials=each.credentials) for each in units]
    if json:
        print_json(done)
    for each in () if json else done:
        how = "in the home, and begun anew" if each["registered"] else "kept for when it is found"
        how = f"kept, but it was not accepted: {each['problem']}" if each["problem"] else how
        console().print(f"{each['driver']}:{each['key']}  {how}", markup=False)
    if clear is not None and not json:
        console(error=True).print(Text(f"{clear} has them in clear: remove it, with `shred -u` where the disk allows", style="yellow"))
    if any(each["problem"] for each in done):
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}") from error


def _write_new(file: Path, content: bytes) -> None:
    """Write a file for its owner only; none is left when it cannot be written whole."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise SetupError(f"{file} is there already: choose another name, so that nothing is overwritten") from error
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        with suppress(OSError):
            file.unlink()
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
