"""What was captured on a cable, to be searched: frame by frame, and each TCP conversation put together again."""

import base64
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

_HEAD, _RECORD = 24, 16
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP = 6, 17


@dataclass
class Frames:
    """A capture; `told`: what the capturing program said at its end (`seen`, `dropped`)."""

    path: Path
    told: dict[str, int] = field(default_factory=dict)

    def all(self) -> Iterator[bytes]:
        """Yield every frame."""
        raw = self.path.read_bytes()
        at = _HEAD
        while at < len(raw):
            length = struct.unpack_from("<I", raw, at + 8)[0]
            yield raw[at + _RECORD : at + _RECORD + length]
            at += _RECORD + length

    def streams(self) -> dict[tuple[bytes, bytes, int, int], bytes]:
        """Return what each side of each TCP connection said, in order."""
        pieces: dict[tuple[bytes, bytes, int, int], dict[int, bytes]] = defaultdict(dict)
        for frame in self.all():
            for segment in _segments(frame, _TCP):
                known = pieces[segment.flow]
                known[segment.sequence] = max(known.get(segment.sequence, b""), segment.payload, key=len)
        return {flow: b"".join(parts[number] for number in sorted(parts)) for flow, parts in pieces.items()}

    def ports(self) -> set[tuple[str, int]]:
        """Return (tcp or udp, port) of both ends of everything that passed."""
        found = set()
        for name, protocol in (("tcp", _TCP), ("udp", _UDP)):
            for frame in self.all():
                for segment in _segments(frame, protocol):
                    found |= {(name, segment.flow[2]), (name, segment.flow[3])}
        return found

    def find(self, canaries: Iterable[str | bytes], *, not_from: str | None = None, not_on: int | None = None) -> dict[str, int]:
        """Return how often each canary, in any of its spellings, was seen; those never seen are left out.

        `not_from`: an IPv4 address whose own words do not count: who asks for what it must not know has said the name itself.
        `not_on`: a UDP port of which it is known what it tells.
        """
        left_out = None if not_from is None else IPv4Address(not_from).packed
        frames = [frame for frame in self.all() if left_out is None or _source(frame) != left_out]
        frames = [frame for frame in frames if not any(not_on in segment.flow[2:] for segment in _segments(frame, _UDP))]
        heaps = [*frames, *(said for flow, said in self.streams().items() if flow[0] != left_out)]
        found: dict[str, int] = {}
        for canary in canaries:
            spelt = spellings(canary if isinstance(canary, bytes) else canary.encode())
            if count := sum(any(spelling in heap for spelling in spelt) for heap in heaps):
                found[str(canary)] = count
        return found


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a conversation; `flow`: addresses and ports, from and to."""

    flow: tuple[bytes, bytes, int, int]
    sequence: int
    payload: bytes


def spellings(canary: bytes) -> set[bytes]:
    """Return how a secret may stand in a packet: as it is, as hexadecimal digits, and inside base64 at any of its three offsets."""
    inside = set()
    for pad in range(3):
        coded = base64.b64encode(bytes(pad) + canary)
        inside.add(coded[4 if pad else 0 : -4])
        inside.add(base64.urlsafe_b64encode(bytes(pad) + canary)[4 if pad else 0 : -4])
    # Shorter ones are found anywhere.
    long_enough = {piece for piece in inside if len(piece) >= 8}
    return {canary, canary.hex().encode(), canary.hex().upper().encode()} | long_enough


def _source(frame: bytes) -> bytes | None:
    """Return the IPv4 address a frame came from."""
    return frame[26:30] if int.from_bytes(frame[12:14], "big") == _IPV4 else None


def _segments(frame: bytes, protocol: int) -> Iterator[Segment]:
    """Yield the TCP or UDP content of a frame, if it is one."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == _IPV4 and frame[23] == protocol:
        start, end = 14 + 4 * (frame[14] & 0x0F), 14 + int.from_bytes(frame[16:18], "big")
        addresses = frame[26:30], frame[30:34]
    elif kind == _IPV6 and frame[20] == protocol:
        start, end = 54, 54 + int.from_bytes(frame[18:20], "big")
        addresses = frame[22:38], frame[38:54]
    else:
        return
    packet = frame[start : end if end > start else len(frame)]
    source, target = struct.unpack_from(">HH", packet)
    flow = (*addresses, source, target)
    if protocol == _TCP:
        yield Segment(flow, int.from_bytes(packet[4:8], "big"), packet[4 * (packet[12] >> 4) :])
    else:
        yield Segment(flow, 0, packet[8:])
