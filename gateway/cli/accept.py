"""`hulian accept`: what was found and waits, and taking it into the home with what it asks for."""

import sys
from collections.abc import Iterator, Mapping
from time import sleep
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.devices import Json
from gateway.cli.options import options
from gateway.cli.output import console, failure, print_json
from gateway.errors import BadSyntax, CommandError, SchemaViolation, Unknown

QUESTIONS = 8
"""As many times a person is asked for one unit: for all it needs, and again where it was mistyped."""
SPEAKS_PROFILE = "native:"
"""Units that speak the profile themselves: only they carry certificates."""
PROOF_LOOKS, PROOF_LOOK_SECONDS = 12, 0.25
"""How often, and after how many seconds each, it is looked whether an appliance just taken in has shown its certificates."""
LOOK_SECONDS = 5.0
"""What the searches of all wires take, three rounds each, and the answers of slow modules."""


def accept(
    key: Annotated[str | None, typer.Argument(help="What to accept, as listed; without it, the list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Accept everything that waits and needs no answer.")] = False,
    look: Annotated[
        bool, typer.Option("--look", help="Look around first; takes a few seconds. For what has just been switched on.")
    ] = False,
    ignore: Annotated[bool, typer.Option("--ignore", help="Never show it again instead.")] = False,
    answer: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE for what the appliance needs and is no secret; what is left out is asked, unseen.")
    ] = None,
    json: Json = False,
) -> None:
    """List what was found and waits, or take it into the home.

    For example:

      hulian accept --look

      hulian accept midea:151732605161920

      hulian accept --all
    """
    with Client(options.data) as client:
        if look:
            client.call("look")
            sleep(LOOK_SECONDS)
        found = client.call("inbox")
        waiting = [entry for entry in found if entry["state"] == "pending"]
        if key is None and not every:
            list_waiting([*waiting, *(entry for entry in found if entry["refused"] and entry not in waiting)], json=json)
            return
        keys = [key] if key else [entry["unit"] for entry in waiting if not entry["missing"]]
        answers = dict(_pair(text) for text in answer or ())
        if not keys:
            list_waiting(waiting, json=json)
        asked = {"call": "ignore"} if ignore else {"call": "accept", "answers": answers}
        if key:
            _answered(client, key, asked, json=json)
            return
        done = [_tried(client, one, asked, json=json) for one in keys]
    if not all(done):
        raise typer.Exit(1)


def _tried(client: Client, unit: str, asked: Mapping[str, Any], *, json: bool) -> bool:
    """Do it to one of many: what goes wrong with it is told, and keeps no other out."""
    try:
        _taken(client, unit, asked, json=json)
    except CommandError as error:
        if json:
            print_json({"unit": unit, "state": "pending", "problem": error.detail})
        else:
            failure(f"{unit} cannot be taken in: {error.detail}")
        return False
    return True


def _taken(client: Client, unit: str, asked: Mapping[str, Any], *, json: bool) -> None:
    """Accept or ignore one unit, and say so."""
    client.call(asked["call"], unit=unit, **{name: value for name, value in asked.items() if name != "call"})
    state = "ignored" if asked["call"] == "ignore" else "accepted"
    if json:
        print_json({"unit": unit, "state": state})
    else:
        console().print(f"{state} {unit}", markup=False)


def _tell_certificates(client: Client, device: str) -> None:
    """Say what the certificates of an appliance that was taken in are worth, once it is there and was asked; nothing where it has none."""
    for _ in range(PROOF_LOOKS):
        sleep(PROOF_LOOK_SECONDS)
        try:
            answer = client.call("show", device=device)
        except Unknown:
            continue
        if answer["certificates"]["settled"]:
            from gateway.cli.standing import certificate_lines  # noqa: PLC0415 - only for people

            for line in certificate_lines(answer):
                console().print(line)
            return


def _answered(client: Client, unit: str, asked: dict[str, Any], *, json: bool) -> None:
    """Do it to one unit; what it turns out to need is asked, unseen: some show only then what has to be typed. Not without a terminal."""
    for left in reversed(range(QUESTIONS)):
        try:
            _taken(client, unit, asked, json=json)
        except SchemaViolation as question:
            if question.property is None or not left or not sys.stdin.isatty():
                raise
            from getpass import getpass  # noqa: PLC0415 - only for people

            console(error=True).print(question.detail, markup=False)
            asked["answers"] = asked["answers"] | {question.property: getpass(f"{question.property}: ").strip()}
        else:
            if not json and asked["call"] != "ignore" and unit.startswith(SPEAKS_PROFILE):
                _tell_certificates(client, unit.removeprefix(SPEAKS_PROFILE))
            return


def list_waiting(waiting: list[dict[str, Any]], *, json: bool) -> None:
    """Print what waits in the inbox, and what was accepted and yet cannot be taken in."""
    if json:
        print_json(waiting)
        return
    if not waiting:
        console().print("Nothing waits. `hulian accept --look` looks around anew; `hulian doctor` tells what was asked and who answered.")
    for entry in waiting:
        needs = f"  needs {', '.join(entry['missing'])}" if entry.get("missing") and not entry["refused"] else ""
        title = "" if entry["title"] == entry["key"] else f"  {entry['title']}"  # it has told nothing but its number
        where = f"{entry['kind'] or 'kind unknown'}, {entry['address'] or 'no address'}"
        console().print(f"{entry['unit']}{title}  ({where}){needs}", markup=False)
        if entry["refused"]:
            console().print(Text(f"    accepted, but cannot be taken in: {entry['refused']}", style="yellow"))
    for advice in next_steps(waiting):
        console().print(Text(advice, style="dim"))


def next_steps(waiting: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what a person can do now about what waits."""
    open_units = [entry for entry in waiting if entry["state"] == "pending" and not entry["missing"]]
    keyed = [entry for entry in waiting if entry["missing"] and not entry["refused"]]
    if open_units:
        yield "`hulian accept --all` takes in what needs no answer."
    for driver in dict.fromkeys(entry["driver"] for entry in keyed):
        unit = next(entry["unit"] for entry in keyed if entry["driver"] == driver)
        yield f"`hulian guide {driver}` tells where its keys are; then `hulian accept {unit}`, or `hulian credentials import {unit}`."


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise BadSyntax(f"--answer takes NAME=VALUE, not {text!r}")
    return name, value
