"""`hulian accept`: what was found and waits, and taking it into the home with what it asks for."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.devices import Json
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import BadSyntax


def accept(
    key: Annotated[str | None, typer.Argument(help="What to accept, as listed; without it, the list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Accept everything that waits and needs no answer.")] = False,
    ignore: Annotated[bool, typer.Option("--ignore", help="Never show it again instead.")] = False,
    answer: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE for what the appliance needs and is no secret; what is left out is asked, unseen.")
    ] = None,
    json: Json = False,
) -> None:
    """List what was found and waits, or take it into the home.

    Example:  hulian accept --all
    """
    with Client(options.data) as client:
        found = client.call("inbox")
        waiting = [entry for entry in found if entry["state"] == "pending"]
        if key is None and not every:
            list_waiting([*waiting, *(entry for entry in found if entry["refused"] and entry not in waiting)], json=json)
            return
        keys = [key] if key else [entry["unit"] for entry in waiting if not entry["missing"]]
        answers = dict(_pair(text) for text in answer or ())
        if not keys:
            list_waiting(waiting, json=json)
        if key and not ignore:
            answers = asked_unseen(next((entry for entry in waiting if key in {entry["unit"], entry["key"]}), {}), answers)
        for one in keys:
            client.call("ignore" if ignore else "accept", unit=one, **({} if ignore else {"answers": answers}))
            if json:
                print_json({"unit": one, "state": "ignored" if ignore else "accepted"})
            else:
                console().print(f"{'ignored' if ignore else 'accepted'} {one}")


def asked_unseen(entry: Mapping[str, Any], answers: dict[str, str]) -> dict[str, str]:
    """Return the answers with what else the unit needs, typed unseen; without a terminal as they are: the gateway says what is missing."""
    needed = [need for need in entry.get("missing", ()) if need not in answers]
    if not needed or not sys.stdin.isatty():
        return answers
    from getpass import getpass  # noqa: PLC0415 - only for people

    console(error=True).print(f"{entry['unit']} asks for {' and '.join(needed)}; `hulian guide {entry['driver']}` tells where they are.")
    return answers | {need: getpass(f"{need}: ").strip() for need in needed}


def list_waiting(waiting: list[dict[str, Any]], *, json: bool) -> None:
    """Print what waits in the inbox, and what was accepted and yet cannot be taken in."""
    if json:
        print_json(waiting)
        return
    if not waiting:
        console().print("Nothing waits. `hulian doctor` tells what was asked and who answered.")
    for entry in waiting:
        needs = f"  needs {', '.join(entry['missing'])}" if entry.get("missing") and not entry["refused"] else ""
        console().print(f"{entry['unit']}  {entry['title']}  ({entry['kind'] or 'kind unknown'}, {entry['address']}){needs}")
        if entry["refused"]:
            console().print(f"    accepted, but cannot be taken in: {entry['refused']}", style="yellow")


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise BadSyntax(f"--answer takes NAME=VALUE, not {text!r}")
    return name, value
