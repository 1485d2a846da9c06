"""The kit the whole tests stand on: two hosts that hear each other and nobody else, and a capture that misses nothing."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.frames import spellings
from tests.kit.hosts import BadCable, needs_hosts, two_hosts

SAY = """
import socket, sys
out = socket.create_connection((sys.argv[1], 4711))
for part in (b'the kett', b'le is on'):
    out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    out.sendall(part)
out.recv(1)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'a datagram', (sys.argv[1], 4712))
"""
HEAR = """
import socket, sys
server = socket.create_server((sys.argv[1], 4711))
print('listens', flush=True)
connection = server.accept()[0]
heard = b''
while len(heard) < 16:
    heard += connection.recv(64)
connection.sendall(b'.')
"""


@needs_hosts
def test_two_hosts_hear_each_other_nothing_else_is_reached_and_every_frame_is_written_down(tmp_path: Path) -> None:
    with two_hosts() as (first, second):
        names = {first.namespace, second.namespace}
        with first.captured(tmp_path / "cable.pcap") as frames:
            hearer = first.start([sys.executable, "-c", HEAR, first.address], log=tmp_path / "hear.log")
            while "listens" not in (tmp_path / "hear.log").read_text():
                assert hearer.poll() is None
            assert ("tcp", first.address, 4711) in first.listening()
            second.run([sys.executable, "-c", SAY, first.address])
            assert hearer.wait(10) == 0
        assert frames.told["dropped"] == 0
        assert frames.find(["the kettle is on", "a datagram", "never said"]).keys() == {"the kettle is on", "a datagram"}
        assert {("tcp", 4711), ("udp", 4712)} <= frames.ports()
        assert second.run(["ip", "route", "show", "default"]).stdout == ""
        assert "unreachable" in second.run(["ip", "route", "get", "198.51.100.1"], check=False).stderr.lower()
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not names & set(left.split())


@needs_hosts
def test_what_runs_on_a_host_ends_with_it(tmp_path: Path) -> None:
    with two_hosts() as (first, _second):
        stubborn = first.start(["sleep", "600"], log=tmp_path / "log")
    assert stubborn.poll() is not None


def test_a_secret_is_found_however_it_is_spelt() -> None:
    for before in (b"", b"a", b"ab", b"abc"):
        text = base64.b64encode(before + b"very secret word" + b"after")
        assert any(spelling in text for spelling in spellings(b"very secret word"))
    assert b"very secret word".hex().encode() in spellings(b"very secret word")


@needs_hosts
@pytest.mark.long
def test_a_bad_cable_loses_delays_and_doubles_as_it_was_told() -> None:
    cable = BadCable(loss=0.2, delay=0.02, jitter=0.005, doubled=0.1)
    echo = "import socket, sys; s = socket.create_server((sys.argv[1], 4711)); c = s.accept()[0]; c.sendall(c.recv(9))"
    ask = "import socket, sys; c = socket.create_connection((sys.argv[1], 4711), 20); c.sendall(b'hello'); print(c.recv(9))"
    with two_hosts(cable) as (first, second):
        for _ in range(5):
            first.run(["sh", "-c", f'timeout 30 {sys.executable} -c "{echo}" {first.address} >/dev/null 2>&1 &'])
            said = ""
            while "hello" not in said:
                said = second.run([sys.executable, "-c", ask, first.address], check=False).stdout
    assert cable.told["seen"] > 40
    assert 0 < cable.told["lost"] < cable.told["seen"] / 2
    assert cable.told["doubled"] > 0
