"""`hulian tag`: words of your own that scenes select by, given to an appliance, taken off again, and listed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import BadSyntax, Unknown


def tag(
    device: Annotated[
        str | None, typer.Argument(metavar="[DEVICE]", help="A device's id, its name, or enough of the id; without it, all are listed.")
    ] = None,
    words: Annotated[list[str] | None, typer.Argument(metavar="[TAG]...", help="Tags to give it; without any, its own are listed.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags off it instead.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Take every tag off it.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Give an appliance tags, take them off, or list them; scenes select by them.

    Some words mean something to the hub: power-first, power-last, power-keep, watts-1200 and surge-6 say what a device may have of the
    home's line, simple puts it on the simple page. Every other word is your own.

    Example:  hulian tag light-hall night-light

    Example:  hulian tag light-hall night-light --remove

    Example:  hulian tag
    """
    given = words or []
    if (device is None and (remove or clear)) or (clear and (given or remove)) or (remove and not given):
        raise BadSyntax("--remove takes DEVICE and the tags to take off; --clear takes DEVICE alone")
    with Client(options.data) as client:
        found = client.call("devices")["devices"]
        if device is None:
            shown = [each for each in found if each["tags"] or json]
        else:
            known = client.call("show", device=device)
            if given or clear:
                client.call("tag", device=known["id"], tags=_wanted(known, given, remove=remove, clear=clear))
                known = client.call("show", device=known["id"])
            shown = [known]
    _tell(shown, json=json, every=device is None)


def _wanted(known: Mapping[str, Any], given: Sequence[str], *, remove: bool, clear: bool) -> list[str]:
    """Return the tags a device is to have; raise Unknown for one that is to be taken off and that it has not."""
    has = list(known["tags"])
    if clear:
        return []
    if not remove:
        return [*has, *(word for word in given if word not in has)]
    if strange := [word for word in given if word not in has]:
        raise Unknown(f"{known['id']} has no tag {strange[0]!r}; it has {', '.join(has) or 'none'}")
    return [word for word in has if word not in given]


def _tell(devices: Sequence[Mapping[str, Any]], *, json: bool, every: bool) -> None:
    if json:
        rows = [{"id": each["id"], "tags": list(each["tags"])} for each in devices]
        print_json(rows if every else rows[0])
        return
    for each in devices:
        console().print(Text.assemble((each["id"], "bold"), "  ", ", ".join(each["tags"]) or ("no tags", "dim")))
    if not devices:
        console().print("No appliance has a tag yet. `hulian tag DEVICE TAG` gives one.")
