"""QR codes on a terminal, and as a file."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

from gateway.errors import ExtraMissing, SetupError
from gateway.trust.extra import INSTALL


def drawn(text: str) -> str:
    """Return a text as a QR code of block characters; raise ExtraMissing."""
    out = StringIO()
    _made(text).terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n")


def write_svg(text: str, path: Path) -> None:
    """Write a text as a QR code into a file only this user may read: it is a secret. Raise ExtraMissing or SetupError."""
    made = _made(text)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it was opened for this user only
            made.save(file, kind="svg", scale=8)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error


def _made(text: str) -> Any:
    try:
        import segno  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissing(f"drawing a QR code needs the segno library: {INSTALL}") from error
    return segno.make(text, error="l", micro=False)
