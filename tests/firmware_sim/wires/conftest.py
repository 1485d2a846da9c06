"""Real peers on loopback: a mosquitto of our own for each test that asks, and a street of addresses for CoAP."""

import itertools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

PLUG_FEATURES = ("ENR", "VLT", "CUR", "OVL", "LIM", "TMP", "MNS", "IDF")


@pytest.fixture
def plug() -> Appliance:
    """A smart plug, id `plug-1`, switched off."""
    plug = make_appliance("plug", identifier="plug-1", features=PLUG_FEATURES)
    plug.write({"power": False})
    return plug


@pytest.fixture
def street() -> Callable[[], str]:
    """Addresses of 127/8, each new, apart from those of other test processes."""
    worker = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "0"))) or 0)
    numbers = itertools.count(2)
    return lambda: f"127.{77 + worker}.{os.getpid() % 250}.{next(numbers)}"


@pytest.fixture
def network(street: Callable[[], str]) -> Network:
    """A good network with an address of its own."""
    return Network(street())


class Mosquitto:
    """A broker that a test may stop and start again on the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n")
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-c", str(self._configuration)], stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                probe.settimeout(0.1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("mosquitto does not come up")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto child on a free port."""
    program = shutil.which("mosquitto")
    if program is None:
        pytest.skip("needs the mosquitto broker (apt-get install mosquitto)")
    broker = Mosquitto(program, tmp_path)
    yield broker
    broker.stop()
