"""`hulian join`: the other side of `hulian pair`, on the machine that wants to come in. It needs no hub of its own."""

import asyncio
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from gateway.cli.credentials import check_free, write_credentials
from gateway.cli.output import console, failure, print_json
from gateway.errors import BadSyntax, SetupError
from gateway.trust.invitation import Invitation, is_invitation, read_invitation

PORT = 5683
TOO_OPEN = (
    "a QR code's text is a secret, and anybody on this machine can read what stands on a command line: say `hulian join` and paste it"
)


def join(
    hub: Annotated[str | None, typer.Argument(help="The hub: ADDRESS or ADDRESS:PORT. Without it you are asked for the code.")] = None,
    to: Annotated[Path | None, typer.Option(help="The new folder for the credentials.", show_default="hulian-NAME")] = None,
    name: Annotated[str | None, typer.Option(help="What people call this machine.", show_default="its host name")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="A file with the PIN; else you are asked.", exists=True, dir_okay=False)] = None,
    code_file: Annotated[Path | None, typer.Option(help="A file with the text of the QR code.", exists=True, dir_okay=False)] = None,
    device: Annotated[str | None, typer.Option(help="For an appliance: the id it has in its topics.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Come into a home whose owner has opened pairing with `hulian pair`; writes a folder of credentials.

    For example:

      hulian join 192.168.1.20 --name laptop

      hulian join --name "kitchen tablet" --to tablet     (asks for the text under the QR code)

      hulian join 192.168.1.20 --pin-file pin --to /etc/hulian-client
    """
    if hub is not None and is_invitation(hub):
        raise BadSyntax(TOO_OPEN)
    called = name or socket.gethostname()
    folder = to or Path(f"hulian-{''.join(letter if letter.isalnum() else '-' for letter in called)[:40]}")
    check_free(folder)
    invitation = _invitation(hub, code_file)
    pin = None if invitation is not None else _pin(pin_file)
    began = time.monotonic()
    document, key = asyncio.run(_joined(hub, invitation, pin, {"name": called, **({"device": device} if device else {})}))
    seconds = time.monotonic() - began
    write_credentials(folder, document, key)
    _tell(document, folder, seconds, json=json)


async def _joined(hub: str | None, invitation: Invitation | None, pin: str | None, wanted: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    from gateway.cli.knocking import Hub, first_that_answers, join_by_pin, join_by_qr  # noqa: PLC0415 - CoAP: after the questions
    from gateway.protocol.coap.client import CoapClient  # noqa: PLC0415 - likewise
    from gateway.trust.bundle import new_request  # noqa: PLC0415 - likewise

    key, request = new_request("client")
    wanted["request"] = request.decode()
    async with CoapClient() as client:
        if invitation is not None:
            places = (_place(hub),) if hub is not None else invitation.addresses
            address = await first_that_answers(client, places)
            return await join_by_qr(Hub(client=client, address=address, waiting=_waiting), invitation, wanted), key
        host, port = _place(hub or "")
        return await join_by_pin(Hub(client=client, address=f"{host}:{port}", waiting=_waiting), pin or "", wanted), key


def _invitation(hub: str | None, file: Path | None) -> Invitation | None:
    """Return the invitation of a file, or of a person who named no hub."""
    if file is not None:
        return read_invitation(_first_line(file))
    if hub is not None:
        return None
    if not sys.stdin.isatty():
        return read_invitation(sys.stdin.readline())
    return read_invitation(typer.prompt("The text under the QR code (hulian:...)", hide_input=True))


def _pin(file: Path | None) -> str:
    from gateway.trust.pin import read_pin  # noqa: PLC0415 - after the options are read

    if file is not None:
        return read_pin(_first_line(file))
    if not sys.stdin.isatty():
        return read_pin(sys.stdin.readline())
    while True:
        try:
            return read_pin(typer.prompt("The PIN that the hub shows (it does not appear as you type)", hide_input=True))
        except BadSyntax as error:
            failure(str(error))


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{file} cannot be read") from error


def _place(hub: str) -> tuple[str, int]:
    """Return address and port of `192.0.2.7`, `192.0.2.7:5683` or `coap://192.0.2.7`."""
    try:
        parts = urlsplit(hub if "://" in hub else f"coap://{hub}")
        port = parts.port or PORT
    except ValueError as error:
        raise BadSyntax(f"{hub!r} is no address of a hub") from error
    if parts.scheme != "coap" or not parts.hostname:
        raise BadSyntax(f"{hub!r} is no address of a hub: it looks like 192.168.1.20 or 192.168.1.20:5683")
    return parts.hostname, port


def _waiting(seconds: int) -> None:
    console(error=True).print(f"The hub lets nobody try again so soon; waiting {seconds} s ...", style="dim")


def _tell(document: Mapping[str, Any], folder: Path, seconds: float, *, json: bool) -> None:
    if json:
        facts = {name: document.get(name) for name in ("gateway", "client", "name", "role", "mqtt", "coap")}
        print_json({**facts, "folder": str(folder), "seconds": round(seconds, 3)})
        return
    out = console()
    out.print(f"In: {document['client']}, {document['role']} of {document['gateway']}, after {seconds:.1f} s.")
    out.print(f"The credentials are in {folder}; README.md there shows how to use them.")
