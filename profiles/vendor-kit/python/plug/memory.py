"""What outlives a power cut: the count of starts, the settings, the meters. A file here, a page of flash in a product."""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

_EPOCH_2020 = 1_577_836_800


class Memory:
    """A JSON file, or nothing at all where `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.kept: dict[str, Any] = json.loads(path.read_text()) if path is not None and path.exists() else {}

    def next_boot(self) -> int:
        """Count a start, and store the number before anybody sees it; without a file the seconds since 2020 are a count that grows."""
        first = 0 if self._path is not None else int(time.time()) - _EPOCH_2020
        self.keep(boot=self.kept.get("boot", first) + 1)
        return int(self.kept["boot"])

    def salt(self) -> str:
        """Return what makes the hash of our serial number ours: made once."""
        if "salt" not in self.kept:
            self.keep(salt=secrets.token_hex(16))
        return str(self.kept["salt"])

    def keep(self, **facts: Any) -> None:
        """Store facts; when this returns they are safe: the file is replaced as a whole, and synced."""
        self.kept |= facts
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        with beside.open("w") as file:
            json.dump(self.kept, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
