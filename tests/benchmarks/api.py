"""A property read over HTTP, beside node-wot's: the same question to both by turns, on connections that stay open, one question at a time.

The hub has a hundred plugs and its pages on; node-wot serves one Thing, for what it has beside that costs it nothing. The client is as
little as can be: a blocking socket, and the answer read to its length.
"""

import os
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.protocol.mqtt import BrokerAddress
from tests.benchmarks.web_side import NODE_MODULES, free_port, missing, side

Row = dict[str, Any]
DEVICES: Final = 100
SCRIPT: Final = Path(__file__).with_name("node_wot_server.cjs")
PROPERTY: Final = "powerDraw"
WARMING: Final = 300
"""Questions before those that count: both compile, or remember, what is asked often."""


class Asked:
    """One open connection; `ask` is one question."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._socket = socket.create_connection((where.hostname, where.port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._question = f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAccept: application/json\r\n\r\n".encode()

    def close(self) -> None:
        self._socket.close()

    def ask(self) -> float:
        """Return the seconds until the whole answer was here; raise ValueError for another answer than a value."""
        began = time.perf_counter()
        self._socket.sendall(self._question)
        answer = b""
        while not _is_whole(answer):
            answer += self._socket.recv(65536)
        took = time.perf_counter() - began
        if not answer.startswith(b"HTTP/1.1 200"):
            raise ValueError(answer[:300])
        return took


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    lines = head.lower().split(b"\r\n")
    if b"transfer-encoding: chunked" in lines:
        return body.endswith(b"0\r\n\r\n")
    return any(line.startswith(b"content-length:") and len(body) >= int(line[15:]) for line in lines)


def measure_reads(rounds: int, questions: int, broker: BrokerAddress) -> Row:
    """Return the p50 of both in microseconds, from `rounds` times `questions` to each by turns."""
    if reason := missing("node", modules=("@node-wot/core", "@node-wot/binding-http")):
        return {"not_measured": reason}
    with side(broker, DEVICES) as hub, _node_wot() as other:
        mine = f"{hub.base}/api/v1/devices/{hub.devices[0]}/properties/{PROPERTY}"
        return _by_turns({"hub": mine, "node_wot": f"{other}/plug/properties/{PROPERTY}"}, rounds, questions)


def _by_turns(urls: dict[str, str], rounds: int, questions: int) -> Row:
    found: dict[str, list[float]] = {name: [] for name in urls}
    with closing(Asked(urls["hub"])) as hub, closing(Asked(urls["node_wot"])) as other:
        lines = {"hub": hub, "node_wot": other}
        for line in lines.values():
            for _ in range(WARMING):
                line.ask()
        for _ in range(rounds):
            for name, line in lines.items():
                found[name] += [line.ask() for _ in range(questions)]
    return {f"{name}_p50_us": statistics.median(seconds) * 1e6 for name, seconds in found.items()}


@contextmanager
def _node_wot() -> Iterator[str]:
    """Run node-wot; yields where it serves."""
    port = free_port()
    environment = os.environ | {"NODE_PATH": str(NODE_MODULES)}
    command = ["node", str(SCRIPT), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            if "ready" not in process.stdout.readline():
                raise RuntimeError("node-wot did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
