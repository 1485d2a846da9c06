"""A hub, and a stranger's machine that comes in: real processes, told apart by their folders, over addresses of loopback."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import PATIENCE, READY_SECONDS, ROOT, ask, eventually, program
from tests.kit.home import write_home

pytestmark = pytest.mark.long

BLOCK = 128 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 2)
_given = 0
ANY_PORT = {"HULIAN_LAN__MQTTS_PORT": "0", "HULIAN_LAN__COAPS_PORT": "0"}
HULIAN = (sys.executable, "-m", "gateway.cli.main")


@dataclass
class Hub:
    process: subprocess.Popen[str]
    data: Path
    lan: str

    def call(self, name: str, /, **arguments: Any) -> Any:
        answer = ask(str(self.data / "control.sock"), {"id": 1, "call": name, "with": arguments})
        assert "result" in answer, answer
        return answer["result"]

    def coap(self) -> str:
        return str(self.call("status")["coapLan"][0]).removeprefix("coap://")

    def hulian(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return hulian("--data", self.data, *arguments, stdin=stdin)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def hulian(*arguments: str | Path, stdin: str = "", home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as somebody whose home is another folder."""
    environment = os.environ | {"HOME": str(home or "/nonexistent"), "NO_COLOR": "1"}
    environment.pop("HULIAN_DATA", None)
    command = [*HULIAN, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=environment)


def start(data: Path, lan: str, *more: str) -> Hub:
    data.mkdir(exist_ok=True)
    log = data.with_suffix(".log")
    command = [*HULIAN, "run", "--data", str(data), "--lan", lan, "--mqtt-port", "0", "--coap-port", "0", *more]
    with log.open("w") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=ROOT, env=os.environ | ANY_PORT | {"NO_COLOR": "1"}, start_new_session=True, text=True
        )

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        return "In another terminal" in log.read_text()

    eventually(ready, "the hub", READY_SECONDS)
    return Hub(process, data, lan)


@contextlib.contextmanager
def a_hub(data: Path, *more: str) -> Iterator[Hub]:
    global _given  # noqa: PLW0603 - an address for each
    _given += 1
    hub = start(data, f"127.0.24.{BLOCK + _given}", *more)
    try:
        yield hub
    finally:
        if hub.process.poll() is None:
            hub.process.send_signal(signal.SIGINT)
            hub.process.wait(30)


@contextlib.contextmanager
def pairing(hub: Hub, *arguments: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """Open pairing as a person does; yield what it offers and the process that shows it."""
    command = [*HULIAN, "--data", str(hub.data), "pair", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        try:
            yield json.loads(line), process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def joined(answer: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    print(f"{document['client']}: {document['seconds']} s")
    return dict(document)


def join_by_qr(offer: Mapping[str, Any], folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return hulian("join", "--to", folder, "--name", name, "--json", stdin=offer["qr"] + "\n")


def join_by_pin(offer: Mapping[str, Any], folder: Path, name: str, pin: str = "") -> subprocess.CompletedProcess[str]:
    return hulian("join", offer["addresses"][0], "--to", folder, "--name", name, "--json", stdin=(pin or offer["pin"]) + "\n")


def devices_over_coap(folder: Path) -> subprocess.CompletedProcess[str]:
    url = json.loads((folder / "connection.json").read_text())["coap"][0]
    command = [str(Path(sys.executable).parent / "aiocoap-client"), "--credentials", "aiocoap.json", f"{url}/d"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=folder)


def heard_over_mqtt(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the first command of the folder's own README.md."""
    command = re.findall(r"^    (mosquitto_sub .*)$", (folder / "README.md").read_text(), re.MULTILINE)[0]
    return subprocess.run(f"{command} -W 3 -C 1", capture_output=True, text=True, timeout=30, check=False, cwd=folder, shell=True)


def test_an_owner_comes_in_by_qr_a_user_by_pin_and_a_revoked_one_not_again(tmp_path: Path) -> None:
    with a_hub(tmp_path / "hub") as hub:
        with pairing(hub, "--role", "owner") as (offer, _):
            owner = joined(join_by_qr(offer, tmp_path / "owner", "Ann's phone"))
        assert owner["role"] == "owner"
        with pairing(hub, "--role", "user") as (offer, showing):
            second = hub.hulian("pair", "--role", "owner", "--json")
            assert second.returncode == 1
            assert "on this machine opened it for the role user" in second.stderr
            user = joined(join_by_pin(offer, tmp_path / "user", "laptop"))
            assert showing.wait(PATIENCE) == 0
        assert devices_over_coap(tmp_path / "owner").stdout == "[]"
        assert devices_over_coap(tmp_path / "user").stdout == "[]"
        assert [client["role"] for client in hub.call("clients")] == ["owner", "user"]
        lowered = hub.hulian("lower", "laptop", "viewer")
        assert lowered.stdout.strip() == f"{user['client']} (laptop) is viewer now."
        assert devices_over_coap(tmp_path / "user").stdout == "[]"
        assert hub.hulian("lower", "laptop", "user").returncode == hub.hulian("lower", owner["client"], "user").returncode == 1
        assert hub.hulian("revoke", user["client"], "--yes").returncode == 0
        assert devices_over_coap(tmp_path / "user").stdout == ""
        assert hub.hulian("revoke", owner["client"], "--yes").returncode == 1  # the only owner
        told = [entry["what"] for entry in hub.call("journal")]
        assert told == [*["pairing opened", "pairing closed", "paired"] * 2, "lowered", "revoked"]


@pytest.mark.timeout(240)
def test_tries_survive_kill_9_and_ten_are_the_end(tmp_path: Path) -> None:
    with a_hub(tmp_path / "hub") as hub:
        opening = subprocess.Popen(
            [*HULIAN, "--data", str(hub.data), "pair", "--json", "--minutes", "15"], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert opening.stdout is not None
        offer = json.loads(opening.stdout.readline())
        wrong = f"{(int(offer['pin']) + 1) % 10**8:08d}"
        for number in range(3):
            refused = join_by_pin(offer, tmp_path / f"x{number}", "stranger", wrong)
            assert refused.returncode == 1, refused.stdout
            assert "PIN is wrong" in refused.stderr
        hub.kill()
        opening.wait(PATIENCE)
        opening.stdout.close()
        hub.process = start(hub.data, hub.lan).process
        now = hub.call("offer")
        assert (now["tries"], now["pin"]) == (3, offer["pin"])
        for number in range(3, 10):
            hub.call("advance", seconds=31)
            refused = join_by_pin(now, tmp_path / f"x{number}", "stranger", wrong)
            assert "PIN is wrong" in refused.stderr
        closed = join_by_pin(now, tmp_path / "y", "stranger", offer["pin"])
        assert closed.returncode == 1
        assert "pairing is closed" in closed.stderr
        assert hub.call("clients") == []
        assert hub.call("offer") is None


@pytest.mark.timeout(240)
def test_kill_9_while_somebody_comes_in_leaves_them_in_or_out(tmp_path: Path) -> None:
    with a_hub(tmp_path / "hub") as hub:
        for number in range(4):
            with pairing(hub, "--role", "viewer") as (offer, _):
                command = [*HULIAN, "join", offer["addresses"][0], "--to", str(tmp_path / f"c{number}"), "--name", f"c{number}", "--json"]
                with subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
                ) as joining:
                    assert joining.stdin is not None
                    joining.stdin.write(offer["pin"] + "\n")
                    joining.stdin.close()
                    before = len(hub.call("clients"))
                    eventually(lambda: (hub.call("offer") or {"tries": 1})["tries"], "a try")
                    time.sleep(0.005 * number)
                    hub.kill()
                    joining.kill()
            hub.process = start(hub.data, hub.lan).process
            known = hub.call("clients")
            assert len(known) in (before, before + 1)
            assert all(client["state"] == "valid" and client["name"] for client in known)
            if len(known) > before:
                assert hub.call("offer") is None  # one success closes it, whatever happens then


def test_after_a_transfer_old_keys_and_old_data_are_gone_and_appliances_stay(tmp_path: Path) -> None:
    program("mosquitto_sub")
    with a_hub(tmp_path / "hub") as hub:
        assert hub.hulian("pair", "--to", tmp_path / "owner", "--name", "Canary Ann", "--role", "owner").returncode == 0
        assert devices_over_coap(tmp_path / "owner").stdout == "[]"
        assert "hulian/1/" in heard_over_mqtt(tmp_path / "owner").stdout
        identifier = hub.call("status")["gateway"]
        moved = hub.hulian("transfer", "--yes", "--json")
        assert moved.returncode == 0, moved.stderr
        assert hub.call("status")["gateway"] == identifier
        assert hub.call("clients") == []
        assert [entry["what"] for entry in hub.call("journal")] == ["transferred"]
        assert not holding(hub.data, b"Canary Ann", b"canary-ann")
        repoint(tmp_path / "owner", hub)
        assert devices_over_coap(tmp_path / "owner").stdout == ""
        assert heard_over_mqtt(tmp_path / "owner").stdout == ""
        with pairing(hub, "--role", "owner") as (offer, _):
            joined(join_by_qr(offer, tmp_path / "new", "Bob"))
        assert devices_over_coap(tmp_path / "new").stdout == "[]"
        again = hub.hulian("reset", "--yes", "--json")
        assert again.returncode == 0, again.stderr
        assert hub.call("status")["gateway"] != identifier
        assert hub.call("journal") == []


def holding(folder: Path, *words: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and any(word in path.read_bytes() for word in words)]


def repoint(folder: Path, hub: Hub) -> None:
    """Send an old client to where the hub is now: its ports have changed."""
    connection = json.loads((folder / "connection.json").read_text())
    old_mqtt, old_coap = connection["mqtt"].rpartition(":")[2], connection["coap"][0]
    new_coap = f"coap://{hub.coap()}"
    certificates = hub.call("status")["mqtt"].rpartition(":")[2]
    for name in ("connection.json", "README.md", "aiocoap.json"):
        text = (folder / name).read_text().replace(old_coap, new_coap)
        (folder / name).write_text(text.replace(f"-p {old_mqtt} ", f"-p {certificates} "))


def test_in_a_terminal_the_hub_shows_its_first_owner_the_code(tmp_path: Path) -> None:
    controller, terminal = os.openpty()
    command = [*HULIAN, "run", "--data", str(tmp_path / "hub"), "--lan", f"127.0.24.{BLOCK + 100}", "--mqtt-port", "0", "--coap-port", "0"]
    process = subprocess.Popen(
        command, stdout=terminal, stderr=subprocess.DEVNULL, cwd=ROOT, env=os.environ | ANY_PORT, start_new_session=True
    )
    os.close(terminal)
    try:
        shown = read_until(controller, "hulian join 127")
        code = re.search(r"hulian:[a-z2-7]+", shown)
        assert code is not None
        assert "PIN" in shown
        owner = joined(join_by_qr({"qr": code[0]}, tmp_path / "owner", "first"))
        assert owner["role"] == "owner"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        os.close(controller)


def read_until(descriptor: int, words: str) -> str:
    deadline, shown = time.monotonic() + READY_SECONDS, b""
    while words.encode() not in shown:
        assert time.monotonic() < deadline, shown
        if select.select([descriptor], [], [], 0.5)[0]:
            shown += os.read(descriptor, 65536)
    return shown.decode()


@contextlib.contextmanager
def running(command: list[str], log: Path, ready: str) -> Iterator[None]:
    """Run a program until the block ends; begin the block once it has said `ready`."""
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, start_new_session=True)
    try:
        eventually(lambda: ready in log.read_text(), f"{ready} of {command[0]}")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_after_a_transfer_nothing_retained_on_a_foreign_broker_is_the_old_owners(tmp_path: Path) -> None:
    """Conformance X6, where the broker is not ours to wipe."""
    port, canary = free_port(), "Canary corner"
    (tmp_path / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = f"mqtt://127.0.0.1:{port}"
    home = write_home(tmp_path, (("plug", "native-mqtt"),))
    simulator = [sys.executable, "-m", "firmware_sim.cli", "--home", str(home), "--broker", broker, "--control", str(tmp_path / "sim.sock")]
    run = ["--broker", broker, "--accept", "native", "--homeassistant", "device"]
    device = home.read_text().partition("id: ")[2].partition(",")[0]
    with (
        running([program("mosquitto"), "-c", str(tmp_path / "broker.conf")], tmp_path / "broker.log", "running"),
        running(simulator, tmp_path / "sim.log", "ready"),
        a_hub(tmp_path / "hub", *run) as hub,
    ):
        eventually(lambda: online(hub, device), "the plug")
        for what in ("name", "room"):
            hub.call(what, device=device, **{what: canary})
        hub.call("tag", device=device, tags=["canary-tag"])
        hub.call("command", device=device, operation="writeproperty", name="power", input=True, id="canary-command")
        eventually(lambda: canary in retained(port), "the name on the broker")
        assert hub.hulian("transfer", "--yes", "--json").returncode == 0
        eventually(lambda: online(hub, device), "the plug again")
        eventually(lambda: "anary" not in retained(port), "a broker that has forgotten")
        assert f"/{device}/s " in retained(port)
        assert hub.call("history", device=device, name=None, limit=100, since=0) is not None
        assert not holding(hub.data, canary.encode(), b"canary-")


def online(hub: Hub, device: str) -> bool:
    """Return whether the device is there; what other tests simulate on this machine may be there as well."""
    devices = {each["id"]: each for each in hub.call("devices")["devices"]}
    return device in devices and bool(devices[device]["availability"]["state"] == "online")


def retained(port: int) -> str:
    command = [program("mosquitto_sub"), "-p", str(port), "-t", "#", "-v", "--retained-only", "-W", "1"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
