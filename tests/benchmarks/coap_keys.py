"""What OSCORE costs the server: the same GET in clear and under a key, one after the other in one process.

Requests are made beforehand and answers are not opened, so that only the server's work counts; the two take turns in blocks, so
that both meet the same machine. `python -m tests.benchmarks.coap_keys KEY` is the server.
"""

import asyncio
import gc
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiocoap
from aiocoap.oscore import FilesystemSecurityContext

from gateway.protocol.coap import CoapServer, Limits, Request, Response
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.message import CONTENT, JSON
from gateway.protocol.coap.oscore import Oscore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from tests.benchmarks.process import GatewayProcess
from tests.protocol.coap.locks import Key, Ring, context_folder

HOST = "127.0.23.30"
BODY = json.dumps({f"property{number}": number * 1.5 for number in range(24)}).encode()
"""About as much as a state has."""
BLOCKS, EACH = 10, 150
Row = dict[str, Any]


async def _serve(key: Key, folder: Path) -> None:
    ring, clock, loose = Ring({key.recipient_id: key}), SystemClock(), Limits(rate=1e6, burst=1e6, total=1e6)

    async def handle(_request: Request) -> Response:
        return Response(code=CONTENT, payload=BODY, content_format=JSON, etag=b"12345678", max_age=30)

    async with (
        StateStore(folder / "state.db") as store,
        Contexts(store.sequences, clock) as contexts,
        CoapServer(HOST, 0, handle, limits=loose, oscore=Oscore(ring, contexts)) as server,
    ):
        print(server.port, flush=True)
        gc.freeze()
        await asyncio.Event().wait()


def measure_oscore() -> Row:
    """Return latency and CPU of a GET in clear and under a key, in microseconds."""
    key = Key(identity="bench")
    parts = {name: getattr(key, name).hex() for name in ("master_secret", "master_salt", "sender_id", "recipient_id")}
    with tempfile.TemporaryDirectory(prefix="hulian-bench-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.coap_keys", json.dumps(parts), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                port = int((process.stdout and process.stdout.readline()) or 0)
                return _measured(key, Path(folder), port, GatewayProcess(process.pid, time.perf_counter()))
            finally:
                process.kill()


def _measured(key: Key, folder: Path, port: int, process: GatewayProcess) -> Row:
    context = FilesystemSecurityContext(str(context_folder(folder / "client", key)))
    makers: Mapping[str, Callable[[], Any]] = {"plain": _get, "oscore": lambda: context.protect(_get())[0]}
    samples: dict[str, list[float]] = {"plain": [], "oscore": []}
    used: dict[str, float] = {"plain": 0.0, "oscore": 0.0}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.connect((HOST, port))
        for block in range(BLOCKS + 1):
            for name, make in makers.items():
                datagrams = [_datagram(make(), block * EACH * 2 + number + (EACH if name == "oscore" else 0)) for number in range(EACH)]
                before, took = process.cpu_seconds(), [_asked(asking, datagram) for datagram in datagrams]
                if block:  # the first warms up
                    used[name] += process.cpu_seconds() - before
                    samples[name] += took
    context._destroy()
    row: Row = {f"{name}_p50_us": statistics.median(taken) * 1e6 for name, taken in samples.items()}
    return row | {f"{name}_cpu_us": seconds / (BLOCKS * EACH) * 1e6 for name, seconds in used.items()}


def _get() -> Any:
    return aiocoap.Message(code=aiocoap.GET, uri_path=("d", "air-conditioner-1", "s"), accept=JSON)


def _datagram(message: Any, number: int) -> bytes:
    message.mtype, message.mid, message.token = aiocoap.CON, number & 0xFFFF, number.to_bytes(4, "big")
    return bytes(message.encode())


def _asked(asking: socket.socket, datagram: bytes) -> float:
    began = time.perf_counter()
    asking.send(datagram)
    answer = asking.recv(4096)
    took = time.perf_counter() - began
    if answer[1] >> 5 != CONTENT[0]:
        raise SystemExit(f"answered {answer.hex()}")
    return took


if __name__ == "__main__":
    given = {name: bytes.fromhex(value) for name, value in json.loads(sys.argv[1]).items()}
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run  # type: ignore[assignment]
    run(_serve(Key(identity="bench", **given), Path(sys.argv[2])))
