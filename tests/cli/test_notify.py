"""What systemd hears, on a real socket."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.notify import BEATS, CALM_SECONDS, Supervision, supervised, supervision
from tests.kit.demo import ROOT


class Systemd:
    """The listening end; `heard` are its messages so far."""

    def __init__(self, address: str) -> None:
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.link.bind(address.replace("@", "\0", 1))
        self.link.settimeout(20)
        self.heard: list[dict[str, str]] = []

    def hear(self) -> dict[str, str]:
        text = self.link.recv(4096).decode()
        self.heard.append(dict(line.partition("=")[::2] for line in text.split("\n")))
        return self.heard[-1]


class Steps:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.go: asyncio.Queue[None] = asyncio.Queue()

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.go.get()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listener = Systemd(str(tmp_path / "notify"))
    yield listener
    listener.link.close()


def address(systemd: Systemd) -> str:
    return str(systemd.link.getsockname())


async def test_ready_then_beats_with_a_status_then_stopping(systemd: Systemd) -> None:
    clock, states = Steps(), iter(["just up", "one appliance", "two\nWATCHDOG=trigger"])
    async with supervised(Supervision(address(systemd), 3.0), clock, lambda: next(states)):
        assert systemd.hear() == {"READY": "1", "STATUS": "just up"}
        assert await asyncio.to_thread(systemd.hear) == {"WATCHDOG": "1", "STATUS": "one appliance"}
        clock.go.put_nowait(None)
        assert await asyncio.to_thread(systemd.hear) == {"WATCHDOG": "1", "STATUS": "two WATCHDOG=trigger"}
    assert systemd.hear() == {"STOPPING": "1", "STATUS": "stopping"}
    assert set(clock.asked) == {3.0}


async def test_a_loop_that_hangs_sends_no_beat(systemd: Systemd) -> None:
    clock = Steps()
    async with supervised(Supervision(address(systemd), 3.0), clock, lambda: ""):
        systemd.hear()
        await asyncio.to_thread(systemd.hear)
        clock.go.put_nowait(None)  # the time of the next beat has come, and the loop does not get to it
        systemd.link.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.hear()


async def test_stopping_is_said_when_the_program_fails(systemd: Systemd) -> None:
    with pytest.RaisesGroup(ZeroDivisionError):
        async with supervised(Supervision(address(systemd), 3.0), Steps(), lambda: ""):
            _ = 1 / 0
    systemd.hear()
    assert "STOPPING" in systemd.hear()


@pytest.mark.parametrize("name", ["", "/nobody/listens/here", "@hulian-nobody-listens", "vsock:2:1234"])
async def test_where_nobody_listens_nothing_fails(name: str) -> None:
    async with supervised(supervision({"NOTIFY_SOCKET": name}), Steps(), lambda: "up"):
        await asyncio.sleep(0)


def test_an_abstract_address_is_one_too() -> None:
    listener = Systemd(f"@hulian-test-{os.getpid()}")
    Supervision(f"@hulian-test-{os.getpid()}", 1.0).tell(READY=1)
    assert listener.hear() == {"READY": "1"}
    listener.link.close()


@pytest.mark.parametrize(
    ("environment", "beat"),
    [
        ({}, CALM_SECONDS),
        ({"WATCHDOG_USEC": "30000000"}, 30 / BEATS),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30 / BEATS),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, CALM_SECONDS),
        ({"WATCHDOG_USEC": "0"}, CALM_SECONDS),
        ({"WATCHDOG_USEC": "soon"}, CALM_SECONDS),
    ],
)
def test_the_beat_is_a_third_of_what_systemd_allows_us(environment: dict[str, str], beat: float) -> None:
    found = supervision({"NOTIFY_SOCKET": "/run/notify", **environment})
    assert found is not None
    assert found.beat == beat


def test_no_child_inherits_the_right_to_speak_for_us() -> None:
    environment = {"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "PATH": "/bin"}
    supervision(environment)
    assert environment == {"PATH": "/bin"}


def test_a_gateway_says_where_its_faces_are_and_that_it_stops(systemd: Systemd, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli.main", "run", "--data", str(tmp_path / "home"), "--mqtt-port", "0", "--coap-port", "0"]
    quiet = {"HULIAN_DISCOVERY__INTERFACES": '["127.0.25.1"]', "HULIAN_DISCOVERY__ANNOUNCE": "false"}
    environment = os.environ | quiet | {"NOTIFY_SOCKET": address(systemd), "WATCHDOG_USEC": "30000000"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as gateway:
        try:
            ready = systemd.hear()
            assert ready["READY"] == "1"
            assert gateway.stdout is not None
            where = gateway.stdout.readline().split()
            assert where[3] in ready["STATUS"]  # the address of MQTT
            assert where[4] in ready["STATUS"]  # and of CoAP
            assert "0 of 0 appliances online" in systemd.hear()["STATUS"]
        finally:
            gateway.terminate()
    assert gateway.returncode == 0
    assert systemd.hear()["STOPPING"] == "1"
