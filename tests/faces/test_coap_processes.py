"""The library's own command line as a client under a key, against a hub that is a process and is killed in between."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.protocol.coap.wire import parse
from tests.faces.coap_hub import OUTSIDE
from tests.protocol.coap.locks import Key, context_folder

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
CLIENT = str(Path(sys.executable).with_name("aiocoap-client"))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((OUTSIDE, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Yard:
    """A folder with a hub's state, the keys of two people, and what is needed to start it."""

    folder: Path
    port: int
    keys: dict[str, Key]

    @property
    def base(self) -> str:
        return f"coap://{OUTSIDE}:{self.port}"

    @asynccontextmanager
    async def hub(self) -> AsyncIterator[asyncio.subprocess.Process]:
        command = [sys.executable, "-m", "tests.faces.coap_hub", str(self.folder / "hub"), str(self.folder / "keys.json"), str(self.port)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(30):
                assert int(await process.stdout.readline()) == self.port
            yield process
        finally:
            if process.returncode is None:
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()

    async def ask(self, who: str, path: str, *arguments: str, base: str | None = None) -> tuple[str, str]:
        """Run aiocoap-client under the key of `who`; return what it printed to stdout and to stderr."""
        base = base or self.base
        credentials = self.folder / f"{who}.json"
        credentials.write_text(json.dumps({f"{base}/*": {"oscore": {"basedir": str(self.folder / who) + "/"}}}))
        command = [CLIENT, "--credentials", str(credentials), *arguments, f"{base}{path}"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        async with asyncio.timeout(40):
            out, complaint = await process.communicate()
        return out.decode(), complaint.decode()


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    keys = {"boss": Key(identity="boss"), "phone": Key(identity="phone")}
    (tmp_path / "hub").mkdir()
    roles = {"boss": "owner", "phone": "viewer"}
    known = {
        name: {"role": roles[name], **{part: getattr(key, part).hex() for part in ("master_secret", "master_salt", "recipient_id")}}
        for name, key in keys.items()
    }
    (tmp_path / "keys.json").write_text(json.dumps(known))
    for name, key in keys.items():
        context_folder(tmp_path / name, key)
    context_folder(tmp_path / "thief", Key(identity="thief", recipient_id=keys["boss"].recipient_id))
    context_folder(tmp_path / "stranger", Key(identity="stranger"))
    return Yard(tmp_path, free_port(), keys)


async def test_it_reads_writes_and_fetches_a_description_in_blocks(yard: Yard) -> None:
    async with yard.hub():
        out, _ = await yard.ask("phone", "/d/light-1/p/brightness")
        assert out.strip() == "80"
        out, _ = await yard.ask("phone", "/d/light-1/td", "--accept", "50", "--no-color")
        assert json.loads(out)["hl:kind"] == "light"
        assert len(out) > 4096
        await yard.ask("boss", "/d/light-1/p/brightness", "-m", "PUT", "--payload", "41", "--content-format", "50")
        _, complaint = await yard.ask("phone", "/d/light-1/p/brightness", "-m", "PUT", "--payload", "99", "--content-format", "50")
        assert "4.03" in complaint
        out, _ = await yard.ask("boss", "/d/light-1/p/brightness")
        assert out.strip() == "41"


@pytest.mark.parametrize(("who", "code"), [("thief", "4.00"), ("stranger", "4.01")])
async def test_a_wrong_key_gets_a_bare_code(yard: Yard, who: str, code: str) -> None:
    async with yard.hub():
        out, complaint = await yard.ask(who, "/d")
        assert "light" not in out + complaint
        assert out.strip() == ""
        assert complaint.strip(), f"it was told {code}"


async def test_it_goes_on_after_the_hub_was_killed_and_what_was_recorded_is_worth_nothing(yard: Yard) -> None:
    async with recorder(yard) as (proxy, recorded):
        async with yard.hub() as hub:
            await yard.ask("boss", "/d/light-1/p/brightness", "-m", "PUT", "--payload", "41", "--content-format", "50", base=proxy)
            out, _ = await yard.ask("boss", "/d/light-1/p/brightness", base=proxy)
            assert out.strip() == "41"
            before = list(recorded)
            os.kill(hub.pid, signal.SIGKILL)
            await hub.wait()
        async with yard.hub():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
                thief.setblocking(False)
                thief.connect((OUTSIDE, yard.port))
                loop = asyncio.get_running_loop()
                for number, datagram in enumerate(before):
                    thief.send(datagram[:2] + (40_000 + number).to_bytes(2, "big") + datagram[4:])
                    async with asyncio.timeout(5):
                        answer = parse(await loop.sock_recv(thief, 2048))
                    assert answer.code in (0, 4 << 5 | 1) or answer.protection is not None, "an empty acknowledgement says nothing"
            out, _ = await yard.ask("boss", "/d/light-1/p/brightness", base=proxy)
            assert out.strip() == "80", "the light of a hub begun anew shines as it does; the replayed write of 41 did nothing"


class Recorder(asyncio.DatagramProtocol):
    """A cable that keeps what the client says."""

    def __init__(self, port: int, recorded: list[bytes]) -> None:
        self._hub = (OUTSIDE, port)
        self._recorded = recorded
        self._client: tuple[str, int] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if address == self._hub:
            if self._client is not None:
                self._transport.sendto(data, self._client)
            return
        self._client = address
        if data[1]:
            self._recorded.append(data)
        self._transport.sendto(data, self._hub)


@asynccontextmanager
async def recorder(yard: Yard) -> AsyncIterator[tuple[str, list[bytes]]]:
    recorded: list[bytes] = []
    make: Callable[[], Recorder] = lambda: Recorder(yard.port, recorded)  # noqa: E731
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(make, local_addr=("127.0.23.7", 0))
    try:
        host, port = transport.get_extra_info("sockname")
        yield f"coap://{host}:{port}", recorded
    finally:
        transport.close()
