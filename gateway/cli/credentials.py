"""Writing a client's folder: whole or not at all, and for this user only."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.errors import SetupError
from gateway.trust.bundle import PRIVATE, bundle


def check_free(folder: Path) -> None:
    """Raise SetupError when the folder cannot be made: nobody should find out after having been let in."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} is there already: choose another with --to, so that no key is overwritten")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{folder.parent} cannot be made: {error.strerror}") from error
    if not os.access(folder.parent, os.W_OK | os.X_OK):
        raise SetupError(f"{folder.parent} cannot be written to: choose another folder with --to")


def write_credentials(folder: Path, document: Mapping[str, Any], key: bytes) -> None:
    """Write what a hub has answered, and the client's own key; raise BadSyntax for half an answer, SetupError when it cannot be written."""
    files = bundle(document, key)
    try:
        fresh = Path(tempfile.mkdtemp(prefix=".hulian-", dir=folder.parent))  # 0700
        try:
            for name, content in files.items():
                _write(fresh / name, content)
            if folder.exists():
                folder.rmdir()
            fresh.rename(folder)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be written: {error.strerror}. Revoke {document.get('client')} at the hub, and pair again"
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - it was opened for this user only
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
