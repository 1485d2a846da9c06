"""Two places are one program's alone: its CoAP address and its control socket. Shared, two would answer by turns and nobody would know who.

aiocoap shares an address without a word (SO_REUSEPORT), and a socket file is simply replaced: so both are looked at first.
"""

import errno
import socket
from pathlib import Path


class Taken(OSError):
    """Somebody else has it."""


def look_at_address(host: str, port: int) -> None:
    """Raise OSError, which names the address, where nobody could listen there alone."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.bind(where)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Taken(f"{host}:{port} is taken: another program listens there; `ss -lunp` shows which") from error
        raise OSError(f"{host}:{port} cannot be had: {error.strerror}") from error


def look_at_socket(path: Path) -> None:
    """Raise OSError where a program listens on a control socket, or no socket can be there."""
    if not path.parent.is_dir():
        raise OSError(f"{path} cannot be had: there is no folder {path.parent}")
    if path.exists() and not path.is_socket():
        raise OSError(f"{path} cannot be had: there is a file of that name")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return  # nobody there: what lies there is of a program that ended
    raise Taken(f"{path} is taken: another program listens there; `ss -lxp` shows which")
