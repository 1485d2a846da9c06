"""An implementation that is not ours and not the library's: libcoap's client from Debian."""

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.protocol.coap import CoapServer, Method
from gateway.protocol.coap.message import JSON, MERGE_PATCH
from tests.protocol.coap.world import Tree, eventually

pytestmark = pytest.mark.interop
COMMAND = "coap-client-notls"


async def libcoap(*arguments: str) -> tuple[bytes, str]:
    """Run the client and return what it printed to stdout and to stderr."""
    if shutil.which(COMMAND) is None:
        pytest.skip(f"{COMMAND} is not installed (Debian: libcoap3-bin)")
    process = await asyncio.create_subprocess_exec(COMMAND, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(45):
        out, complaints = await process.communicate()
    return out, complaints.decode()


async def test_it_gets(tree: Tree, base: str) -> None:
    tree.values["d", "s"] = b'{"power":true}'
    out, _ = await libcoap("-m", "get", "-A", str(JSON), "-B", "10", f"{base}/d/s")
    assert out.strip() == b'{"power":true}'
    assert tree.requests[0].accept == JSON


async def test_it_gets_a_large_body_in_blocks(tree: Tree, base: str, tmp_path: Path) -> None:
    body = bytes(32 + number % 90 for number in range(40_000))
    tree.values["td",] = body
    await libcoap("-m", "get", "-B", "20", "-o", str(tmp_path / "td"), f"{base}/td")
    assert (tmp_path / "td").read_bytes() == body


@pytest.mark.parametrize("size", ["16", "256", "1024"])
async def test_it_puts_a_large_body_in_blocks(tree: Tree, base: str, tmp_path: Path, size: str) -> None:
    body = b"0123456789abcdef" * (100 if size == "16" else 3000)
    (tmp_path / "body").write_bytes(body)
    await libcoap("-m", "put", "-B", "20", "-b", size, "-f", str(tmp_path / "body"), f"{base}/p")
    assert tree.values["p",] == body


async def test_it_puts_patches_and_hears_of_refusals(tree: Tree, base: str) -> None:
    await libcoap("-m", "put", "-B", "10", "-e", "21.5", "-t", str(JSON), f"{base}/p?id=7")
    await libcoap("-m", "ipatch", "-B", "10", "-e", "{}", "-t", str(MERGE_PATCH), f"{base}/s")
    put, patch = tree.requests
    assert (put.method, put.payload, put.content_format, put.query) == (Method.PUT, b"21.5", JSON, (("id", "7"),))
    assert (patch.method, patch.content_format) == (Method.IPATCH, MERGE_PATCH)
    out, complaint = await libcoap("-m", "get", "-B", "10", f"{base}/none")
    assert "4.04" in (out.decode() + complaint)


async def test_it_observes_and_leaves(tree: Tree, server: CoapServer, base: str) -> None:
    tree.values["p",] = b"first "
    watching = asyncio.create_task(libcoap("-m", "get", "-s", "3", "-B", "10", f"{base}/p"))
    await eventually(lambda: tree.watching)
    for number in range(15):
        tree.write(("p",), b"%02d " % number)
        await asyncio.sleep(0.05)
    out, _ = await watching
    assert out.split() == [b"first", *(b"%02d" % number for number in range(15))]
    await eventually(lambda: not server.observations)


async def test_it_observes_a_large_body(tree: Tree, server: CoapServer, base: str) -> None:
    tree.values["p",] = b"x" * 3000
    watching = asyncio.create_task(libcoap("-m", "get", "-s", "2", "-B", "10", f"{base}/p"))
    await eventually(lambda: tree.watching)
    await asyncio.sleep(0.3)
    tree.write(("p",), b"y" * 3000)
    out, _ = await watching
    assert (out.count(b"x"), out.count(b"y")) == (3000, 3000)
    assert server.guard.counts["dropped"] == 0
