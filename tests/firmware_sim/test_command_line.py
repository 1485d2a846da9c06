"""`hulian-sim` as a person or a program starts it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.profile import kinds

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


LAVA_LAMP = """
title: Lava lamp
titles: {en: Lava lamp, zh-Hans: 熔岩灯}
links: [{rel: "tm:extends", href: ./light-1.yaml}]
hl:kind: lava-lamp
"""


async def test_a_kind_of_ones_own_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "lava-lamp-1.yaml"
    path.write_text(LAVA_LAMP, encoding="utf-8")
    code, out, _ = await finished("--list", "--profiles", str(tmp_path))
    assert code == 0
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert set(lines) == {*kinds(), "lava-lamp"}
    assert "熔岩灯" in lines["lava-lamp"]
    assert "generic model" in lines["lava-lamp"]
    assert "model of its own" in lines["air-conditioner"]
    for wish in ([str(path)], ["lava-lamp", "--profiles", str(tmp_path)]):
        async with running(*wish, "--address", "127.0.33.5", "--port", "0") as ready:
            assert [unit["kind"] for unit in ready["units"]] == ["lava-lamp"]


async def test_every_kind_of_the_standard_is_named_in_the_help() -> None:
    code, out, _ = await finished("--help")
    assert code == 0
    unwrapped = "".join(out.split())
    assert [kind for kind in kinds() if kind not in unwrapped] == []


async def test_a_composite_starts_with_its_parts_on_the_addresses_that_follow() -> None:
    async with running("integrated-stove", "--address", "127.0.33.20", "--id", "stove-33") as ready:
        found = [(unit["id"], unit["kind"], unit["address"]) for unit in ready["units"]]
    assert found == [
        ("stove-33", "integrated-stove", "127.0.33.20"),
        ("stove-33-hood", "range-hood", "127.0.33.21"),
        ("stove-33-hob", "gas-hob", "127.0.33.22"),
        ("stove-33-steriliser", "steriliser", "127.0.33.23"),
    ]


async def test_a_home_lives_from_the_base_address_given(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text('titles: {en: Flat, zh-Hans: 公寓}\nunits: [{repeat: 2, id: "lamp-33-{n}", kind: light, wire: native-coap}]')
    async with running("--home", str(path), "--base-address", "127.0.33.30") as ready:
        assert ready["home"] == {"name": "home", "titles": {"en": "Flat", "zh-Hans": "公寓"}}
        assert [unit["address"] for unit in ready["units"]] == ["127.0.33.30", "127.0.33.31"]


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[dict[str, Any]]:
    """Start a simulator, yield its ready line, end it."""
    process = await started(*arguments)
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 40)
        assert line, await process.communicate()
        yield json.loads(line)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 40)


@pytest.mark.parametrize(
    ("wire", "told"), [("midea-v3", {"device", "token", "key"}), ("miio", {"did", "token"}), ("midea-v2", set()), ("native-coap", set())]
)
async def test_the_first_line_tells_what_the_makers_cloud_would_tell_an_owner(address: str, wire: str, told: set[str]) -> None:
    async with running("air-conditioner", "--wire", wire, "--address", address) as ready:
        (unit,) = ready["units"]
        assert set(unit.get("account", {})) == told
