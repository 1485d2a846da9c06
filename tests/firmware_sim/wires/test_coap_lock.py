"""A paired appliance on CoAP: everything under its hub's key, its name and nothing else in clear."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiocoap
import pytest
from aiocoap.oscore import FilesystemSecurityContext

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import SetupMistake
from tests.firmware_sim.wires.test_native_coap import Client, asking
from tests.protocol.coap.locks import Key, context_folder

UNAUTHORIZED, CONTENT = aiocoap.UNAUTHORIZED, aiocoap.CONTENT


@pytest.fixture
def key() -> Key:
    """The key as the hub has it: the appliance is its recipient."""
    return Key(identity="plug-1")


@pytest.fixture
def credentials(tmp_path: Path, key: Key) -> Path:
    context_folder(tmp_path / "plug" / "oscore", key)
    return tmp_path / "plug"


def swapped(key: Key) -> Key:
    """Return the key as the other side has it."""
    return Key(
        identity="hub",
        master_secret=key.master_secret,
        master_salt=key.master_salt,
        sender_id=key.recipient_id,
        recipient_id=key.sender_id,
    )


@asynccontextmanager
async def hub(folder: Path, key: Key, client: Client) -> AsyncIterator[Client]:
    """The library's own client as the hub, which is the other side of the key."""
    made = await aiocoap.Context.create_client_context(transports=["oscore", "simple6"])
    context = FilesystemSecurityContext(str(context_folder(folder, swapped(key))))
    made.client_credentials[f"{client.base}/*"] = context
    try:
        yield Client(made, client.base)
    finally:
        await made.shutdown()
        context._destroy()
        await asyncio.sleep(0)


async def test_in_clear_it_tells_its_name_and_nothing_else(plug: Appliance, network: Network, credentials: Path) -> None:
    async with asking(plug, network, credentials=credentials) as client:
        core = await client("GET", "/.well-known/core")
        assert core.payload == b'</d/self/td>;rt="wot.thing";ep="plug-1";osc'
        for method, path in (
            ("GET", "/d/self/s"),
            ("GET", "/d/self/td"),
            ("GET", "/d"),
            ("PUT", "/d/self/p/power"),
            ("POST", "/.well-known/core"),
        ):
            answer = await client(method, path, b"" if method == "GET" else b"true")
            assert (answer.code, answer.payload) == (UNAUTHORIZED, b""), path
        assert plug.values()["power"] is False


async def test_under_the_key_it_is_read_written_and_observed(
    plug: Appliance, network: Network, credentials: Path, key: Key, tmp_path: Path
) -> None:
    async with asking(plug, network, credentials=credentials) as stranger, hub(tmp_path / "hub", key, stranger) as client:
        assert b"securityDefinitions" in (await client("GET", "/d/self/td")).payload
        request = client.context.request(client.message("GET", "/d/self/p/power", observe=0))
        assert (await request.response).payload == b"false"
        assert (await client("PUT", "/d/self/p/power", b"true", content_format=50)).code == aiocoap.CHANGED
        async with asyncio.timeout(20):
            assert (await anext(aiter(request.observation))).payload == b"true"
        assert plug.values()["power"] is True
        with pytest.raises(SetupMistake, match="in use by another program"):
            async with asking(plug, network, credentials=credentials):
                pass


async def test_after_a_crash_what_was_said_before_is_not_done_again(
    plug: Appliance, network: Network, credentials: Path, key: Key, tmp_path: Path
) -> None:
    """Somebody recorded the hub's command, and the appliance has forgotten that it heard it: it asks for a fresh word first."""
    file, command = credentials / "oscore/sequence.json", recorded(tmp_path / "hub", key)
    async with asking(plug, network, credentials=credentials) as client:
        assert await answer(client, command) == aiocoap.CHANGED
        assert plug.values()["power"] is True
        left = file.read_bytes()
        plug.write({"power": False})
        assert await answer(client, command[:2] + b"77" + command[4:]) == UNAUTHORIZED
        assert plug.values()["power"] is False
    assert b"unknown" in left
    file.write_bytes(left)
    async with asking(plug, network, credentials=credentials) as client:
        await answer(client, command)
        assert plug.values()["power"] is False
        async with hub(tmp_path / "hub", key, client) as fresh:
            assert (await fresh("PUT", "/d/self/p/power", b"true", content_format=50)).code == aiocoap.CHANGED
        assert plug.values()["power"] is True


def recorded(folder: Path, key: Key) -> bytes:
    """Return the datagram of a hub that switches the plug on."""
    context = FilesystemSecurityContext(str(context_folder(folder, swapped(key))))
    message = aiocoap.Message(code=aiocoap.PUT, uri_path=("d", "self", "p", "power"), payload=b"true", content_format=50)
    outer, _ = context.protect(message)
    outer.mtype, outer.mid, outer.token = aiocoap.CON, 1, b"tokn"
    context._destroy()
    return bytes(outer.encode())


async def answer(client: Client, datagram: bytes) -> int:
    """Send a datagram and return the code of what comes back."""
    host, port = client.base.removeprefix("coap://").split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        wire.connect((host, int(port)))
        wire.send(datagram)
        async with asyncio.timeout(20):
            return (await asyncio.get_running_loop().sock_recv(wire, 4096))[1]


async def test_bytes_that_are_no_oscore_do_no_harm(plug: Appliance, network: Network, credentials: Path, key: Key) -> None:
    random = Random(7)
    async with asking(plug, network, credentials=credentials) as client:
        port = int(client.base.rpartition(":")[2])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            for number in range(400):
                option = random.randbytes(random.randrange(13)) if number % 2 else bytes((0x09, number % 256)) + key.sender_id
                head = bytes((0x40, random.choice((1, 2, 3, 5)))) + number.to_bytes(2, "big")
                noise.sendto(head + bytes((0x90 | len(option),)) + option + b"\xff" + random.randbytes(12), (network.address, port))
                await asyncio.sleep(0)
        assert (await client("GET", "/.well-known/core")).code == CONTENT
        assert plug.values()["power"] is False


async def test_somebody_elses_key_opens_nothing(plug: Appliance, network: Network, credentials: Path, key: Key, tmp_path: Path) -> None:
    wrong = Key(identity="x", sender_id=key.sender_id, recipient_id=key.recipient_id, master_secret=secrets.token_bytes(16))
    async with asking(plug, network, credentials=credentials) as stranger, hub(tmp_path / "hub", wrong, stranger) as client:
        with pytest.raises(aiocoap.error.Error):
            await client("PUT", "/d/self/p/power", b"true", content_format=50)
        assert plug.values()["power"] is False


@pytest.mark.parametrize(
    ("spoil", "words"), [(None, "has no oscore/settings.json"), ("{}", "no key that can be used"), ("nonsense", "no key")]
)
def test_a_folder_without_a_key_is_refused_with_words(credentials: Path, spoil: str | None, words: str) -> None:
    file = credentials / "oscore/settings.json"
    file.unlink() if spoil is None else file.write_text(spoil)
    with pytest.raises(SetupMistake, match=words):
        UnitPlan(kind="plug", wire="native-coap", credentials=credentials)
