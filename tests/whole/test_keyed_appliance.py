"""An appliance on CoAP that was paired: a hub and a simulator, two processes, and everything that passes between them written down."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import ROOT, ask, eventually, stop
from tests.kit.frames import Frames
from tests.kit.household import secrets_of
from tests.whole.test_pairing import Hub, hulian, join_by_pin, joined, pairing, start

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

LAN, APPLIANCE = "127.0.28.21", "127.0.28.22"
LAMP = f"lamp-{secrets.token_hex(3)}"
WORDS = (LAMP, "colourTemperature", '"power"', "schemaVersion")
COMEBACK = 75.0
"""Seconds: an appliance that was killed says nothing; it is missed when it has been silent for half a minute."""


@dataclass
class Lamp:
    """A simulator in a process of its own."""

    process: subprocess.Popen[str]
    control: Path

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        stop(self.process)

    def shines(self) -> bool:
        return bool(ask(str(self.control), {"do": "truth", "unit": LAMP})["truth"]["lumens"] > 0)


@dataclass
class House:
    """`hub` and `lamp` are replaced by who comes after them."""

    hub: Hub
    folder: Path
    port: int
    stack: ExitStack
    lamp: Lamp | None = None

    def light(self, credentials: Path | None) -> Lamp:
        """Start the lamp at its address, which is free."""
        control = self.folder / "lamp.sock"
        control.unlink(missing_ok=True)
        words = [
            "light",
            "--wire",
            "native-coap",
            "--id",
            LAMP,
            "--address",
            APPLIANCE,
            "--port",
            str(self.port),
            "--control",
            str(control),
        ]
        words += ["--state", str(self.folder / "lamp")]  # it counts how often it was started
        keys = [] if credentials is None else ["--credentials", str(credentials)]
        process = subprocess.Popen([sys.executable, "-m", "firmware_sim.cli", *words, *keys], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.stack.callback(stop, process)
        eventually(lambda: process.poll() is not None or control.exists(), "the lamp runs")
        self.lamp = Lamp(process, control)
        return self.lamp

    def shown(self) -> dict[str, Any]:
        return next((each for each in self.hub.call("devices")["devices"] if each["id"] == LAMP), {})

    def online(self) -> bool:
        return bool(self.shown() and self.shown()["availability"]["state"] == "online")

    def session(self) -> str:
        """Return why there is no session."""
        return "; ".join(each["reason"] for each in self.hub.call("status")["sessions"] if each["key"] == LAMP)

    def switch(self, *, on: bool) -> None:
        assert self.lamp is not None
        command = {"operation": "writeproperty", "device": LAMP, "name": "power", "input": on}
        told = self.hub.call("command", **command)
        assert told["state"] == "completed", told
        eventually(lambda: self.lamp is not None and self.lamp.shines() is on, "the lamp obeys")

    def let_in(self, folder: Path) -> str:
        with pairing(self.hub, "--role", "device", "--pin") as (offer, showing):
            pin = offer["pin"] + "\n"
            said = joined(hulian("join", offer["addresses"][0], "--to", folder, "--name", "a lamp", "--device", LAMP, "--json", stdin=pin))
            assert showing.wait(20) == 0
        return str(said["client"])

    def revoke(self, client: str) -> None:
        done = self.hub.hulian("revoke", client, "--yes")
        assert done.returncode == 0, done.stderr


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free, ExitStack() as stack:
        free.bind((APPLIANCE, 0))
        port = free.getsockname()[1]
        free.close()
        file = tmp_path / "hulian.toml"
        file.write_text(f'[discovery]\nappliances = ["native://{APPLIANCE}:{port}"]\nannounce = false\n')
        hub = start(tmp_path / "hub", LAN, "--config", str(file))
        built = House(hub, tmp_path, port, stack)
        stack.callback(lambda: ended(built.hub))
        with pairing(hub, "--role", "owner", "--pin") as (offer, _):
            joined(join_by_pin(offer, tmp_path / "owner", "Ann's phone"))
        yield built


def ended(hub: Hub) -> None:
    if hub.process.poll() is None:
        hub.process.send_signal(signal.SIGINT)
        hub.process.wait(30)


@contextmanager
def captured(path: Path) -> Iterator[Frames]:
    """Write down what passes over loopback."""
    frames = Frames(path)
    command = [sys.executable, "-m", "tests.kit.capture", "lo", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert "ready" in process.stdout.readline()
        try:
            yield frames
        finally:
            process.stdin.close()
            told = process.stdout.readline()
    frames.told = json.loads(told)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can capture packets")


@needs_root
def test_state_and_commands_pass_under_the_key_and_are_read_by_nobody_else(house: House, tmp_path: Path) -> None:
    house.let_in(tmp_path / "keys")
    canaries = secrets_of(tmp_path / "keys")
    with captured(tmp_path / "lo.pcap") as frames:
        house.light(tmp_path / "keys")
        eventually(house.online, "the lamp is in the home")
        for on in (True, False, True):
            house.switch(on=on)
            eventually(lambda wanted=on: house.shown()["state"]["power"] is wanted, "it is shown")
    spoken = udp(frames, house.port)
    assert len(spoken) > 30
    core = [payload for payload in spoken if LAMP.encode() in payload]
    assert all(b";osc" in payload for payload in core), "its name stands where it says that it is locked"
    assert [word for payload in spoken if payload not in core for word in (*WORDS, *canaries) if encoded(word) in payload] == []
    assert [word for payload in core for word in (*WORDS[1:], *canaries) if encoded(word) in payload] == []


def encoded(word: str | bytes) -> bytes:
    return word if isinstance(word, bytes) else word.encode()


def udp(frames: Frames, port: int) -> list[bytes]:
    """Return what was said from and to a port."""
    found = []
    for frame in frames.all():
        header = 14 + 4 * (frame[14] & 15) if len(frame) > 34 else 0
        ends = {int.from_bytes(frame[header + at : header + at + 2], "big") for at in (0, 2)}
        if header and frame[23] == 17 and port in ends:
            found.append(frame[header + 8 :])
    return found


def test_it_goes_on_when_either_side_is_killed(house: House, tmp_path: Path) -> None:
    house.let_in(tmp_path / "keys")
    lamp = house.light(tmp_path / "keys")
    eventually(house.online, "the lamp is in the home")
    house.switch(on=True)
    lamp.kill()
    house.light(tmp_path / "keys")
    eventually(lambda: does(lambda: house.switch(on=False)), "the lamp that was killed obeys again", COMEBACK)
    house.switch(on=True)
    house.hub.kill()
    house.hub = start(house.hub.data, LAN, "--config", str(tmp_path / "hulian.toml"))
    eventually(lambda: does(lambda: house.switch(on=False)), "the lamp obeys the hub that was killed", COMEBACK)


def does(act: Callable[[], None]) -> bool:
    try:
        act()
    except (AssertionError, TimeoutError):
        return False
    return True


def test_who_is_put_out_is_offline_and_neither_it_nor_an_impostor_is_believed(house: House, tmp_path: Path) -> None:
    client = house.let_in(tmp_path / "keys")
    lamp = house.light(tmp_path / "keys")
    eventually(house.online, "the lamp is in the home")
    house.revoke(client)
    eventually(lambda: not house.online(), "it is offline", 5.0)
    assert "was put out" in house.session()
    lamp.kill()
    impostor = house.light(None)
    house.let_in(tmp_path / "new")
    eventually(lambda: "not taken at its word" in house.session(), "the impostor is not believed", COMEBACK)
    assert not house.online()
    impostor.kill()
    wrong = house.light(tmp_path / "keys")
    eventually(lambda: "4.01" in house.session() or "4.00" in house.session(), "nor is the old key", COMEBACK)
    wrong.kill()
    house.light(tmp_path / "new")
    eventually(lambda: does(lambda: house.switch(on=True)), "the lamp obeys under its new key", COMEBACK)
