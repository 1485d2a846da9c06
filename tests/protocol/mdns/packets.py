"""mDNS packets written by hand, and a socket that speaks from 127.0.0.1 to the group."""

import socket
import struct
from types import TracebackType
from typing import Self

GROUP = ("224.0.0.251", 5353)
A, PTR, TXT, SRV, NSEC = 1, 12, 16, 33, 47
UNIQUE = 0x8001


def name(*labels: bytes) -> bytes:
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def full(text: str) -> bytes:
    return name(*(label.encode() for label in text.rstrip(".").split(".")))


def record(owner: bytes, kind: int, data: bytes, *, ttl: int = 120, klass: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", kind, klass, ttl, len(data)) + data


def response(*records: bytes) -> bytes:
    return struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def instance_records(service: str, instance: str, address: str, *, port: int = 5683, txt: bytes = b"\x04id=1") -> list[bytes]:
    """Return PTR, SRV, TXT and A of one instance."""
    whole, host = full(f"{instance}.{service}"), full(f"{instance}-host.local.")
    return [
        record(full(service), PTR, whole, ttl=4500),
        record(whole, SRV, struct.pack("!3H", 0, 0, port) + host, klass=UNIQUE),
        record(whole, TXT, txt, ttl=4500, klass=UNIQUE),
        record(host, A, socket.inet_aton(address), klass=UNIQUE),
    ]


class Speaker:
    """Sends to the mDNS group on the loopback interface."""

    def __enter__(self) -> Self:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        self.socket.bind(("127.0.0.1", 0))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()

    def say(self, packet: bytes) -> None:
        self.socket.sendto(packet, GROUP)
