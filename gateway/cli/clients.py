"""`hulian clients`, `revoke`, `lower` and `journal`: who was let in, who is put out or may do less, and what happened at the door."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.thing.timestamp import iso

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
COLOURS = {"valid": "green", "revoked": "red", "expired": "yellow"}


def clients(json: Json = False) -> None:
    """Show who was let into this home, as what, when and by whom.

    Example:  hulian clients --json
    """
    with Client(options.data) as client:
        answer = client.call("clients")
    if json:
        print_json(answer)
        return
    if not answer:
        console().print("Nobody was let in yet, so this machine needs no key. `hulian pair --role owner` makes the first owner.")
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only for people
    from rich.table import Table  # noqa: PLC0415 - only for people
    from rich.text import Text  # noqa: PLC0415 - only for people

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Client", "Role", "Since", "State"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("Role", "State"))
    for each in answer:
        name = Text(each["name"], style="bold").append(f"\n{each['id']}", style="not bold dim")
        since = Text(iso(each["added"])[:16].replace("T", " ")).append(f"\nby {each['by']}", style="dim")
        table.add_row(name, Text(each["role"]), since, Text(each["state"], style=COLOURS.get(each["state"], "")))
    console().print(table)


def revoke(
    who: Annotated[str, typer.Argument(metavar="CLIENT", help="A client's id, its name, or enough of the id to be the only one.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Put a client out: its keys and its certificate open nothing any more, and its connections end.

    Example:  hulian revoke phone-7f3k2m
    """
    with Client(options.data) as client:
        meant = who if yes or not sys.stdin.isatty() else confirmed(who, client.call("clients"))
        answer = client.call("revoke", client=meant)
    if json:
        print_json(answer)
    else:
        console().print(f"{answer['id']} ({answer['name']}) is out.", markup=False)


def lower(
    who: Annotated[str, typer.Argument(metavar="CLIENT", help="A client's id, its name, or enough of the id to be the only one.")],
    role: Annotated[str, typer.Argument(metavar="ROLE", help="user or viewer.")],
    json: Json = False,
) -> None:
    """Let a client do less from now on, also over connections that are open: from owner to user to viewer.

    Example:  hulian lower phone-7f3k2m viewer
    """
    with Client(options.data) as client:
        answer = client.call("lower", client=who, role=role)
    if json:
        print_json(answer)
    else:
        console().print(f"{answer['id']} ({answer['name']}) is {answer['role']} now.", markup=False)


def confirmed(who: str, known: Sequence[dict[str, Any]]) -> str:
    """Ask whether the one who is meant shall be out and return its id; `who` as it is when the hub has to say that it is unclear."""
    alive = [each for each in known if each["revoked"] is None]
    meant = (
        [each for each in alive if who in (each["id"], each["name"])]
        or [each for each in alive if each["id"].startswith(who)]
        or [each for each in alive if who.casefold() in each["name"].casefold()]
    )
    if len(meant) != 1:
        return who
    one = meant[0]
    typer.confirm(f"Put {one['name']} ({one['id']}, {one['role']}) out for good?", abort=True)
    return str(one["id"])


def journal(
    limit: Annotated[int, typer.Option(min=1, max=5000, help="At most so many entries.")] = 50,
    json: Json = False,
) -> None:
    """Show what happened at the door: who was let in, refused, put out; the newest last.

    Example:  hulian journal --limit 20
    """
    with Client(options.data) as client:
        entries = client.call("journal", limit=limit)
    for entry in entries:
        if json:
            print_json(entry)
        else:
            console().print(line(entry), markup=False)
    if not entries and not json:
        console().print("Nothing has happened yet.")


def line(entry: dict[str, Any]) -> str:
    """Return one entry as a line for people."""
    parts = [iso(entry["at"]), entry["what"], entry["target"]]
    parts += [f"by {entry['actor']}"] if entry["actor"] else []
    parts += [f"from {entry['source']}"] if entry["source"] else []
    parts += [entry["result"]] if entry["result"] != "done" else []
    parts += [f"{name}={value}" for name, value in entry["detail"].items()]
    return "  ".join(part for part in parts if part)
