"""What is timed on the island: a command through the gateway until its end is told, and a bare question to a unit.

python -m tests.benchmarks.rounds through GATEWAY DEVICE N     seconds of N targets set over MQTT, each until its ack says completed
python -m tests.benchmarks.rounds bare LOCAL PORT ADDRESS PORT HEX N     seconds of N datagrams, each until the unit answers

Between two commands there is a pause in which the gateway reads what else has changed, as there is between two of a person's.
"""

import json
import socket
import sys
import time
from contextlib import closing

from tests.benchmarks.raw import RawClient

TARGETS = (20, 21, 22, 23, 24)
PAUSE = 0.3


class Through:
    """Somebody on MQTT who waits for the end of each command."""

    def __init__(self, client: RawClient, root: str) -> None:
        self._client = client
        self._root = root
        client.subscribe(f"{root}/ack")

    def ask(self, name: str, value: object) -> float:
        """Set a property; return the seconds until it was done."""
        began = time.perf_counter()
        self._client.publish(f"{self._root}/p/{name}/set", json.dumps(value).encode())
        while True:
            for _, payload in [*self._client.messages()]:
                ack = json.loads(payload)
                if ack["name"] == name and ack["state"] == "completed":
                    return time.perf_counter() - began
                if ack["state"] not in ("accepted", "running"):
                    raise SystemExit(f"{name} {value}: {ack}")


def through(gateway: str, device: str, count: str) -> list[float]:
    with closing(RawClient("127.0.0.1", 1883, "bench-rounds")) as client:
        somebody = Through(client, f"hulian/1/{gateway}/{device}")
        somebody.ask("power", True)
        somebody.ask("mode", "cool")
        somebody.ask("targetTemperature", 27)
        seconds = []
        for turn in range(int(count)):
            time.sleep(PAUSE)
            seconds.append(somebody.ask("targetTemperature", TARGETS[turn % len(TARGETS)]))
        return seconds


def bare(local: str, own_port: str, address: str, port: str, question: str, count: str) -> list[float]:
    data, seconds = bytes.fromhex(question), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.bind((local, int(own_port)))
        for _ in range(int(count)):
            began = time.perf_counter()
            asking.sendto(data, (address, int(port)))
            asking.recv(4096)
            seconds.append(time.perf_counter() - began)
    return seconds


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    print(json.dumps(through(*rest) if what == "through" else bare(*rest)))
