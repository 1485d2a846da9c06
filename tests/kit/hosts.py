"""Two hosts on one cable: two network namespaces joined by a virtual cable, as real to a program as two machines.

Each has its own loopback, its own ports and one address on the cable; there is no default route, so nothing here can lean on the
internet. Everything is taken away again whatever happens, and what an earlier run that was killed left behind is swept first.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kit.demo import ROOT
from tests.kit.frames import Frames

CABLE = "cable0"
PREFIX = "hulian"
NETWORK = "192.168.27"
_made = 0


def can_make_hosts() -> bool:
    """Return whether this machine lets us make network namespaces."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


needs_hosts = pytest.mark.skipif(not can_make_hosts(), reason="network namespaces need root and iproute2")


@dataclass
class Host:
    """One of the two; `address` is its place on the cable."""

    namespace: str
    address: str
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        timeout: float = 60,
        check: bool = True,
        text: str = "",
        cwd: Path = ROOT,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program here to its end; `text` is its standard input. AssertionError with its words when it fails and `check` is set."""
        outcome = subprocess.run(
            self._inside(command), input=text, capture_output=True, text=True, timeout=timeout, check=False, cwd=cwd, env=_environment(None)
        )
        assert not check or outcome.returncode == 0, (
            f"{' '.join(map(str, command))}: {outcome.returncode}\n{outcome.stdout}{outcome.stderr}"
        )
        return outcome

    def start(
        self, command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> subprocess.Popen[str]:
        """Start a program here; what it prints goes to `log`. It ends with the host at the latest."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._inside(command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=cwd,
                env=_environment(env),
                start_new_session=True,
            )
        self._started.append(process)
        return process

    @contextmanager
    def captured(self, path: Path) -> Iterator[Frames]:
        """Write down every frame that passes this end of the cable; the frames can be read once the context has ended."""
        command = self._inside([sys.executable, "-m", "tests.kit.capture", CABLE, str(path)])
        frames = Frames(path)
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

    def listening(self) -> set[tuple[str, str, int]]:
        """Return (udp or tcp, address, port) of every socket that waits here for others."""
        lines = self.run(["ss", "-Hnlut"]).stdout.splitlines()
        return {listener(line) for line in lines}

    def stop(self, process: subprocess.Popen[str], patience: float = 20) -> int:
        """End a program as Ctrl-C would; kill it when it does not."""
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()
        finally:
            if process.stdin is not None:
                process.stdin.close()

    def close(self) -> None:
        """End what still runs here."""
        for process in reversed(self._started):
            self.stop(process)

    def _inside(self, command: Sequence[str | Path]) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *map(str, command)]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HULIAN_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **(more or {})}


def listener(line: str) -> tuple[str, str, int]:
    """Return one line of `ss -Hnlut` as (udp or tcp, address, port)."""
    kind, _, _, _, local = line.split()[:5]
    address, _, port = local.rpartition(":")
    return kind, re.sub(r"%[^\]:]*", "", address).strip("[]"), int(port)


@dataclass
class BadCable:
    """How bad a cable is, one way: shares of frames lost and doubled, seconds of delay and of what it varies. `told`: what it did."""

    loss: float = 0.1
    delay: float = 0.1
    jitter: float = 0.02
    doubled: float = 0.01
    seed: int = 1
    told: dict[str, int] = field(default_factory=dict)


@contextmanager
def two_hosts(cable: BadCable | None = None) -> Iterator[tuple[Host, Host]]:
    """Make two hosts on one cable, a good one unless told otherwise, for as long as the context lives."""
    _sweep()
    names = _names()
    hosts = tuple(Host(name, f"{NETWORK}.{number}") for number, name in enumerate(names, 1))
    try:
        for name in names:
            _ip("netns", "add", name)
        with _veth(names) if cable is None else _switch(names, cable):
            for host in hosts:
                _plug_in(host)
            try:
                yield hosts[0], hosts[1]
            finally:
                for host in hosts:
                    host.close()
    finally:
        for name in names:
            _ip("netns", "del", name, check=False)


@contextmanager
def one_host() -> Iterator[Host]:
    """Make a host without a cable: a loopback of its own, where no other test's units are found by broadcast."""
    _sweep()
    name, _ = _names()
    host = Host(name, "127.0.0.1")
    try:
        _ip("netns", "add", name)
        _ip("-n", name, "link", "set", "lo", "up")
        try:
            yield host
        finally:
            host.close()
    finally:
        _ip("netns", "del", name, check=False)


def _names() -> tuple[str, str]:
    global _made  # noqa: PLW0603 - one count a process
    _made += 1
    thread = threading.get_native_id()
    return f"{PREFIX}-{os.getpid()}-{thread}-{_made}a", f"{PREFIX}-{os.getpid()}-{thread}-{_made}b"


@contextmanager
def _veth(names: tuple[str, str]) -> Iterator[None]:
    """Lay a cable that loses nothing; it goes with the namespaces."""
    _ip("link", "add", CABLE, "netns", names[0], "type", "veth", "peer", "name", CABLE, "netns", names[1])
    yield


@contextmanager
def _switch(names: tuple[str, str], cable: BadCable) -> Iterator[None]:
    """Lay a bad cable; `cable.told` says afterwards what it did."""
    figures = (cable.loss, cable.delay, cable.jitter, cable.doubled, cable.seed)
    command = [sys.executable, "-m", "tests.kit.switch", *names, CABLE, *map(str, figures)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert "ready" in process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()
            cable.told = json.loads(process.stdout.readline())


def _plug_in(host: Host) -> None:
    """Give a host its loopback, its end of the cable with an address, and a way for multicast; no default route."""
    inside = ("-n", host.namespace)
    _ip(*inside, "link", "set", "lo", "up")
    _ip(*inside, "address", "add", f"{host.address}/24", "dev", CABLE)
    _ip(*inside, "link", "set", CABLE, "up")
    _ip(*inside, "route", "add", "224.0.0.0/4", "dev", CABLE)


def _ip(*words: str, check: bool = True) -> str:
    outcome = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert not check or outcome.returncode == 0, f"ip {' '.join(words)}: {outcome.stderr}"
    return outcome.stdout


def _sweep() -> None:
    """Take away the namespaces of test runs that were killed."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        if (made := re.fullmatch(rf"{PREFIX}-(\d+)-\d+-\d+[ab]", name)) and not Path(f"/proc/{made[1]}").exists():
            _ip("netns", "del", name, check=False)
