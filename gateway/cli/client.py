"""The other end of the control socket: plain and blocking, so that `hulian devices` starts fast."""

import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from gateway.cli.places import data_folders, socket_path
from gateway.errors import BY_CODE, CommandError, DeviceFailure, NotRunning, SetupError

CONNECT_SECONDS = 3.0
GONE = "the gateway went away while it was answering; start it again with `hulian run` or `hulian demo`"


class Client:
    """One connection to a running gateway; a context manager."""

    def __init__(self, data: Path | None) -> None:
        self._socket = _connect(data)
        self._file = self._socket.makefile("rwb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ConnectionError):  # what could not be sent is still to be sent
            self._file.close()
        self._socket.close()

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Return the result of one call; raise the CommandError or SetupError it ended with."""
        result = None
        for message in self.stream(name, **arguments):
            result = message
        return result

    def stream(self, name: str, /, **arguments: Any) -> Iterator[Any]:
        """Yield the items of one call as they come, its result last."""
        for message in self._messages({"id": 1, "call": name, "with": arguments}):
            if "error" in message:
                raise _error(message["error"])
            if "result" in message:
                yield message["result"]
                return
            yield message["item"]

    def _messages(self, request: Mapping[str, Any]) -> Iterator[Any]:
        """Yield what the gateway answers; raise NotRunning when it goes away before the end."""
        try:
            self._file.write(json.dumps(request).encode() + b"\n")
            self._file.flush()
            while (line := self._file.readline()).endswith(b"\n"):
                yield json.loads(line)
        except ConnectionError as error:
            raise NotRunning(GONE) from error
        raise NotRunning(GONE)


def _connect(data: Path | None) -> socket.socket:
    folders = data_folders(data)
    for folder in folders:
        path = socket_path(folder)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(os.fspath(path))
        except PermissionError as error:
            raise NotRunning(f"{path} belongs to another user: run this command as the user who runs the gateway") from error
        except OSError:
            connection.close()
            continue
        if not _answers_for(connection, folder):
            connection.close()
            raise NotRunning(f"what answers on {path} runs as another user than {folder} belongs to: it is told nothing")
        connection.settimeout(None)
        return connection
    looked = " or ".join(str(folder) for folder in folders)
    raise NotRunning(f"no gateway is running on {looked}: start `hulian run` or `hulian demo`, or name its folder with --data")


def _answers_for(connection: socket.socket, folder: Path) -> bool:
    """Return whether the other end runs as the user the data folder belongs to, or as root: in the temporary folder anybody can listen."""
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    try:
        return user in {folder.stat().st_uid, 0}
    except OSError:
        return False


def _error(document: Mapping[str, Any]) -> CommandError | SetupError:
    body = dict(document)
    code, detail = body.pop("code", ""), body.pop("detail", "")
    body.pop("title", None)
    if code == "setup":
        return SetupError(detail)
    known = BY_CODE.get(code, DeviceFailure)
    return known(detail, constraint=body.pop("constraint", None), property=body.pop("property", None), **body)
