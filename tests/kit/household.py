"""A home on two hosts: the hub on one; on the other everything that is not the hub: phones, tablets, an appliance, and a stranger.

Phones are the programs people have: `hulian join`, mosquitto's clients, aiocoap's client with OSCORE.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.demo import ROOT, ask, eventually, program
from tests.kit.hosts import BadCable, Host, two_hosts

HULIAN = (sys.executable, "-m", "gateway.cli.main")
MQTTS, COAPS = 8883, 5684


@dataclass
class Client:
    """Somebody who was let in, with the folder of credentials."""

    home: "Household"
    folder: Path
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.facts["client"])

    def coap(self, path: str, *words: str, check: bool = True) -> str:
        """Return what aiocoap's client says of a resource of the hub."""
        return self.home.outside.run(self._coap(path, *words), cwd=self.folder, check=check).stdout

    def dtls(self, path: str, *words: str, key: str | None = None) -> str:
        """Return what libcoap's client says over DTLS with this client's pre-shared key, or another."""
        (hub,) = json.loads((self.folder / "connection.json").read_text())["coaps"]
        psk = key or (self.folder / "psk.key").read_text()
        said = self.home.outside.run(
            [program("coap-client-openssl"), "-B", "5", "-u", self.id, "-k", psk, *words, f"{hub}{path}"], check=False, timeout=30
        )
        return said.stdout + said.stderr

    def observe(self, path: str) -> "Listener":
        return self.home.listener(self._coap(path, "--observe"), f"{self.id}-observe", cwd=self.folder)

    def subscribe(self, topics: str) -> "Listener":
        words = [*self._mosquitto("mosquitto_sub"), "-v", "-t", f"hulian/1/{self.home.gateway}/{topics}"]
        return self.home.listener(words, f"{self.id}-subscribe", cwd=self.folder)

    def publish(self, topic: str, payload: str) -> subprocess.CompletedProcess[str]:
        words = [*self._mosquitto("mosquitto_pub"), "-q", "1", "-t", f"hulian/1/{self.home.gateway}/{topic}", "-m", payload]
        return self.home.outside.run(words, cwd=self.folder, check=False)

    def _mosquitto(self, name: str) -> list[str]:
        keys = ["--cafile", "authority.pem", "--cert", "client.pem", "--key", "client.key"]
        return [program(name), "-V", "mqttv5", "-h", self.home.hub.address, "-p", str(MQTTS), *keys]

    def _coap(self, path: str, *words: str) -> list[str]:
        client = str(Path(sys.executable).parent / "aiocoap-client")
        return [client, "--credentials", "aiocoap.json", *words, f"coap://{self.home.hub.address}{path}"]


@dataclass
class Listener:
    """A program that goes on saying what it hears."""

    process: subprocess.Popen[str]
    log: Path

    def heard(self) -> str:
        return self.log.read_text()


@dataclass
class Household:
    """`hub` and `outside` are the two hosts, `data` is the hub's folder. Secrets that must never pass in clear gather in `canaries`."""

    hub: Host
    outside: Host
    folder: Path
    data: Path
    running: subprocess.Popen[str]
    canaries: set[str | bytes] = field(default_factory=set)
    _count: int = 0

    def call(self, name: str, /, **arguments: Any) -> Any:
        """Ask over the hub's control socket, as a person at the hub does."""
        assert self.running.poll() is None, (self.folder / "hub.log").read_text()
        answer = ask(str(self.data / "control.sock"), {"id": 1, "call": name, "with": arguments})
        assert "result" in answer, answer
        return answer["result"]

    @property
    def gateway(self) -> str:
        return str(self.call("status")["gateway"])

    def hulian(self, *words: str) -> str:
        """Run a command at the hub."""
        return self.hub.run([*HULIAN, "--data", str(self.data), *words]).stdout

    def listener(self, command: list[str], name: str, *, cwd: Path = ROOT) -> Listener:
        self._count += 1
        log = self.folder / f"{self._count}-{name}.log"
        return Listener(self.outside.start(command, log=log, cwd=cwd), log)

    def let_in(self, role: str, name: str, *more: str) -> Client:
        """Open the window at the hub, and come in with the PIN from the other host."""
        self._count += 1
        log = self.folder / f"{self._count}-pair.log"
        window = self.hub.start([*HULIAN, "--data", str(self.data), "pair", "--role", role, "--pin", "--json"], log=log)
        eventually(lambda: log.read_text().startswith("{") and "\n" in log.read_text(), "the window is open")
        client = self.join(name, str(json.loads(log.read_text().splitlines()[0])["pin"]), *more)
        assert window.wait(20) == 0, log.read_text()
        return client

    def join(self, name: str, pin: str, *more: str) -> Client:
        """Come in from the other host with a PIN."""
        self._count += 1
        folder = self.folder / f"{self._count}-credentials"
        words = [*HULIAN, "join", self.hub.address, "--name", name, "--to", str(folder), "--json", *more]
        facts = json.loads(self.outside.run(words, text=f"{pin}\n").stdout)
        self.canaries |= {pin, name, *secrets_of(folder)}
        return Client(self, folder, facts)

    def appliance(self, kind: str, identifier: str, client: Client) -> Path:
        """Start a simulated appliance on the other host with these credentials; return its control socket."""
        control = self.folder / f"{identifier}.sock"
        words = [kind, "--wire", "native-mqtt", "--id", identifier, "--address", self.outside.address]
        command = [sys.executable, "-m", "firmware_sim.cli", *words, "--credentials", str(client.folder), "--control", str(control)]
        self.outside.start(command, log=self.folder / f"{identifier}.log")
        eventually(control.exists, f"{identifier} runs")
        return control


def secrets_of(folder: Path) -> set[str | bytes]:
    """Return every secret of a folder of credentials, as it would look on a wire."""
    oscore = json.loads((folder / "oscore.json").read_text())
    secret = bytes.fromhex(oscore["master_secret"])
    psk = (folder / "psk.key").read_text()
    body = "".join((folder / "client.key").read_text().splitlines()[1:-1])
    return {secret, psk, body[40:72]}


@contextmanager
def household(folder: Path, *options: str, lan: bool = True, cable: BadCable | None = None) -> Iterator[Household]:
    """Run a hub on one of two hosts, served to the other."""
    data, log = folder / "data", folder / "hub.log"
    with two_hosts(cable) as (hub, outside):
        command = [*HULIAN, "--data", str(data), "run", *(["--lan", hub.address] if lan else []), "--accept", "*", *options]
        running = hub.start(command, log=log)
        eventually(lambda: running.poll() is not None or "runs: " in log.read_text(), "the hub is up")
        assert running.poll() is None, log.read_text()
        yield Household(hub, outside, folder, data, running)
        assert hub.stop(running) == 0, log.read_text()
