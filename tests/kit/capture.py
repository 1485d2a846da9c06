"""Writes every frame of one network interface into a pcap file, from a raw packet socket: no other program is needed.

Run inside a network namespace as `python -m tests.kit.capture INTERFACE FILE`; says `ready`, ends with its standard input, and then
says how many frames it saw and how many the kernel dropped, so that a search of the file cannot quietly search half of it.
"""

import contextlib
import json
import select
import socket
import struct
import sys
import time
from pathlib import Path
from typing import BinaryIO

ETH_P_ALL = 0x0003
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
BUFFER = 64 << 20
LONGEST = 1 << 18
"""Bytes of one frame; a virtual cable carries a whole TCP segment of 64 KiB as one."""
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, LONGEST, 1)


def capture(interface: str, path: Path) -> None:
    with path.open("wb") as file, socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as wire:
        with contextlib.suppress(PermissionError):
            wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        wire.bind((interface, 0))
        file.write(PCAP_HEAD)
        say({"event": "ready"})
        while not ended(wire):
            frame = wire.recv(LONGEST)
            write(file, frame)
        wire.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                write(file, wire.recv(LONGEST))
        seen, dropped = struct.unpack("II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    say({"event": "end", "seen": seen, "dropped": dropped})


def ended(wire: socket.socket) -> bool:
    """Wait for a frame; true once standard input has ended and no frame waits."""
    readable, _, _ = select.select([wire, sys.stdin], [], [])
    return wire not in readable


def write(file: BinaryIO, frame: bytes) -> None:
    seconds, part = divmod(time.time(), 1)
    file.write(struct.pack("<IIII", int(seconds), int(part * 1e6), len(frame), len(frame)) + frame)


def say(document: dict[str, object]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    capture(sys.argv[1], Path(sys.argv[2]))
