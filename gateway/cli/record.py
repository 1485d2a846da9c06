"""`hulian record`: a device's conversation with the gateway in a file, redacted, fit for a bug report and for a test."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from gateway.cli.client import Client
from gateway.cli.devices import Device
from gateway.cli.options import options
from gateway.cli.output import console
from gateway.errors import SetupError


def record(
    device: Device,
    to: Annotated[Path, typer.Option("--to", help="The file to write; it must not exist yet.")],
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="Seconds; without it, until Ctrl-C.", show_default=False)] = None,
) -> None:
    """Write down what a device and the gateway say to each other, in clear and without keys, numbers, MACs, names and addresses.

    For example:

      hulian record ac-7f3k2m9q --to ac.jsonl --for 60

    The session is opened anew at the beginning. A file in tests/drivers/recordings is a test.
    """
    counted: Counter[str] = Counter()
    console(error=True).print(f"Recording {device} {'until Ctrl-C' if seconds is None else f'for {seconds:g} s'} ...", markup=False)
    with Client(options.data) as client, _new(to) as file:
        try:
            _write(file, client.stream("record", device=device, seconds=seconds), counted)
        except KeyboardInterrupt:
            console(error=True).print("stopped")
    console().print(summary(to, counted), markup=False)
    if not counted["heard"]:
        console().print(unheard(counted), style="yellow")


def _write(file: BinaryIO, entries: Iterable[Mapping[str, Any]], counted: Counter[str]) -> None:
    """Write entries as they come, so that what was there before a stop is in the file."""
    for entry in entries:
        if "ended" in entry and "device" in entry:
            return
        file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        file.flush()
        counted.update(entry.keys())


def summary(file: Path, counted: Mapping[str, int]) -> str:
    """Return in words what is in a recording."""
    said, heard, reports, commands = (counted.get(what, 0) for what in ("said", "heard", "report", "command"))
    return f"{file}: {said} said, {heard} heard, {reports} reports, {commands} commands. Look through it before you give it away."


def unheard(counted: Mapping[str, int]) -> str:
    """Return in words what it means that nothing was heard."""
    if counted.get("said", 0):
        return "The appliance was asked and did not answer: `hulian show` says since when."
    return "Nothing of the wire is in it: it was not asked in this time, or this wire cannot be recorded yet."


def _new(file: Path) -> BinaryIO:
    """Open a new file for its owner only."""
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")
    except FileExistsError as error:
        raise SetupError(f"{file} is there already: choose another name, so that nothing is overwritten") from error
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}") from error
