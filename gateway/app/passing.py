"""Files that are only made to be sent, a backup or a hand-over sheet: in the data folder, where a hub that is killed leaves none for long.

In the temporary folder of the machine nobody would look for what is left there, and it tells everything of a home.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

FOLDER: Final = "passing"


@contextmanager
def passing(data: Path) -> Iterator[Path]:
    """Give a folder for such files (0700), gone when the context ends."""
    (data / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with TemporaryDirectory(dir=data / FOLDER) as folder:
        yield Path(folder)


def clear_passing(data: Path) -> None:
    """Remove what earlier lives of the hub have left; for a thread."""
    shutil.rmtree(data / FOLDER, ignore_errors=True)
