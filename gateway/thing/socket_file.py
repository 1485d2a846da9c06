"""Where a unix socket lies: its path may have 107 bytes only, and a data folder may lie deeper than that."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

LONGEST: Final = 100
"""Bytes of a path; Linux allows 107, others fewer."""


def socket_file(path: Path) -> Path:
    """Return the absolute path, or one in the temporary folder, always the same, where it is too long for a socket."""
    path = path.absolute()
    if len(os.fsencode(path)) <= LONGEST:
        return path
    return Path(tempfile.gettempdir()) / f"hulian-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"
