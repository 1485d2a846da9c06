"""`hulian pair`: opens the window at the hub, shows PIN and QR code, and tells how it went; or lets a client in right here."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.credentials import check_free, write_credentials
from gateway.cli.options import options
from gateway.cli.output import console, failure, print_json
from gateway.errors import BadSyntax, ExtraMissing
from gateway.thing.principal import Role

ROLES = ", ".join(Role)
ENDINGS = {
    "time": "Nobody came in: the time is over.",
    "tries": "Nobody came in: there were ten wrong tries, so pairing was closed. If they were not yours, somebody is trying to get in.",
    "stopped": "Pairing was closed.",
    "failed": "Somebody had the code, but could not be let in: `hulian journal` says why.",
    "replaced": "Pairing was closed: it was opened anew elsewhere.",
}
"""How a window ended in which nobody came in."""


def pair(
    role: Annotated[str, typer.Option(help=f"What the new one may do: {ROLES}.")] = Role.USER.value,
    minutes: Annotated[float, typer.Option(min=0.1, max=15, help="How long it may take.")] = 5.0,
    qr: Annotated[bool, typer.Option("--qr", help="Only by QR code.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Only by PIN.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the QR code into this file, too.", dir_okay=False)] = None,
    to: Annotated[Path | None, typer.Option(help="Let a client in right here: write its credentials into this new folder.")] = None,
    name: Annotated[str | None, typer.Option(help="With --to: what people call it.")] = None,
    device: Annotated[str | None, typer.Option(help="With --to and role device: the id it has in its topics.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Let somebody or something in: open pairing for a few minutes, for one of a role.

    On the other machine: `hulian join`. Without another machine: --to makes a folder of credentials here.

    For example:

      hulian pair --role owner

      hulian pair --role viewer --minutes 2 --pin

      hulian pair --to /etc/homeassistant/hulian --name "Home Assistant" --role user
    """
    if to is not None:
        _let_in_here(to, name or to.name, role, device, json=json)
        return
    means = ["qr"] if qr and not pin else ["pin"] if pin and not qr else ["pin", "qr"]
    with Client(options.data) as client:
        outcome = show_window(client, {"role": role, "minutes": minutes, "means": means}, svg=svg, json=json)
    if outcome.get("client") is None:
        raise typer.Exit(1)


def show_window(client: Client, wish: dict[str, Any], *, svg: Path | None = None, json: bool = False) -> dict[str, Any]:
    """Open the window, show it for as long as it is open, and return how it ended (`ended`, `client`)."""
    told = client.stream("pair", **wish)
    offer = next(told)
    if svg is not None:
        _write_svg(offer, svg)
    if json:
        return _as_json(offer, told)
    print_offer(offer)
    outcome = _watched(offer, told)
    entered = outcome.get("client")
    if entered is not None:
        console().print(f"{entered['name']} came in as {entered['role']}: {entered['id']}", markup=False)
    else:
        failure(ENDINGS[outcome["ended"]], "open it again with `hulian pair`" if outcome["ended"] != "replaced" else "")
    return outcome


def print_offer(offer: dict[str, Any]) -> None:
    """Print what the one who is to come in needs."""
    from gateway.cli.qr import drawn  # noqa: PLC0415 - only for people

    out = console()
    if "qr" in offer:
        out.print(drawn(offer["qr"]))
        out.print(offer["qr"].lower(), style="dim")
    if "pin" in offer:
        out.print(f"PIN  {offer['pin'][:4]} {offer['pin'][4:]}", style="bold")
    where = " or ".join(offer["addresses"]) or "this machine"
    out.print(f"On the other machine: hulian join {where}")
    if "qr" in offer:
        out.print("or `hulian join` alone, and paste the line under the QR code.")


def _as_json(offer: dict[str, Any], told: Iterator[Any]) -> dict[str, Any]:
    print_json(offer)
    item: dict[str, Any] = offer
    for item in told:
        print_json(item)
    return item


def _watched(offer: dict[str, Any], told: Iterator[Any]) -> dict[str, Any]:
    """Show the time that is left, and return the end."""
    from rich.live import Live  # noqa: PLC0415 - only for people

    countdown = _Countdown(offer["until"])
    item: dict[str, Any] = {}
    with Live(countdown, console=console(error=True), refresh_per_second=2, transient=True):
        for item in told:
            countdown.tries = item.get("tries", countdown.tries)
    return item


class _Countdown:
    """A line that says how long pairing is open still."""

    def __init__(self, until: float) -> None:
        self._until = until
        self.tries = 0

    def __rich__(self) -> str:
        left = max(0, round(self._until - time.time()))
        tries = f", {self.tries} of 10 tries used" if self.tries else ""
        return f"Waiting for it, {left // 60}:{left % 60:02d} left{tries}. Ctrl-C closes pairing."


def _write_svg(offer: dict[str, Any], path: Path) -> None:
    from gateway.cli.qr import write_svg  # noqa: PLC0415 - an extra

    if "qr" not in offer:
        raise ExtraMissing("pairing by QR is not possible here: pip install 'hulian[edhoc]' brings it on x86-64 and aarch64. The PIN works")
    write_svg(offer["qr"], path)


def _let_in_here(folder: Path, name: str, role: str, device: str | None, *, json: bool) -> None:
    from gateway.trust.bundle import new_request  # noqa: PLC0415 - an extra

    if not name:
        raise BadSyntax("say what people call it: --name")
    check_free(folder)
    key, request = new_request("client")
    with Client(options.data) as client:
        document = client.call("enrol", name=name, role=role, request=request.decode(), **({"device": device} if device else {}))
    write_credentials(folder, document, key)
    if json:
        print_json({"client": document["client"], "role": document["role"], "folder": str(folder)})
    else:
        console().print(f"{document['client']} is in as {document['role']}: its credentials are in {folder} (see README.md there)")
