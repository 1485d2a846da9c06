"""The measuring stick: an MQTT 3.1.1 driver on blocking sockets that does as little as a C client would.

Packets are encoded once, read in large pieces and only counted or looked into where a test needs it, so that what is
measured is the broker and the gateway, not this file.
"""

import socket
import struct
import time
from collections.abc import Iterator

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
READ_SIZE = 1 << 16


def packet(kind: int, flags: int, body: bytes) -> bytes:
    length, head = len(body), bytearray([kind << 4 | flags])
    while True:
        length, digit = length >> 7, length & 0x7F
        head.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def publish_packet(topic: str, payload: bytes, *, retain: bool = False, identifier: int = 0) -> bytes:
    quality = 1 if identifier else 0
    number = struct.pack(">H", identifier) if identifier else b""
    return packet(PUBLISH, quality << 1 | retain, text(topic) + number + payload)


class RawClient:
    """One connection. Acknowledges QoS 1 messages it gets; sends what it is given."""

    def __init__(self, host: str, port: int, name: str) -> None:
        self.socket = socket.create_connection((host, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self.socket.sendall(packet(1, 0, text("MQTT") + bytes([4, 2]) + struct.pack(">H", 0) + text(name)))
        self._expect(CONNACK)

    def close(self) -> None:
        self.socket.close()

    def subscribe(self, topic: str, quality: int = 0) -> None:
        self.socket.sendall(packet(8, 2, struct.pack(">H", 1) + text(topic) + bytes([quality])))
        self._expect(SUBACK)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.socket.sendall(publish_packet(topic, payload, retain=retain))

    def read(self) -> bytes:
        """Return what the socket has, at least one byte."""
        data = self.socket.recv(READ_SIZE)
        if not data:
            raise ConnectionError("the broker closed the connection")
        return data

    def drain(self, quiet: float) -> None:
        """Read and forget until nothing has come for `quiet` seconds."""
        self.socket.settimeout(quiet)
        try:
            while True:
                self.read()
        except TimeoutError:
            self._buffer.clear()

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """Yield (first byte, body) of every packet that has arrived whole; reads the socket once."""
        buffer = self._buffer
        buffer += self.read()
        start = 0
        while (found := _length(buffer, start)) is not None:
            body_start, length = found
            if len(buffer) < body_start + length:
                break
            yield buffer[start], bytes(buffer[body_start : body_start + length])
            start = body_start + length
        del buffer[:start]

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield (topic, payload) of what has arrived; acknowledge QoS 1 in one write."""
        acknowledgements = bytearray()
        for first, body in self.packets():
            if first >> 4 != PUBLISH:
                continue
            (size,) = struct.unpack_from(">H", body)
            end = 2 + size
            if first & 0x06:
                acknowledgements += b"\x40\x02" + body[end : end + 2]
                end += 2
            yield body[2 : 2 + size].decode(), body[(end):]
        if acknowledgements:
            self.socket.sendall(acknowledgements)

    def _expect(self, kind: int) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for first, _ in self.packets():
                if first >> 4 == kind:
                    return
        raise TimeoutError("the broker did not answer")


def _length(buffer: bytearray, start: int) -> tuple[int, int] | None:
    length = shift = 0
    for position in range(start + 1, min(start + 5, len(buffer))):
        digit = buffer[position]
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return position + 1, length
    return None
