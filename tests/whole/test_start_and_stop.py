"""The user's first minute, and what is said when it cannot work."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.home import write_home

pytestmark = pytest.mark.timeout(240)
HULIAN = [sys.executable, "-m", "gateway.cli.main"]


def hulian(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_COLOR": "1", **environment}
    return subprocess.run([*HULIAN, *arguments], capture_output=True, text=True, timeout=90, cwd=ROOT, env=env, check=False)


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.long
def test_a_demo_without_mosquitto_works_on_the_broker_from_pypi(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60", "--broker-kind", "amqtt")
    try:
        assert demo.ready["broker"] == "amqtt"
        assert len(demo.ready["devices"]) == 5
        ack = demo.call("command", device=demo.device("plug"), operation="writeproperty", name="power", input=False)
        assert ack["state"] == "completed"
    finally:
        assert stop(demo.process) == 0


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60")
    pids = children(demo.process.pid)
    assert len(pids) >= 2
    assert stop(demo.process) == 0
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "children gone", 20)
    assert not list(tmp_path.glob("*.sock"))


def test_kill_9_leaves_no_orphans(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60")
    pids = children(demo.process.pid)
    kill(demo)
    eventually(lambda: not any(running(pid) for pid in pids), "children gone", 30)


def kill(demo: Demo) -> None:
    demo.process.kill()
    stop(demo.process)


def running(pid: str) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_devices_are_known_again_after_kill_9(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60")
    device = demo.device("plug")
    demo.call("name", device=device, name="Kettle")
    gateway, boot = demo.gateway, demo.call("status")["boot"]
    kill(demo)
    again = start_demo(tmp_path, "--speed", "60", "--home", str(tmp_path / "home.yaml"))
    try:
        assert again.gateway == gateway
        assert again.call("status")["boot"] == boot + 1
        assert next(entry["name"] for entry in again.call("devices")["devices"] if entry["id"] == device) == "Kettle"
    finally:
        assert stop(again.process) == 0


@pytest.mark.parametrize(("option", "kind"), [("--mqtt-port", socket.SOCK_STREAM), ("--coap-port", socket.SOCK_DGRAM)])
def test_a_taken_port_is_reported_with_what_to_do(tmp_path: Path, option: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = str(taken.getsockname()[1])
        other = "--coap-port" if option == "--mqtt-port" else "--mqtt-port"
        result = hulian("demo", "--plain", option, port, other, "0", "--data", str(tmp_path / "d"))
    assert result.returncode == 2
    assert port in result.stderr
    assert option in result.stderr
    assert "Traceback" not in result.stderr


def test_appliances_that_cannot_start_are_reported_with_what_to_do(tmp_path: Path) -> None:
    home = write_home(tmp_path, (("light", "native-coap"), ("refrigerator", "native-coap")))
    address = home.read_text().rpartition("address: ")[2].strip(" }\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((address, 5683))
        ports = ("--mqtt-port", "0", "--coap-port", "0")
        result = hulian("demo", "--plain", *ports, "--home", str(home), "--data", str(tmp_path / "d"))
    assert result.returncode == 2
    assert f"{address} is in use by another program" in result.stderr
    assert "hulian: the appliances did not start" in result.stderr
    assert "--home" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_second_gateway_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60")
    try:
        result = hulian("demo", "--plain", "--mqtt-port", "0", "--coap-port", "0", "--data", str(tmp_path))
        assert result.returncode == 2
        assert "--data" in result.stderr
        other = hulian("run", "--mqtt-port", "0", "--coap-port", "0", "--data", str(tmp_path), "--interface", "127.0.0.1")
        assert other.returncode == 2
        assert "Traceback" not in other.stderr
        assert demo.call("status")["gateway"] == demo.gateway
    finally:
        assert stop(demo.process) == 0


def test_commands_without_a_gateway_say_how_to_start_one(tmp_path: Path) -> None:
    result = hulian("--data", str(tmp_path), "devices")
    assert result.returncode == 2
    assert "hulian run" in result.stderr


def test_a_broker_that_is_not_there_is_named_and_tried_again(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*HULIAN, "run", "--broker", f"mqtt://127.0.0.1:{port}", "--coap-port", "0", "--data", str(tmp_path), "--interface", "127.0.0.1"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        status = eventually(lambda: status_of(tmp_path), "the gateway answers", 60)
        assert status["mqttConnected"] is False
        assert str(port) in status["mqttTrouble"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        process.communicate(timeout=60)
    assert process.returncode == 0


def status_of(data: Path) -> dict[str, object] | None:
    result = hulian("--data", str(data), "doctor", "--json")
    return json.loads(result.stdout)["status"] if result.returncode == 0 else None


def test_no_face_leaves_loopback(tmp_path: Path) -> None:
    config = tmp_path / "hulian.toml"
    config.write_text('[mqtt]\naddress = "0.0.0.0"\n')
    result = hulian("run", "--config", str(config), "--data", str(tmp_path))
    assert result.returncode == 2
    assert "loopback" in result.stderr
    assert hulian("config", "check", str(config)).returncode == 2


def test_every_command_has_help_with_an_example() -> None:
    names = ["run", "demo", "devices", "show", "set", "invoke", "watch", "history", "accept", "name", "room", "forget", "doctor"]
    for name in names:
        result = hulian(name, "--help")
        assert result.returncode == 0
        assert f"hulian {name}" in result.stdout, name
