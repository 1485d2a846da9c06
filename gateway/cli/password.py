"""`hulian password`: let an appliance or a bridge in that cannot do certificates."""

from typing import Annotated

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json


def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call the appliance or bridge.")],
    tasmota: Annotated[
        str | None, typer.Option(metavar="TOPIC", help="The `Topic` of a Tasmota appliance, with its default `FullTopic`.")
    ] = None,
    bridge: Annotated[
        list[str] | None,
        typer.Option(metavar="ROOT", help="What all topics of a bridge begin with (`zigbee2mqtt`, `nodered`); again for each further one."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Let one in by password, which is shown once. Only where the section [lan] opens a door for such appliances.

    It may speak under its own topics and announce what it has there, and nothing else.

    Example:  hulian password "Desk plug" --tasmota tasmota_1234

    Example:  hulian password "Zigbee" --bridge zigbee2mqtt
    """
    asked = {"bridge": bridge} if tasmota is None and bridge else {"tasmota": tasmota} if tasmota is not None and not bridge else None
    if asked is None:
        raise typer.BadParameter("say either --tasmota TOPIC or --bridge ROOT")
    with Client(options.data) as client:
        answer = client.call("password", name=name, **asked)
    if json:
        print_json(answer)
        return
    lines = (
        f"{answer['name']} is in. Enter this there; the password is shown only now:",
        f"  MQTT      {', '.join(answer['mqtt'])}",
        f"  User      {answer['client']}",
        f"  Password  {answer['password']}",
        f"It speaks under {', '.join(answer['roots'])} and nowhere else. `hulian revoke {answer['client']}` puts it out.",
    )
    for each in lines:
        console().print(each, markup=False, highlight=False)
