"""`hulian-sim` as a person or a program starts it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SIMULATOR = (sys.executable, "-m", "firmware_sim.cli")


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *SIMULATOR, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "COLUMNS": "200"}
    )


async def finished(*arguments: str) -> tuple[int | None, str, str]:
    process = await started(*arguments)
    out, err = await asyncio.wait_for(process.communicate(), 40)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_when_it_is_ready_and_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "sim.sock"
    process = await started(
        "light", "--wire", "native-coap", "--address", "127.0.33.1", "--port", "0", "--id", "lamp", "--control", str(path)
    )
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 40))
    assert ready["event"] == "ready"
    unit = ready["units"][0]
    assert (unit["id"], unit["kind"], unit["wire"], unit["address"]) == ("lamp", "light", "native-coap", "127.0.33.1")
    assert unit["port"] > 0
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b'{"do":"truth"}\n')
    assert json.loads(await asyncio.wait_for(reader.readline(), 20))["truth"]["powered"] is True
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 40)
    writer.close()
    assert (process.returncode, out) == (0, b"")
    assert b"Traceback" not in err
    assert not path.exists()


async def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    command = (*SIMULATOR, "light", "--address", "127.0.33.2", "--port", "0", "--with-parent")
    script = f"import subprocess,sys,time; subprocess.Popen({command!r}, stdout=open({str(lines)!r}, 'w')); time.sleep(600)"
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    async with asyncio.timeout(40):
        while not lines.exists() or not lines.read_text():
            await asyncio.sleep(0.1)
        child = next(pid for pid in _children(parent.pid))
        parent.kill()
        await parent.wait()
        while _alive(child):
            await asyncio.sleep(0.1)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "either a KIND or --home"),
        (("light", "--home", "demo"), "either a KIND or --home"),
        (("toaster",), "no simulated 'toaster'; there are air-conditioner"),
        (("light", "--wire", "smoke"), "no wire 'smoke'; there are native"),
        (("light", "--wire", "native-mqtt"), "name the broker with --broker"),
        (("light", "--features", "WINGS"), "no feature 'WINGS'"),
        (("--home", "castle"), "there is no home 'castle'"),
        (("light", "--address", "192.0.2.7"), "is no address of this machine"),
    ],
)
async def test_a_mistake_ends_with_code_2_and_says_what_to_do(arguments: tuple[str, ...], words: str) -> None:
    code, out, err = await finished(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


@pytest.fixture
def taken(address: str) -> Iterator[str]:
    """An address whose CoAP and Midea ports somebody else has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as coap, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as midea:
        coap.bind((address, 5683))
        midea.bind((address, 6444))
        midea.listen()
        yield address


@pytest.fixture
def address() -> str:
    """An address that no other test process uses."""
    return f"127.35.{os.getpid() >> 7 & 0xFF}.{(os.getpid() & 0x7F) + 1}"


@pytest.mark.parametrize(("kind", "wire"), [("light", "native-coap"), ("air-conditioner", "midea-v2")])
async def test_a_taken_address_ends_with_code_2_and_one_line(taken: str, kind: str, wire: str) -> None:
    code, out, err = await finished(kind, "--wire", wire, "--address", taken)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{taken} is in use by another program" in err


async def test_a_home_on_a_taken_address_ends_with_code_2_and_one_line(taken: str, tmp_path: Path) -> None:
    units = [
        {"id": "light-1", "kind": "light", "wire": "native-coap", "address": taken},
        {"id": "light-2", "kind": "light", "wire": "native-coap", "address": "127.0.33.3", "port": 0},
        {"id": "ac-1", "kind": "air-conditioner", "wire": "midea-v2", "address": taken},
    ]
    home = tmp_path / "home.yaml"
    home.write_text(json.dumps({"name": "taken", "units": units}))
    code, out, err = await finished("--home", str(home))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{taken} is in use by another program" in err


async def test_a_state_folder_that_cannot_be_written_ends_with_code_2_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = await finished("light", "--address", "127.0.33.4", "--port", "0", "--state", str(tmp_path / "file" / "below"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--state" in err


async def test_the_help_shows_examples() -> None:
    code, out, _ = await finished("--help")
    assert code == 0
    assert "hulian-sim --home city-flat" in out
    assert "--with-parent" in out
