"""`hulian scene triggers`, `pause` and `resume`: what makes scenes run by themselves, and why one did not."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.scene_name import Name

STATES: Final = {
    "armed": ("armed", "green"),
    "held": ("holds, not yet for long enough", "yellow"),
    "fired": ("fired; armed again once it is over", "cyan"),
    "waiting": ("nobody has said how it is yet", "yellow"),
    "nobody": ("nobody in this home is meant", "yellow"),
    "noPlace": ("needs latitude and longitude in the section [home] of the configuration", "red"),
    "paused": ("paused", "yellow"),
}
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def triggers(scene: Annotated[str, typer.Argument(metavar="[SCENE]", help="Only of this scene.")] = "", json: Json = False) -> None:
    """List what makes scenes run by themselves: armed or not, when next, when last, what was missed, and why one did not run.

    Example:  hulian scene triggers air-quality
    """
    with Client(options.data) as client:
        found = client.call("scene-triggers", scene=scene)
    if json:
        print_json(found)
        return
    for record in found:
        _show(record)
    if not found:
        console().print("No triggers. A scene with `triggers:` runs by itself; `hulian scene --help` says where scenes come from.")


def pause(scene: Name) -> None:
    """Let no trigger of a scene fire until it is resumed; it can still be run by hand.

    Example:  hulian scene pause air-quality
    """
    with Client(options.data) as client:
        client.call("scene-pause", scene=scene)
    console().print(f"{scene} is paused: nothing fires it until `hulian scene resume {scene}`", markup=False)


def resume(scene: Name) -> None:
    """Let the triggers of a scene fire again; what came in between fires no more.

    Example:  hulian scene resume air-quality
    """
    with Client(options.data) as client:
        client.call("scene-resume", scene=scene)
    console().print(f"{scene} runs by itself again", markup=False)


def trigger_line(trigger: Mapping[str, Any] | None) -> Text | None:
    """Return the line of a report that says what fired it, None where somebody asked for it."""
    return None if not trigger else Text(f"  fired by line {trigger['line']}: {trigger['text']['en']}", style="cyan")


def of_itself(records: Sequence[Mapping[str, Any]]) -> Text:
    """Return what a list of scenes says of the triggers of one: that it runs by itself, or is paused."""
    if not records:
        return Text()
    return Text("  paused", style="yellow") if records[0]["state"] == "paused" else Text("  runs by itself", style="cyan")


def _show(record: Mapping[str, Any]) -> None:
    words, colour = STATES[record["state"]]
    out = console()
    out.print(Text.assemble((record["scene"], "bold"), f"  line {record['line']}: {record['text']['en']}  ", (words, colour)))
    if record["next"]:
        out.print(Text(f"    next  {record['next']}", style="dim"))
    for name, title in (("fired", "last fired"), ("missed", "missed"), ("why", "did not run")):
        if record[name] is not None:
            style = "dim" if name == "fired" else "yellow"
            out.print(Text(f"    {title}  {record[name]['at']}  {record[name]['text']['en']}", style=style))
    if record["pause"] is not None:
        why = f": {record['pause']['why']['en']}" if record["pause"].get("why") else ""
        out.print(Text(f"    paused  {record['pause']['at']} by {record['pause']['by']}{why}", style="yellow"))
