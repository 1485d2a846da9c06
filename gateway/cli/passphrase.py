"""Asking a person for a passphrase, or taking it from where a script put it."""

import sys
from getpass import getpass
from pathlib import Path

from gateway.errors import SchemaViolation, SetupError

LONGEST = 4096


def ask_passphrase(file: Path | None, *, twice: bool = False) -> str:
    """Return the first line of `file` (- is standard input), or what a person types (`twice`, where a slip would lock them out)."""
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        raise SetupError("there is no terminal to ask for the passphrase on: use --passphrase-file")
    passphrase = getpass("Passphrase: ")
    if twice and getpass("Once more: ") != passphrase:
        raise SchemaViolation("the two are not the same")
    return passphrase


def _first_line(file: Path) -> str:
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as stream:
            return stream.readline(LONGEST).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SetupError(f"{file} is no text") from error
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}") from error
