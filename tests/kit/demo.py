"""A whole demo as a process: started, asked, and stopped as a user would."""

import json
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.kit.home import write_home

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 180.0
PATIENCE = 30.0


@dataclass
class Demo:
    process: subprocess.Popen[str]
    data: Path
    ready: dict[str, Any]
    seconds: float = field(default=0.0)

    @property
    def gateway(self) -> str:
        return str(self.ready["gateway"])

    @property
    def mqtt_port(self) -> int:
        return urlsplit(self.ready["mqtt"]).port or 1883

    @property
    def coap(self) -> str:
        return str(self.ready["coap"])

    def device(self, kind: str) -> str:
        return next(str(entry["id"]) for entry in self.call("devices")["devices"] if entry["kind"] == kind)

    def call(self, name: str, /, **arguments: Any) -> Any:
        return ask(self.ready["control"], {"id": 1, "call": name, "with": arguments})["result"]

    def simulator(self, **request: Any) -> dict[str, Any]:
        answer = ask(self.ready["simulator"], request)
        assert answer["ok"], answer
        return answer

    def unit(self, kind: str) -> str:
        return next(str(unit["id"]) for unit in self.ready["units"] if unit["kind"] == kind)

    def state(self, device: str) -> dict[str, Any]:
        return dict(self.call("show", device=device)["state"])

    def topic(self, device: str, rest: str) -> str:
        return f"hulian/1/{self.gateway}/{device}/{rest}"


def ask(path: str, request: dict[str, Any]) -> dict[str, Any]:
    """Send one JSON line to a unix socket; return the first line that is no item."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(path)
        connection.sendall(json.dumps(request).encode() + b"\n")
        for line in connection.makefile("rb"):
            document = json.loads(line)
            if "item" not in document:
                return dict(document)
    raise ConnectionError(f"{path} closed")


def start_demo(data: Path, *arguments: str, root: Path = ROOT) -> Demo:
    """Start a demo of a home of its own; return once every appliance is online. `root`: the checkout it runs from."""
    home = [] if "--home" in arguments else ["--home", str(write_home(data))]
    ports = ["--mqtt-port", "0", "--coap-port", "0"]
    command = [sys.executable, "-m", "gateway.cli.main", "demo", "--plain", *ports, "--data", str(data), *home]
    began = time.monotonic()
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, cwd=root, start_new_session=True)
    try:
        ready = next_event(process, "ready")
    except BaseException:
        stop(process)
        raise
    return Demo(process, data, ready, time.monotonic() - began)


def next_event(process: subprocess.Popen[str], wanted: str) -> dict[str, Any]:
    assert process.stdout is not None
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if not select.select([process.stdout], [], [], 0.5)[0]:
            continue
        line = process.stdout.readline()
        assert line, f"the demo ended with {process.poll()} before it said {wanted!r}"
        document = json.loads(line)
        if document["event"] == wanted:
            return dict(document)
    raise TimeoutError(f"no {wanted!r} within {READY_SECONDS} s")


def stop(process: subprocess.Popen[str]) -> int:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


def eventually(look: Any, what: str, patience: float = PATIENCE) -> Any:
    """Return what `look()` returns once it is true."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"never seen: {what}")


def program(*names: str) -> str:
    """Return the path of the first program that is installed; skip the test when none is."""
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"none of {', '.join(names)} is installed")
