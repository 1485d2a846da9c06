"""Latency and throughput: raw through the broker alone, and the hop through the gateway."""

import re
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.benchmarks.appliances import Plug, Watts
from tests.benchmarks.raw import RawClient, publish_packet

STALL = 20.0
"""Seconds without a message after which what is still awaited counts as lost."""
SETTLING = 120.0
_SEEN = re.compile(rb'"powerDraw":(\d+\.\d)[,}]')
_LONGEST = 40
"""Bytes that may have to be kept because a reading stands across two reads of the socket."""


@dataclass(frozen=True)
class Latency:
    p50: float
    p99: float
    """Microseconds."""


def latency(samples: list[float]) -> Latency:
    ordered = sorted(samples)
    return Latency(statistics.median(ordered) * 1e6, ordered[int(len(ordered) * 0.99) - 1] * 1e6)


def one_way(send_and_wait: Callable[[], None], count: int, rate: float) -> Latency:
    """Do it `count` times, `rate` times a second."""
    samples = []
    for _ in range(count):
        began = time.perf_counter()
        send_and_wait()
        samples.append(time.perf_counter() - began)
        time.sleep(max(0.0, 1 / rate - samples[-1]))
    return latency(samples)


class Raw:
    """The broker alone, one topic, QoS 0. All packets are of one length, so that counting them is counting bytes."""

    def __init__(self, host: str, port: int, payload: bytes) -> None:
        self._sender, self._receiver = RawClient(host, port, "raw-sender"), RawClient(host, port, "raw-receiver")
        self._receiver.subscribe("raw/#")
        self._packet = publish_packet("raw/state", payload)

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()

    def latency(self, count: int, rate: float) -> Latency:
        def send_and_wait() -> None:
            self._sender.socket.sendall(self._packet)
            left = len(self._packet)
            while left > 0:
                left -= len(self._receiver.read())

        return one_way(send_and_wait, count, rate)

    def throughput(self, count: int, window: int) -> float:
        """Messages a second with at most `window` in flight."""
        size, sent, seen = len(self._packet), 0, 0
        began = time.perf_counter()
        while seen < count * size:
            if (free := min(window - (sent - seen // size), count - sent)) > 0:
                self._sender.socket.sendall(self._packet * free)
                sent += free
            seen += len(self._receiver.read())
        return count / (time.perf_counter() - began)


class Hop:
    """Native message in, profile state out: a hop ends when the gateway's `s` shows the reading that was sent.

    What the gateway says of its own accord (staleness, a device that came back) shows no reading that is awaited and
    counts as nothing.
    """

    def __init__(self, host: str, port: int, units: list[Plug]) -> None:
        self._sender = RawClient(host, port, "hop-sender")
        self._receiver = RawClient(host, port, "hop-receiver")
        self._units = units
        self._watts = Watts()
        self._tail = b""
        self._turn = 0

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()

    def settle(self, gateway: str) -> None:
        """Wait until every unit's state has come out of the gateway once, and it has been quiet for a second since."""
        self._receiver.subscribe(f"hulian/1/{gateway}/+/s")
        missing = {f"hulian/1/{gateway}/{unit.device}/s" for unit in self._units}
        self._receiver.socket.settimeout(SETTLING)
        while missing:
            missing -= {topic for topic, _ in self._receiver.messages()}
        self.drain()

    def drain(self) -> None:
        """Read what still comes until the gateway is quiet for a second."""
        self._receiver.drain(1)
        self._receiver.socket.settimeout(STALL)

    def latency(self, count: int, rate: float) -> Latency:
        def send_and_wait() -> None:
            watts, packet = self._next()
            self._sender.socket.sendall(packet)
            while watts not in self._arrived():
                pass

        return one_way(send_and_wait, count, rate)

    def pace(self, count: int, rate: float) -> None:
        """Send at `rate` a second without waiting for each; used to measure CPU."""
        began = time.perf_counter()
        for number in range(count):
            self._sender.socket.sendall(self._next()[1])
            time.sleep(max(0.0, began + (number + 1) / rate - time.perf_counter()))

    def throughput(self, count: int, window: int) -> tuple[float, int]:
        """Messages a second with at most `window` in flight, and how many were lost."""
        prepared = [self._next() for _ in range(count)]
        awaited: set[bytes] = set()
        sent = 0
        began = last = time.perf_counter()
        try:
            while sent < count or awaited:
                part = prepared[sent : sent + window - len(awaited)]
                if part:
                    awaited.update(watts for watts, _ in part)
                    self._sender.socket.sendall(b"".join(packet for _, packet in part))
                    sent += len(part)
                awaited.difference_update(self._arrived())
                last = time.perf_counter()
        except TimeoutError:
            pass
        return (sent - len(awaited)) / (last - began), len(awaited) + count - sent

    def _next(self) -> tuple[bytes, bytes]:
        unit, watts = self._units[self._turn % len(self._units)], self._watts.next()
        self._turn += 1
        return watts, publish_packet(unit.topic, unit.state(watts))

    def _arrived(self) -> Iterable[bytes]:
        """Read the socket once; return the readings in it. The packets around them are left alone: that is as lean as in C."""
        data = self._tail + self._receiver.read()
        self._tail = data[-_LONGEST:]
        return _SEEN.findall(data)


class ColdStart:
    """Appliances go on saying their states while the gateway starts; the first of these to come out ends the wait."""

    def __init__(self, host: str, port: int, units: list[Plug], gateway: str) -> None:
        self._sender = RawClient(host, port, "cold-sender")
        self._receiver = RawClient(host, port, "cold-receiver")
        self._receiver.subscribe(f"hulian/1/{gateway}/+/s")
        self._receiver.drain(1)
        self._receiver.socket.settimeout(0.005)
        self._units = units
        self._watts = Watts()

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()

    def wait(self, spawned: float) -> tuple[float, float]:
        """Return the seconds since `spawned` (perf_counter) until the first state came out, and until every unit's had."""
        said: dict[bytes, int] = {}
        shown: set[int] = set()
        first, turn, tail = 0.0, 0, b""
        while len(shown) < len(self._units):
            unit, watts = self._units[turn % len(self._units)], self._watts.next()
            said[watts] = turn % len(self._units)
            self._sender.socket.sendall(publish_packet(unit.topic, unit.state(watts), retain=True))
            turn += 1
            try:
                data = tail + self._receiver.read()
            except TimeoutError:
                continue
            tail = data[-_LONGEST:]
            shown.update(said[reading] for reading in _SEEN.findall(data) if reading in said)
            first = first or (time.perf_counter() - spawned if shown else 0.0)
        return first, time.perf_counter() - spawned
