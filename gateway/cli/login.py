"""`hulian login`: a one-time code for a browser, or a token for a program; and a login elsewhere with the keys of `hulian join`."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.errors import BadSyntax

OPEN: Final = (
    "This machine itself needs no login (a demo, or a hub without an owner): a browser here is its owner without a code, and again after "
    "it has logged out. The code is for other machines, or to see what another role sees."
)


def login(
    client: Annotated[str | None, typer.Option(help="Log in as this client (see `hulian clients`); default: the owner.")] = None,
    name: Annotated[str | None, typer.Option(help="Let a new one in, called so.")] = None,
    role: Annotated[str, typer.Option(help="Of the new one: viewer, user, owner or service.")] = "user",
    token: Annotated[bool, typer.Option("--token", help="A token for a program (Authorization: Bearer) instead of a code.")] = False,
    key: Annotated[Path | None, typer.Option(metavar="DIR", help="Log in with the keys of this folder, which `hulian join` wrote.")] = None,
    url: Annotated[str | None, typer.Option(help="With --key: where the hub is.", show_default="as the folder says")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Make a one-time code with which a browser logs in; good for ten minutes.

    With --key it is the other side: a program on any machine logs in with the keys it was paired with, and no code is needed. The login
    is written into the folder, for curl.

    For example:

      hulian login

      hulian login --name "Kitchen panel" --role viewer

      hulian login --name prometheus --role viewer --token

      hulian login --key hulian-laptop --url https://192.168.1.20:8443 && curl --config hulian-laptop/curl.conf https://192.168.1.20:8443/metrics
    """
    if key is not None:
        if client or name:
            raise BadSyntax("--key logs in as who the folder's keys are: without --client and --name")
        from gateway.cli.key_login import log_in  # noqa: PLC0415 - only for who has keys

        log_in(key, url, token=token, json=json)
        return
    if url is not None:
        raise BadSyntax("--url goes with --key: a code is made on the hub itself")
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
    where += [OPEN] if answer.get("open") else []
    return "\n".join([f"Code for {answer['for']}, good until {answer['until'][11:16]} UTC:  {answer['code']}", *where])
