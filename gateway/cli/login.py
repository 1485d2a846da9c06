"""`hulian login`: a one-time code for a browser, or a token for a program."""

from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json


def login(
    client: Annotated[str | None, typer.Option(help="Log in as this client (see `hulian clients`); default: the owner.")] = None,
    name: Annotated[str | None, typer.Option(help="Let a new one in, called so.")] = None,
    role: Annotated[str, typer.Option(help="Of the new one: viewer, user, owner or service.")] = "user",
    token: Annotated[bool, typer.Option("--token", help="A token for a program (Authorization: Bearer) instead of a code.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Make a one-time code with which a browser logs in; good for ten minutes.

    For example:

      hulian login

      hulian login --name "Kitchen panel" --role viewer

      hulian login --name prometheus --role viewer --token
    """
    with Client(options.data) as asking:
        answer = asking.call("login", client=client, name=name, role=role, token=token)
    if json:
        print_json(answer)
    else:
        console().print(told(answer), markup=False, soft_wrap=True)


def told(answer: dict[str, Any]) -> str:
    """Return what a person reads."""
    if "token" in answer:
        return f"Token of {answer['for']}, good until {answer['until'][:10]}; it is shown this once:\n{answer['token']}"
    where = [f"  {url}/login#code={answer['code']}" for url in answer["urls"]] or ["  (the pages are off: start with --http-port 8080)"]
    return "\n".join([f"Code for {answer['for']}, good until {answer['until'][11:16]} UTC:  {answer['code']}", *where])
