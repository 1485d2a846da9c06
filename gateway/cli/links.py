"""`hulian link`, `unlink` and `links`: what is plugged in where, and what a remote or a charger is for."""

import sys
from typing import Annotated, Any, Final

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import NeedsConfirmation

RELATIONS: Final = {
    "feeds": "A plug feeds what is plugged into it.",
    "controls": "A remote controls what it sends to.",
    "charges": "A charger charges what stands on it.",
}


def begun(incomplete: str) -> list[tuple[str, str]]:
    """Return the relations that begin so, each with what it is, for the shell."""
    return [(word, says) for word, says in RELATIONS.items() if word.startswith(incomplete)]


Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The plug, remote or charger: its id, its name, or enough of the id.")]
Relation = Annotated[str, typer.Argument(metavar="RELATION", help="feeds, controls or charges.", autocompletion=begun)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Confirm what needs a person's confirmation.")]


def link(
    device: Device,
    relation: Relation,
    other: Annotated[str, typer.Argument(metavar="APPLIANCE", help="The appliance: its id, its name, or enough of the id.")],
    kind: Annotated[str | None, typer.Option("--as", help="Make a thing of this kind for what is plugged in, called APPLIANCE.")] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Say what a plug feeds, a remote controls or a charger charges.

    A plug that feeds a refrigerator is switched off only when a person confirms it. With --as, what is plugged in need not speak at all:
    the power the plug measures tells whether it is on.

    Example:  hulian link plug-1d06 feeds "Kitchen refrigerator"

    Example:  hulian link plug-1d06 feeds --as fan "Bedroom fan"
    """
    with Client(options.data) as client:
        made = _asked(client, "link", {"device": device, "relation": relation, "other": other, "as": kind}, yes=yes)
    if json:
        print_json(made)
    else:
        console().print(line(made), markup=False)


def unlink(
    device: Device,
    relation: Relation,
    other: Annotated[str | None, typer.Argument(metavar="[APPLIANCE]", help="Only this one; without it, all.")] = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Undo a link.

    Example:  hulian unlink plug-1d06 feeds
    """
    with Client(options.data) as client:
        gone = _asked(client, "unlink", {"device": device, "relation": relation, "other": other}, yes=yes)
    if json:
        print_json(gone)
        return
    for each in gone:
        console().print(f"no more: {line(each)}", markup=False)
    if not gone:
        console().print("done")


def links(
    device: Annotated[str | None, typer.Argument(metavar="[DEVICE]", help="Only links of this device, from either end.")] = None,
    json: Json = False,
) -> None:
    """Show what hangs on what.

    Example:  hulian links --json
    """
    with Client(options.data) as client:
        found = client.call("links", **({"device": device} if device else {}))
    if json:
        print_json(found)
        return
    for each in found:
        console().print(line(each), markup=False)
        if each.get("evidence"):
            console().print(f"    {each['evidence']}", markup=False, style="dim")
    if not found:
        console().print("No links yet. `hulian link PLUG feeds APPLIANCE` makes one.")


def line(tie: dict[str, Any]) -> str:
    """Return a link as a line for people."""
    who = "as it says itself" if tie["told"] else f"said {tie['by']}" if tie["by"] else "kept from before"
    return f"{tie['name']} ({tie['device']}) {tie['relation']} {tie['otherName']} ({tie['other']}), {who}"


def _asked(client: Client, call: str, arguments: dict[str, Any], *, yes: bool) -> Any:
    """Make a call, and ask the person where the home wants a confirmation."""
    try:
        return client.call(call, **arguments, yes=yes)
    except NeedsConfirmation as error:
        if yes or not sys.stdin.isatty():
            raise
        typer.confirm(f"{error.detail}\nDo it all the same?", abort=True)
    return client.call(call, **arguments, yes=True)
