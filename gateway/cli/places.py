"""Where things are kept: the data folder of `run`, the one of `demo`, and the control socket in each."""

import hashlib
import os
import tempfile
from pathlib import Path

DEMO_HOME = "city-flat"
"""What `hulian demo` plays when no home is named."""
SOCKET_NAME = "control.sock"
SIMULATOR_SOCKET_NAME = "simulator.sock"
LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes for the path of a unix socket."""


def home_folder() -> Path:
    """Return the data folder of `hulian run`: HULIAN_DATA, else `hulian` in the user's data folder (XDG)."""
    given = os.environ.get("HULIAN_DATA")
    if given:
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "hulian"


def demo_folder(home: str = DEMO_HOME) -> Path:
    """Return the data folder of `hulian demo` for a home: each has its own, or the appliances of one would be missed in the next.

    Its name ends in `demo`: a reset or transfer of the home of `run` lets it be (`storage/erasure.py`).
    """
    name = Path(home).stem
    return home_folder() / ("demo" if name == DEMO_HOME else f"{name}-demo")


def data_folders(given: Path | None) -> tuple[Path, ...]:
    """Return where to look for a running gateway."""
    if given is not None:
        return (given,)
    return (home_folder(), demo_folder(), *sorted(home_folder().glob("*-demo")))


def socket_path(folder: Path, name: str = SOCKET_NAME) -> Path:
    """Return the control socket of a data folder; a folder with a very long name gets one in the temporary folder."""
    path = folder.absolute() / name
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.gettempdir()) / f"hulian-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"


def simulator_socket(folder: Path) -> Path:
    """Return the control socket of the simulator that `hulian demo` starts."""
    return socket_path(folder, SIMULATOR_SOCKET_NAME)
