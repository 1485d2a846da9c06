"""The gateway under test as a process: started as a user would, watched through /proc."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.raw import RawClient

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class GatewayProcess:
    pid: int
    spawned: float

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mebibytes(self) -> float:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE / 2**20


@contextmanager
def gateway_process(data: Path, broker: str, *more: str, uvloop: bool = True, verbose: bool = False) -> Iterator[GatewayProcess]:
    """Run `hulian run` on an existing broker; the plugs on it are taken in without asking. `verbose`: its log is shown.

    `more`: further options, for uvloop only.
    """
    command = [
        *(sys.executable, "-m", "gateway.cli.main", "run", "--broker", broker, "--data", str(data)),
        *("--coap-port", "0", "--interface", "127.0.0.1", "--accept", "native:plug"),
        *more,
    ]
    if not uvloop:
        given = {"broker": broker, "coap_port": 0, "interfaces": ["127.0.0.1"], "accept": ["native:plug"]}
        command = [sys.executable, "-c", _WITHOUT_UVLOOP, json.dumps({"file": {}, "data": str(data), "given": given})]
    spawned = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=None if verbose else subprocess.DEVNULL)
    try:
        yield GatewayProcess(process.pid, spawned)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def gateway_of(host: str, port: int) -> str:
    """Return the id of the gateway that came up on the broker."""
    with closing(RawClient(host, port, "bench-finder")) as client:
        client.subscribe("hulian/1/+/$/avail")
        while True:
            for topic, payload in client.messages():
                if json.loads(payload or b"{}").get("state") == "online":
                    return topic.split("/")[2]


_WITHOUT_UVLOOP = """import json, sys
sys.modules["uvloop"] = None
from gateway.cli.logs import set_up_logs
from gateway.cli.serving import begin
set_up_logs(verbose=False)
begin(json.loads(sys.argv[1]))"""
"""What `hulian run` becomes, where uvloop is not installed."""
