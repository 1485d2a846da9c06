"""A vendor's appliances out of `profiles/vendor-kit`, each in a process of its own, and the judge before them."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.conformance.order import Order, judged
from gateway.conformance.target import Target
from gateway.conformance.verdict import Result
from gateway.profile.library import Library
from tests.kit.addresses import address

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
KIT = PROFILES / "vendor-kit"
needs_libcoap = pytest.mark.skipif(
    shutil.which("cmake") is None
    or shutil.which("pkg-config") is None
    or subprocess.run(["pkg-config", "--exists", "libcoap-3-notls", "libcjson"], check=False).returncode != 0,
    reason="apt install cmake pkg-config libcoap3-dev libcjson-dev",
)


def part_of_kit(name: str) -> ModuleType:
    """Import a module of the plug in Python."""
    folder = str(KIT / "python")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


@cache
def model(kind: str) -> Any:
    """Return the flat model of a kind as the kit reads it."""
    return part_of_kit("plug.model").Model.read(PROFILES / f"{kind}-1.yaml")


@dataclass(frozen=True)
class Appliance:
    """A running appliance: where it answers, and its hands."""

    url: str
    control: Path
    claim: str


def built(source: Path, folder: Path, flags: str = "-O0") -> Path:
    """Build the light in C and return the program; an AssertionError has what the compiler said."""
    for words in (
        ["-S", str(source), "-B", str(folder), f"-DCMAKE_C_FLAGS=-Werror {flags}", "-DCMAKE_BUILD_TYPE=Debug"],
        ["--build", str(folder), "-j", "2"],
    ):
        done = subprocess.run(["cmake", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "hulian-light"


@asynccontextmanager
async def light(program: Path, folder: Path) -> AsyncIterator[Appliance]:
    """Run the light in C."""
    host, control = address(), folder / "light.sock"
    words = ["--id", "kit-light", "--address", host, "--control", str(control), "--state", str(folder / "light.json")]
    with Running([str(program), *words], folder / "light.log"):
        yield Appliance(f"coap://{host}", control, "light@1")


@asynccontextmanager
async def plug(folder: Path, broker: str = "") -> AsyncIterator[Appliance]:
    """Run the plug in Python, on both transports where a broker is named; what it says on its error channel is in `plug.log`."""
    host, control = address(), folder / "plug.sock"
    words = [
        "--id",
        "kit-plug",
        "--coap",
        f"{host}:5683",
        *(["--mqtt", broker] if broker else []),
        "--control",
        str(control),
        "--state",
        str(folder / "plug.json"),
    ]
    with Running([sys.executable, "-m", "plug", *words], folder / "plug.log"):
        yield Appliance(f"coap://{host}", control, "plug@1")


class Running:
    """A process that says a line when it is ready, and is stopped in good order."""

    def __init__(self, command: list[str], log: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(KIT / "python")}
        with log.open("w") as said:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=environment)

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        assert "ready" in json.loads(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        assert self._process.wait(10) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()


async def judge(appliance: Appliance, *tests: str) -> Result:
    """Return what the judge says of it."""
    target = Target(name=appliance.url, library=Library(), claim=appliance.claim)
    return await judged(Order(target=target, seed=1, tests=tests, control=appliance.control, real=2.0))
