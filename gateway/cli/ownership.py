"""`hulian transfer` and `hulian reset`: a home gets another owner, or begins anew."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import Client
from gateway.cli.options import options
from gateway.cli.output import console, print_json
from gateway.cli.pair import show_window
from gateway.cli.places import home_folder
from gateway.errors import NotRunning, SetupError
from gateway.lifecycle.ownership import Erasure, erase_now, is_data_folder

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
AGAIN_SECONDS = 60.0
"""How long a gateway may take to end, erase and begin anew."""

TRANSFER = (
    "Every client of this home is put out and needs to pair again. Names, rooms, tags, history, commands and the journal are deleted "
    "for good. The appliances stay."
)
RESET = "Everything this hub knows is deleted for good: clients, keys, appliances and their passwords, names, rooms, history."


def transfer(yes: Yes = False, json: Json = False) -> None:
    """Hand this home to another owner: all keys of before are dead, and what was the old owner's is gone. The appliances stay.

    Ends with the code the new owner pairs with. For example:

      hulian transfer
    """
    _confirmed(TRANSFER, yes=yes)
    ran = _erased("transfer")
    if json:
        print_json({"erased": "transfer", "running": ran})
        return
    console().print("The old owner's keys and data are gone.")
    if not ran:
        console().print("Start the gateway (`hulian run`); then `hulian pair --role owner` lets the new owner in.")
        return
    with Client(options.data) as client:
        show_window(client, {"role": "owner", "minutes": 15})


def reset(yes: Yes = False, json: Json = False) -> None:
    """Make this hub as it was on its first day; works also when it does not start any more.

    For example:

      hulian reset

      hulian --data /var/lib/hulian reset --yes
    """
    _confirmed(RESET, yes=yes)
    ran = _erased("reset")
    if json:
        print_json({"erased": "reset", "running": ran})
    else:
        console().print("This hub knows nothing any more." + ("" if ran else " `hulian run` begins anew."))


def _confirmed(what: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise SetupError(f"{what} Say --yes if that is meant.")
    typer.confirm(f"{what}\nGo on?", abort=True)


def _erased(what: Erasure) -> bool:
    """Erase, and return whether a gateway runs now: a running one does it itself, and begins anew."""
    try:
        with Client(options.data) as client:
            before = client.call("status")
            client.call(what)
    except NotRunning:
        _erased_here(what, options.data or home_folder())
        return False
    _wait_for_another(before)
    return True


def _erased_here(what: Erasure, folder: Path) -> None:
    if not folder.is_dir() or not is_data_folder(folder):
        raise SetupError(f"{folder} is no data folder of a gateway: name it with --data")
    erase_now(folder, time.time(), what)


def _wait_for_another(before: dict[str, Any]) -> None:
    """Return once a gateway of another start answers; raise SetupError when none does."""
    deadline = time.monotonic() + AGAIN_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            with Client(options.data) as client:
                now = client.call("status")
        except (NotRunning, SetupError):
            continue
        if (now["gateway"], now["boot"]) != (before["gateway"], before["boot"]):
            return
    raise SetupError("the gateway has not come back: it erases as soon as it is started (`hulian run`)")
