"""Where things are kept: the data folder of `run`, the one of `demo`, and the control socket in each."""

import os
from pathlib import Path

from gateway.thing.socket_file import socket_file

DEMO_HOME = "city-flat"
"""What `hulian demo` plays when no home is named."""
SOCKET_NAME = "control.sock"
SIMULATOR_SOCKET_NAME = "simulator.sock"


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
    return socket_file(folder / name)


def simulator_socket(folder: Path) -> Path:
    """Return the control socket of the simulator that `hulian demo` starts."""
    return socket_path(folder, SIMULATOR_SOCKET_NAME)
