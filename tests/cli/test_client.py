"""The command's end of the control socket, against gateways that answer, refuse, and go away."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.client import Client
from gateway.errors import DeviceFailure, NotRunning, SchemaViolation, SetupError


@contextmanager
def gateway(folder: Path, answer: Callable[[dict[str, Any]], bytes]) -> Iterator[None]:
    """Listen on the folder's socket; answer the first line of each connection and hang up."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                line = connection.makefile("rb").readline()
                if line:
                    connection.sendall(answer(json.loads(line)))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "control.sock"))
        listener.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def lines(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def test_items_come_as_they_come_and_the_result_last(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> bytes:
        asked.append(request)
        return lines({"id": 1, "item": 1}, {"id": 1, "item": 2}, {"id": 1, "result": {"a": None}})

    with gateway(tmp_path, answer):
        with Client(tmp_path) as client:
            assert list(client.stream("watch", device="x")) == [1, 2, {"a": None}]
        with Client(tmp_path) as client:
            assert client.call("watch") == {"a": None}
    assert asked[0] == {"id": 1, "call": "watch", "with": {"device": "x"}}


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ({"code": "schema", "title": "t", "detail": "too warm", "property": "p", "constraint": "c", "more": 1}, SchemaViolation),
        ({"code": "setup", "title": "StorageFailed", "detail": "disk full"}, SetupError),
        ({"code": "of-a-later-version", "detail": "what"}, DeviceFailure),
    ],
)
def test_an_error_is_raised_as_what_it_is(tmp_path: Path, error: dict[str, Any], raised: type[Exception]) -> None:
    with gateway(tmp_path, lambda _: lines({"id": 1, "error": error})), Client(tmp_path) as client, pytest.raises(raised) as caught:
        client.call("show")
    assert str(caught.value) == error["detail"]
    if isinstance(caught.value, SchemaViolation):
        assert caught.value.document() == error | {"title": SchemaViolation.title}


@pytest.mark.parametrize("last", [b"", lines({"id": 1, "item": 1}), b'{"id": 1, "res'], ids=["at once", "between", "within a line"])
def test_a_gateway_that_goes_away_is_said_so(tmp_path: Path, last: bytes) -> None:
    with gateway(tmp_path, lambda _: last), Client(tmp_path) as client, pytest.raises(NotRunning, match="went away"):
        client.call("watch")


def test_a_gateway_that_dies_before_it_reads_is_said_so(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()
        with Client(tmp_path) as client:
            listener.accept()[0].close()
            with pytest.raises(NotRunning, match="went away"):
                client.call("status", padding="x" * 100_000)


def test_a_socket_nobody_listens_on_is_no_gateway(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "control.sock"))
    with pytest.raises(NotRunning, match="hulian run"):
        Client(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_gateway_of_another_user_than_the_folders_is_told_nothing() -> None:
    listening = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); "
        "print(1, flush=True); [s.accept() for _ in range(9)]"
    )
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o777)
        with subprocess.Popen([sys.executable, "-c", listening, str(folder / "control.sock")], stdout=subprocess.PIPE) as stranger:
            assert stranger.stdout is not None
            stranger.stdout.readline()
            with pytest.raises(NotRunning, match="another user"):
                Client(folder)
            os.chown(folder, 65534, 65534)
            with Client(folder) as client:
                assert client is not None
            stranger.kill()
    finally:
        shutil.rmtree(folder)
