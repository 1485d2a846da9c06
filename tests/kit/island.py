"""A whole home on a host of its own: the gateway and the appliances are processes, and nothing else is in reach of a broadcast."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.demo import ask, eventually
from tests.kit.hosts import Host, one_host
from tests.kit.makes import MAKES

HULIAN = (sys.executable, "-m", "gateway.cli.main")
SIMULATOR = (sys.executable, "-m", "firmware_sim.cli")
BROKER = "mqtt://127.0.0.1:1883"
COAP = "coap://127.0.0.1:5683"
SEARCHING = 30.0
"""Seconds after which the hub has searched again."""


@dataclass
class Island:
    """`units` as in a home file; `gateway` and `appliances` are the two processes, while they run."""

    host: Host
    folder: Path
    units: Sequence[Mapping[str, Any]]
    speed: float = 60.0
    gateway: subprocess.Popen[str] | None = None
    appliances: subprocess.Popen[str] | None = None
    ready: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Ask over the gateway's control socket."""
        assert self.gateway is not None
        assert self.gateway.poll() is None, self.log("gateway")
        answer = ask(str(self.data / "control.sock"), {"id": 1, "call": name, "with": arguments})
        assert "result" in answer, answer
        return answer["result"]

    def simulator(self, **request: Any) -> dict[str, Any]:
        """Do something to the appliances from outside."""
        answer = ask(str(self.folder / "simulator.sock"), request)
        assert answer["ok"], answer
        return answer

    def advance(self, seconds: float) -> None:
        """Let time pass at once, for the hub and for the appliances."""
        self.simulator(do="advance", seconds=seconds)
        self.call("advance", seconds=seconds)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def begin(self, *options: str) -> None:
        """Start the gateway; return once it answers."""
        command = [*HULIAN, "--data", str(self.data), "run", "--interface", "127.0.0.1", "--accept", "*", *options]
        log = self.folder / "gateway.log"
        before = log.read_text().count("runs: ") if log.exists() else 0
        self.gateway = running = self.host.start(command, log=log)
        eventually(lambda: running.poll() is not None or log.read_text().count("runs: ") > before, "the gateway is up")
        assert running.poll() is None, log.read_text()

    def end(self) -> None:
        """Stop the gateway as Ctrl-C would."""
        assert self.gateway is not None
        assert self.host.stop(self.gateway) == 0, self.log("gateway")

    def tell_secrets(self) -> None:
        """Give the hub what the units will ask for, as an owner would before they are found."""
        for unit in self.units:
            make = MAKES.get(str(unit["wire"]))
            if make is not None and (known := make.secret(unit.get("facts", {}))) is not None:
                self.call("vault-import", driver=make.driver, key=known[0], credentials=dict(known[1]))

    def furnish(self) -> None:
        """Start the appliances; return once all of them answer."""
        home, log = self.folder / "home.yaml", self.folder / "appliances.log"
        home.write_text(json.dumps({"name": "island", "broker": BROKER, "units": list(self.units)}))  # JSON is YAML
        words = ["--home", str(home), "--control", str(self.folder / "simulator.sock"), "--speed", str(self.speed), "--with-parent"]
        self.appliances = running = self.host.start([*SIMULATOR, *words], log=log)
        eventually(lambda: running.poll() is not None or '"event":"ready"' in log.read_text(), "the appliances are up", 60)
        assert running.poll() is None, log.read_text()
        self.ready = json.loads(next(line for line in log.read_text().splitlines() if line.startswith("{")))

    def away(self) -> None:
        """Pull the plug of the simulator."""
        assert self.appliances is not None
        self.host.stop(self.appliances)

    def devices(self) -> dict[str, dict[str, Any]]:
        """Return every device the gateway has, by its id."""
        return {str(entry["id"]): entry for entry in self.call("devices")["devices"]}

    def online(self) -> set[str]:
        return {name for name, entry in self.devices().items() if entry["availability"]["state"] == "online"}

    def all_online(self, count: int, patience: float = 60.0) -> set[str]:
        """Return the devices once `count` of them are online."""
        eventually(lambda: len(self.online()) >= count, f"{count} devices online", patience)
        return self.online()

    def by_unit(self) -> dict[str, str]:
        """Return the device each unit became, by where it is carried."""
        carried = {session["address"]: session["devices"][0] for session in self.call("status")["sessions"] if session["devices"]}
        return {str(unit["id"]): carried[unit["address"]] for unit in self.units if unit["address"] in carried}


@contextmanager
def island(folder: Path, units: Sequence[Mapping[str, Any]], *, speed: float = 60.0) -> Iterator[Island]:
    """Run a gateway that knows the units' secrets, and the units."""
    with one_host() as host:
        home = Island(host, folder, units, speed)
        home.begin()
        home.tell_secrets()
        home.furnish()
        home.call("advance", seconds=SEARCHING)
        yield home
        home.end()
