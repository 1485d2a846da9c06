"""The appliances of the kit in a home: found by address, shown, commanded; and the plug once it was paired, under its keys alone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit.addresses import address
from tests.kit.demo import ask, eventually, stop
from tests.kit.vendor import KIT
from tests.whole.test_pairing import Hub, hulian, join_by_pin, joined, pairing, start

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]
PLUG = "kit-plug"


def free(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
        place.bind((host, 0))
        return int(place.getsockname()[1])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(stack: ExitStack, folder: Path, host: str, port: int, *more: str) -> Path:
    """Start the plug and return its control socket."""
    control = folder / "plug.sock"
    words = ["--id", PLUG, "--coap", f"{host}:{port}", "--control", str(control), "--state", str(folder / "plug.json"), *more]
    environment = {**os.environ, "PYTHONPATH": str(KIT / "python")}
    process = subprocess.Popen([sys.executable, "-m", "plug", *words], stdout=subprocess.PIPE, text=True, env=environment)
    stack.callback(stop, process)
    assert process.stdout is not None
    assert "ready" in process.stdout.readline()
    return control


def shown(hub: Hub) -> dict[str, object]:
    return next((each for each in hub.call("devices")["devices"] if each["id"] == PLUG), {})


def online(hub: Hub) -> bool:
    found = shown(hub)
    return bool(found) and found["availability"]["state"] == "online"  # type: ignore[index]


def switched(hub: Hub, control: Path, *, on: bool) -> None:
    told = hub.call("command", operation="writeproperty", device=PLUG, name="power", input=on)
    assert told["state"] == "completed", told
    assert ask(str(control), {"do": "truth"})["truth"]["relay"] is on
    eventually(lambda: shown(hub)["state"]["power"] is on, "it is shown")  # type: ignore[index]


def test_a_home_takes_the_plug_and_from_the_pairing_on_only_under_its_key(stack: ExitStack, tmp_path: Path) -> None:
    host, lan = address(), address()
    port = free(host)
    file = tmp_path / "hulian.toml"
    file.write_text(f'[discovery]\nappliances = ["native://{host}:{port}"]\nannounce = false\n')
    hub = start(tmp_path / "hub", lan, "--config", str(file))
    stack.callback(hub.process.wait, 30)
    stack.callback(hub.process.send_signal, signal.SIGINT)
    with pairing(hub, "--role", "owner", "--pin") as (offer, _):
        joined(join_by_pin(offer, tmp_path / "owner", "Ann's phone"))
    with pairing(hub, "--role", "device", "--pin") as (offer, showing):
        words = ("--to", tmp_path / "keys", "--name", "a plug", "--device", PLUG, "--json")
        joined(hulian("join", offer["addresses"][0], *words, stdin=offer["pin"] + "\n"))
        assert showing.wait(20) == 0
    control = started(stack, tmp_path, host, port, "--credentials", str(tmp_path / "keys"))
    eventually(lambda: online(hub), "the plug is in the home")
    for on in (True, False):
        switched(hub, control, on=on)
    said = subprocess.run(["coap-client-notls", "-B", "5", f"coap://{host}:{port}/d/self/s"], capture_output=True, text=True, check=False)
    assert "4.01" in said.stdout + said.stderr
    assert "power" not in said.stdout
