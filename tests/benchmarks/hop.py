"""Latency and throughput: raw through the broker alone, and the hop through the gateway."""

import statistics
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.appliances import Plug
from tests.benchmarks.raw import RawClient, publish_packet

STALL = 20.0


@dataclass(frozen=True)
class Latency:
    p50: float
    p99: float
    """Microseconds."""


def latency(samples: list[float]) -> Latency:
    ordered = sorted(samples)
    return Latency(statistics.median(ordered) * 1e6, ordered[int(len(ordered) * 0.99) - 1] * 1e6)


def one_way(sender: RawClient, receiver: RawClient, send: Callable[[int], str], count: int, rate: float) -> list[float]:
    """Send `count` messages at `rate` a second, one at a time; return the seconds until each arrived on its topic."""
    samples = []
    for number in range(count):
        began = time.perf_counter()
        awaited = send(number)
        while awaited not in [topic for topic, _ in receiver.messages()]:
            pass
        samples.append(time.perf_counter() - began)
        time.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))
    del sender
    return samples


def raw_latency(host: str, port: int, payload: bytes, count: int, rate: float) -> Latency:
    sender, receiver = RawClient(host, port, "raw-sender"), RawClient(host, port, "raw-receiver")
    receiver.subscribe("raw/#")

    def send(_number: int) -> str:
        sender.publish("raw/state", payload)
        return "raw/state"

    try:
        return latency(one_way(sender, receiver, send, count, rate))
    finally:
        sender.close()
        receiver.close()


def raw_throughput(host: str, port: int, payload: bytes, count: int, window: int) -> float:
    """Messages a second through the broker alone, at most `window` in flight, QoS 0."""
    sender, receiver = RawClient(host, port, "raw-sender"), RawClient(host, port, "raw-receiver")
    receiver.subscribe("raw/#")
    one = publish_packet("raw/state", payload)
    sent = seen = 0
    began = time.perf_counter()
    while seen < count:
        if (free := min(window - (sent - seen), count - sent)) > 0:
            sender.socket.sendall(one * free)
            sent += free
        seen += sum(1 for _ in receiver.packets())
    elapsed = time.perf_counter() - began
    sender.close()
    receiver.close()
    return count / elapsed


class Hop:
    """Native message in, profile state out: the hop ends when the gateway's `s` arrives."""

    def __init__(self, host: str, port: int, gateway: str, units: list[Plug]) -> None:
        self._sender = RawClient(host, port, "hop-sender")
        self._receiver = RawClient(host, port, "hop-receiver")
        self._gateway = gateway
        self._units = units
        self._watts = 0

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()

    def settle(self) -> None:
        """Wait until every unit's state has come out of the gateway once."""
        self._receiver.subscribe(f"hulian/1/{self._gateway}/+/s")
        missing = {self._out(unit) for unit in self._units}
        began = time.monotonic()
        self._receiver.socket.settimeout(120)
        while missing:
            missing -= {topic for topic, _ in self._receiver.messages()}
            if time.monotonic() - began > 120:
                raise TimeoutError(f"{len(missing)} of {len(self._units)} devices never appeared")

    def drain(self) -> None:
        """Read what still comes until the gateway is quiet for a second."""
        self._receiver.socket.settimeout(1)
        try:
            while True:
                list(self._receiver.messages())
        except TimeoutError:
            self._receiver.socket.settimeout(STALL)

    def latency(self, count: int, rate: float) -> Latency:
        def send(number: int) -> str:
            unit = self._units[number % len(self._units)]
            self._sender.publish(unit.topic, unit.state(self._next()))
            return self._out(unit)

        return latency(one_way(self._sender, self._receiver, send, count, rate))

    def pace(self, count: int, rate: float) -> None:
        """Send at `rate` a second without waiting for each; used to measure CPU."""
        began = time.perf_counter()
        for number in range(count):
            unit = self._units[number % len(self._units)]
            self._sender.publish(unit.topic, unit.state(self._next()))
            time.sleep(max(0.0, began + (number + 1) / rate - time.perf_counter()))

    def throughput(self, count: int, window: int) -> tuple[float, int]:
        """Messages a second with at most `window` in flight, and how many were lost."""
        units = (self._units[number % len(self._units)] for number in range(count))
        packets = [publish_packet(unit.topic, unit.state(self._next())) for unit in units]
        sent = seen = 0
        began = last = time.perf_counter()
        try:
            while seen < count:
                if (free := min(window - (sent - seen), count - sent)) > 0:
                    self._sender.socket.sendall(b"".join(packets[sent : sent + free]))
                    sent += free
                seen += sum(1 for _ in self._receiver.messages())
                last = time.perf_counter()
        except TimeoutError:
            pass
        return seen / (last - began), count - seen

    def _next(self) -> float:
        self._watts = (self._watts + 1) % 3000
        return self._watts / 2

    def _out(self, unit: Plug) -> str:
        return f"hulian/1/{self._gateway}/{unit.device}/s"


def state_size(unit: Plug) -> int:
    return len(unit.state(1.5)) + struct.calcsize(">H")
