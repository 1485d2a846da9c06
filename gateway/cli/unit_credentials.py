"""`hulian credentials`: which appliance asks for which key, which of them is there, and how they get in and out.

A secret is typed where nobody sees it, or read from a file or standard input; never from the command line, which every user of the machine
can read. What is shown are names.
"""

import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.tokens import Unit, named
from gateway.cli.vault import PassphraseFile, export_secrets, import_file, keep_units
from gateway.errors import SetupError, StateConflict, Unknown

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="The keys, tokens and passwords that appliances ask for."
)
app.command("export")(export_secrets)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@app.command("list")
def list_credentials(json: Json = False) -> None:
    """Show which appliance asks for what, and which of it is there; never a value.

    Example:  hulian credentials list
    """
    with Client(options.data) as client:
        units = client.call("credentials")["units"]
    if json:
        print_json(units)
        return
    if not units:
        console().print("No appliance that was found asks for a key, and none is kept.")
    for each in units:
        console().print(f"{each['unit']}  {', '.join(each['devices']) or each['title'] or 'not found yet'}  {standing(each)}", markup=False)


def standing(unit: Mapping[str, Any]) -> str:
    """Return in words what is there of what a unit asks for."""
    if unit["problem"]:
        return f"unreadable: {unit['problem']}"
    if unit["missing"]:
        has = f" (there is {' and '.join(unit['has'])})" if unit["has"] else ""
        return f"asks for {' and '.join(unit['missing'])}{has}: hulian credentials import {unit['unit']}"
    return f"has {' and '.join(unit['has'])}"


@app.command("import")
def import_credentials(
    unit: Annotated[str | None, typer.Argument(help="The appliance: driver:key as `hulian accept` lists it, or its device id.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Read them from a file (- for standard input): lines of name=value, JSON of one or many, or what `export` wrote.",
            show_default=False,
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Let the gateway know the key of an appliance, before or after it is found; what it asks for is asked here, unseen.

    For example:

      hulian credentials import midea:151732605161920

      hulian credentials import --from tokens.json
    """
    if unit is None and file is None:
        raise SetupError("say which appliance (driver:key, as `hulian accept` lists it), or read a file with --from")
    if file is not None:
        import_file(file, None if unit is None else _asking(unit, _known()), passphrase_file, json=json)
        return
    known = _known()
    driver, key = named(_asking(str(unit), known))
    keep_units([Unit(driver, key, _typed(driver, f"{driver}:{key}", known))], json=json)


def _known() -> Mapping[str, Any]:
    with Client(options.data) as client:
        return dict(client.call("credentials"))


def _place(unit: str, known: Mapping[str, Any]) -> str:
    """Return driver:key of what a person named: that, the key alone, or a device."""
    found = [each["unit"] for each in known["units"] if unit in {each["unit"], each["key"], *each["devices"]}]
    if len(found) == 1:
        return str(found[0])
    driver = unit.partition(":")[0]
    if driver == unit:
        raise Unknown(f"no appliance {unit!r} asks for a key: name it as driver:key, as `hulian credentials list` or `hulian accept` does")
    if driver not in known["asks"]:
        raise Unknown(f"there is no driver {driver!r}; there is {', '.join(known['asks'])}")
    return unit


def _asking(unit: str, known: Mapping[str, Any]) -> str:
    """Return driver:key likewise, of a unit that asks for something; raise StateConflict for one that is known to ask for nothing."""
    place = _place(unit, known)
    if not _needs(place, known):
        raise StateConflict(f"{place} asks for no key")
    return place


def _needs(unit: str, known: Mapping[str, Any]) -> list[str]:
    """Return what a unit asks for, or, while nobody has seen it, what units of its driver may."""
    seen: list[str] = next((each["needs"] for each in known["units"] if each["unit"] == unit), [])
    return list(seen or known["asks"].get(unit.partition(":")[0], ()))


def _typed(driver: str, unit: str, known: Mapping[str, Any]) -> dict[str, str]:
    """Ask a person for everything a unit needs, without showing it."""
    needs = _needs(unit, known)
    if not sys.stdin.isatty():
        raise SetupError(f"there is no terminal to ask for {' and '.join(needs)} on: use --from")
    console(error=True).print(f"{unit} asks for {' and '.join(needs)}; `hulian guide {driver}` tells where they are.", markup=False)
    return {name: getpass(f"{name} ({known['asks'][driver].get(name, 'a text')}): ").strip() for name in needs}
