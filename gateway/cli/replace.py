"""`hulian replace`: another appliance, of whatever make, in the place of one: the id, the room, the scenes and the history stay."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def replace(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The device that goes: its id, its name, or enough of the id.")],
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="The one that takes its place; already accepted.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last replacement of OLD back instead.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would mean.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also while OLD still answers, or NEW does not.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Put another appliance in the place of one, across models and makes.

    What OLD was called, where it stood, its tags, links, scenes and history stay, under the same id. What the new one cannot do is listed
    first, with the scene and the line that would need it. The unit of OLD is put aside; `hulian replace --undo OLD` brings it back.

    Example:  hulian replace tv-living stb-living --dry-run

    Example:  hulian replace tv-living stb-living --force

    Example:  hulian replace --undo tv-living
    """
    with Client(options.data) as client:
        if undo:
            _take_back(client, old, json=json)
            return
        if new is None:
            raise typer.BadParameter("names the one that takes the place: hulian replace OLD NEW", param_hint="NEW")
        plan = client.call("replace-plan", old=old, new=new, force=force or dry_run)
        if not json:
            _show(plan)
        if not dry_run:
            if not yes:
                typer.confirm("Do it?", abort=True, err=json)
            client.call("replace", old=plan["old"]["id"], new=plan["new"]["id"], force=force)
    if json:
        print_json(plan | {"done": not dry_run})
    elif not dry_run:
        console().print(_done(plan))


def _take_back(client: Client, device: str, *, json: bool) -> None:
    done = client.call("replace-undo", device=device)
    if json:
        print_json(done)
        return
    console().print(f"{done['device']} is again the {done['kind']} it was; the other one is {done['other']} again", markup=False)
    if not done["again"]:
        console().print("Its unit was not put aside then: if it is not there soon, `hulian accept` lists it.", style="dim")


def _show(plan: Mapping[str, Any]) -> None:
    out, new = console(), plan["new"]
    out.print(Text.assemble(_called(new), " takes the place of ", _called(plan["old"])))
    room = f" in {plan['old']['room']}" if plan["old"]["room"] else ""
    out.print(f"It will be {plan['old']['id']}, called {plan['old']['name']}{room}; scenes, links and history stay.", markup=False)
    for lack in plan["lacks"]:
        out.print(Text(f"  cannot: {lack['text']}", style="yellow"))
    for need in plan["scenes"]:
        out.print(Text(f"  scene {need['scene']}, line {need['line']}: {need['text']}", style="red"))
    for link in plan["links"]:
        out.print(Text(f"  a link of the new one goes: {link}", style="yellow"))
    if plan["gains"]:
        out.print(Text(f"  new: {', '.join(plan['gains'])}", style="green"))
    if not plan["lacks"] and not plan["scenes"]:
        out.print(Text("  nothing is lost", style="green"))
    if plan["stays"]:
        out.print(Text(f"  what carries the old one carries others too: it stays in the home, as {new['id']}", style="dim"))


def _called(device: Mapping[str, Any]) -> Text:
    return Text.assemble((device["name"], "bold"), f" ({device['id']}, {device['kind']})")


def _done(plan: Mapping[str, Any]) -> Text:
    old = plan["old"]["id"]
    return Text.assemble((plan["new"]["name"], "bold"), f" is {old} now. ", (f"`hulian replace --undo {old}` takes it back.", "dim"))
