"""What the commands about certificates share: reading a key with its passphrase, reading and writing small files, the home's folder."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import options
from gateway.cli.passphrase import ask_passphrase
from gateway.cli.places import data_folders, socket_path
from gateway.errors import SetupError
from gateway.trust.certificate.paper import LIMIT
from gateway.trust.certificate.signing_key import SigningKey, needs_passphrase, read_signing_key
from gateway.trust.certificate.trust_list import day_start

Key = Annotated[Path, typer.Option("--key", help="File with the private key that signs (hulian certificate keygen).", show_default=False)]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="Read the key's passphrase from the first line of this file (- for standard input) instead of asking.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def signing_key(path: Path, passphrase_file: Path | None) -> SigningKey:
    """Return the key in a file; its passphrase is asked for where it has one."""
    return read_signing_key(path, ask_passphrase(passphrase_file) if needs_passphrase(path) else None)


def read_small(path: Path) -> bytes:
    """Return a certificate's file; raise SetupError."""
    try:
        with path.open("rb") as file:
            text = file.read(LIMIT + 1)
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > LIMIT:
        raise SetupError(f"{path} is no certificate: those have at most {LIMIT} bytes")
    return text


def write_new(path: Path, text: bytes) -> None:
    """Write a file that is not there yet; raise SetupError when it is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
    except FileExistsError:
        raise SetupError(f"{path} is there already: choose another name with --out") from None
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error


def write_over(path: Path, text: bytes) -> None:
    """Write a list's file so that a reader sees the old or the new one; raise SetupError."""
    try:
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(text)
        beside.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error


def home_data() -> Path:
    """Return the data folder that is meant: the one named, else the one of a running gateway, else that of `hulian run`."""
    folders = data_folders(options.data)
    return next((folder for folder in folders if socket_path(folder).exists()), folders[0])


def moment(day: str | None) -> float:
    """Return the end of a day such as 2026-11-30 (UTC), or now; raise BadSyntax."""
    return time.time() if day is None else day_start(day) + 86_399


def day(seconds: float) -> str:
    """Return the day of a time (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
