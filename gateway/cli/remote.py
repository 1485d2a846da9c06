"""`hulian remote`: appliances without a network, for which an infrared transmitter speaks."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.devices import command, finish
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import Unknown

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="""Appliances that only have an infrared remote: a transmitter speaks for them.

    What such an appliance really does nobody tells the gateway: it shows what was sent last, and says that this is assumed.

    For example:

      hulian remote add ir-7f3k2m9q --kind air-conditioner --codes climate-8

      hulian remote add ir-7f3k2m9q --kind uhd-tv --name "Bedroom television"

      hulian remote learn tv-k2m9qa power
    """,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Transmitter = Annotated[str, typer.Argument(metavar="TRANSMITTER", help="The infrared transmitter: its id, its name, or enough of the id.")]
Thing = Annotated[str, typer.Argument(metavar="APPLIANCE", help="The appliance behind it: its id, its name, or enough of the id.")]


@app.command("list")
def list_things(
    transmitter: Annotated[str | None, typer.Argument(metavar="[TRANSMITTER]", help="Only what this one speaks for.")] = None,
    json: Json = False,
) -> None:
    """Show what each transmitter speaks for, and what was learned for it.

    Example:  hulian remote list
    """
    with Client(options.data) as client:
        found = client.call("remote", **({} if transmitter is None else {"device": transmitter}))
    if json:
        print_json(found)
        return
    if not found:
        console().print("There is no infrared transmitter here now that speaks for others.")
    for each in found:
        console().print(f"{each['transmitter']}  {each['name']}", markup=False)
        for thing in each["things"]:
            console().print(f"  {line(thing)}", markup=False)


def line(thing: Mapping[str, Any]) -> str:
    """Return in words what is behind a transmitter."""
    learned = f", learned: {' '.join(thing['learned'])}" if thing["learned"] else ""
    return f"{thing['id']}  {thing['title'] or thing['kind']}  codes {thing['codes']}{learned}"


@app.command("codes")
def list_codes(json: Json = False) -> None:
    """Show the codes that are known for whole remotes; for any other remote, its keys are learned.

    Example:  hulian remote codes
    """
    with Client(options.data) as client:
        found = client.call("remote-codes")
    if json:
        print_json(found)
        return
    for each in found["codes"]:
        console().print(f"{each['name']}  {each['kind']}  {each['title']}", markup=False)
    console().print(f"learned  {', '.join(found['kinds'])}  What its own remote sends, key by key.", markup=False)


@app.command("add")
def add(
    transmitter: Transmitter,
    kind: Annotated[str, typer.Option("--kind", help="What the appliance is: air-conditioner, uhd-tv, set-top-box or fan.")],
    codes: Annotated[str, typer.Option("--codes", help="Its codes, as `hulian remote codes` lists them.")] = "learned",
    name: Annotated[str, typer.Option("--name", help="What people call it.", show_default=False)] = "",
    json: Json = False,
) -> None:
    """Let a transmitter speak for an appliance in its room.

    With codes that are known it can be used at once; try whether it obeys. Without, learn its keys next (`hulian remote learn`).

    Example:  hulian remote add ir-7f3k2m9q --kind air-conditioner --codes climate-8 --name "Old air conditioner"
    """
    with Client(options.data) as client:
        made = client.call("remote-add", device=transmitter, kind=kind, codes=codes, title=name)
    if json:
        print_json(made)
        return
    then = f"learn its keys: hulian remote learn {made['id']} power" if codes == "learned" else f"hulian show {made['id']}"
    console().print(f"{made['id']} is there. Next: {then}", markup=False)


@app.command("learn")
def learn(
    thing: Thing,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A key such as power, on, off, mute; of an air conditioner a state: off, cool-26.")
    ],
    json: Json = False,
) -> None:
    """Learn one key of an appliance's own remote: point it at the transmitter and press the key once, within 30 seconds.

    A key that was learned before is learned anew.

    For example:

      hulian remote learn tv-k2m9qa power

      hulian remote learn ac-k2m9qa cool-26
    """
    with Client(options.data) as client:
        transmitter, identifier = _speaker(client, thing)
        if not json:
            console(error=True).print(f"Point the remote at {transmitter} and press {key} once, now.", markup=False)
        wanted = {"operation": "invokeaction", "name": "learn", "input": {"appliance": identifier, "key": key, "name": key}}
        finish(command(client, transmitter, wanted, yes=False), json=json)


@app.command("remove")
def remove(thing: Thing, json: Json = False) -> None:
    """Speak for an appliance no longer, and forget what was learned for it.

    Example:  hulian remote remove tv-k2m9qa
    """
    with Client(options.data) as client:
        gone = client.call("remote-remove", device=thing)
    if json:
        print_json(gone)
    else:
        console().print(f"{gone['id']} is gone.", markup=False)


def _speaker(client: Client, thing: str) -> tuple[str, str]:
    """Return the transmitter that speaks for an appliance, and the appliance's id; raise Unknown."""
    device = str(client.call("show", device=thing)["id"])
    for each in client.call("remote"):
        if any(one["id"] == device for one in each["things"]):
            return str(each["transmitter"]), device
    raise Unknown(f"no transmitter speaks for {thing}: `hulian remote list` shows what each speaks for")
