"""A hub with an owner as a process, with simulated appliances: its loopback is open to nobody who has not logged in."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.web_side import free_port
from tests.kit.addresses import address
from tests.kit.demo import READY_SECONDS, ROOT, ask, eventually, next_event, stop
from tests.kit.home import write_home

UNITS = (("light", "native-coap"), ("air-conditioner", "native-coap"))
SETTINGS = """[lan]
addresses = ["{lan}"]
mqtts_port = 0
coaps_port = 0
[http]
https_port = {port}
"""


@dataclass
class Owned:
    """`port`: of the pages on loopback, and under TLS on the address `lan`. What the hub says goes into `log`."""

    data: Path
    port: int
    lan: str
    process: subprocess.Popen[str] = field(init=False)

    @property
    def log(self) -> Path:
        return self.data / "hub.log"

    @property
    def outside(self) -> str:
        """Return where the pages are for whoever is not on this machine."""
        return f"https://{self.lan}:{self.port}"

    def start(self) -> None:
        ports = ["--mqtt-port", "0", "--coap-port", "0", "--http-port", str(self.port)]
        command = [
            sys.executable,
            "-m",
            "gateway.cli.main",
            "--data",
            str(self.data),
            "run",
            *ports,
            "--config",
            str(self.data / "hulian.toml"),
        ]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, text=True, cwd=ROOT, start_new_session=True)
        runs = self.log.read_text().count("runs: ") + 1
        eventually(lambda: self.process.poll() is not None or self.log.read_text().count("runs: ") == runs, "the hub runs", READY_SECONDS)
        assert self.process.poll() is None, self.log.read_text()

    def call(self, name: str, /, **arguments: Any) -> Any:
        answer = ask(str(self.data / "control.sock"), {"id": 1, "call": name, "with": arguments})
        assert "result" in answer, answer
        return answer["result"]

    def device(self, kind: str) -> str:
        return next(str(entry["id"]) for entry in self.call("devices")["devices"] if entry["kind"] == kind)

    def state(self, device: str) -> dict[str, Any]:
        return dict(self.call("show", device=device)["state"])

    def login(self, name: str, role: str = "owner") -> tuple[str, str]:
        """Return a code for somebody new and what the hub will call them."""
        return str(self.call("login", name=name, role=role)["code"]), name

    def put_out(self, name: str) -> None:
        """Revoke whoever is called so."""
        for client in self.call("clients"):
            if client["name"] == name and client["state"] == "valid":
                self.call("revoke", client=client["id"])


@contextmanager
def owned(folder: Path) -> Iterator[Owned]:
    """Run a hub that has taken its appliances in and got an owner."""
    command = [sys.executable, "-m", "firmware_sim.cli", "--home", str(write_home(folder, UNITS))]
    simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True)
    hub = Owned(folder, free_port(), address())
    (folder / "hulian.toml").write_text(SETTINGS.format(lan=hub.lan, port=hub.port))
    try:
        units = [str(unit["id"]) for unit in next_event(simulator, "ready")["units"]]
        hub.start()
        try:
            eventually(lambda: {entry["key"] for entry in hub.call("inbox")} >= set(units), "the appliances are found", READY_SECONDS)
            for unit in units:
                hub.call("accept", unit=f"native:{unit}")
            eventually(lambda: len(hub.call("devices")["devices"]) == len(units), "the appliances are in")
            hub.call("login", name="First owner", role="owner", token=True)
            yield hub
        finally:
            assert stop(hub.process) == 0, hub.log.read_text()[-3000:]
    finally:
        stop(simulator)
