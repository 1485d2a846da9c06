"""`hulian password`: let an appliance in that cannot do certificates."""

from typing import Annotated

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json


def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call the appliance.")],
    tasmota: Annotated[str, typer.Option(metavar="TOPIC", help="The `Topic` of a Tasmota appliance, with its default `FullTopic`.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Let an appliance in by password, which is shown once. Only where the section [lan] opens a door for such appliances.

    Example:  hulian password "Desk plug" --tasmota tasmota_1234
    """
    with Client(options.data) as client:
        answer = client.call("password", name=name, tasmota=tasmota)
    if json:
        print_json(answer)
        return
    lines = (
        f"{answer['name']} is in. Enter this at the appliance; the password is shown only now:",
        f"  MQTT      {', '.join(answer['mqtt'])}",
        f"  User      {answer['client']}",
        f"  Password  {answer['password']}",
        f"It speaks under {', '.join(answer['roots'])} and nowhere else. `hulian revoke {answer['client']}` puts it out.",
    )
    for each in lines:
        console().print(each, markup=False, highlight=False)
