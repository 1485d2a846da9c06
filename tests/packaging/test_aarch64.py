"""On the processor of a Raspberry Pi: everything imports, and tests of `gateway/profile` and `gateway/protocol` run, emulated.

The Python is Debian's for arm64, the libraries are the wheels a Raspberry Pi gets, and qemu reads both (it is called by name: the kernel
here need not know the other processor's programs). It is some fifteen times slower, so what runs is chosen: what reads bytes, numbers and
times, and what goes through the compiled libraries.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.kit.demo import ROOT
from tests.packaging.debian import CACHE, alone
from tests.wheels import tags

EMULATOR = "qemu-aarch64-static"
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"needs {EMULATOR}"),
    pytest.mark.skipif(shutil.which("apt-get") is None, reason="needs apt-get, for Debian's Python for arm64"),
]

LIBRARIES = ("pytest", "pytest-asyncio", "pytest-timeout", "hypothesis", "jsonschema")
CHOSEN = (
    "tests/profile/test_canonical.py",
    "tests/profile/test_features.py",
    "tests/profile/test_library.py",
    "tests/profile/test_values.py",
    "tests/protocol/test_payload.py",
    "tests/protocol/test_resources.py",
    "tests/protocol/test_senml.py",
    "tests/protocol/test_topics.py",
    "tests/protocol/coap/test_wire.py",
    "tests/protocol/mdns/test_packet.py",
    "tests/protocol/mqtt/test_packets.py",
    "tests/protocol/mqtt/test_parts.py",
)
FEWEST = 100
"""Tests that must have passed: fewer, and something was not found."""
WRAPPER = """\
#!/bin/sh
exec {emulator} -0 "$0" -L {root} {root}/usr/bin/python3.11 "$@"
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """A Python for aarch64 that runs here, with the base set and what the tests need."""
    folder = CACHE.with_name("aarch64")
    with alone(folder / "lock"):
        wanted = "\n".join((*_libraries(), (ROOT / "constraints.txt").read_text()))
        made = folder / "made"
        if not made.exists() or made.read_text() != wanted:
            for name in ("root", "site", "apt"):
                shutil.rmtree(folder / name, ignore_errors=True)
            _unpack_debian(folder)
            _install_wheels(folder / "site")
            (folder / "python3").write_text(WRAPPER.format(emulator=EMULATOR, root=folder / "root"))
            (folder / "python3").chmod(0o755)
            made.write_text(wanted)
    return folder / "python3"


def _libraries() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return (*project["dependencies"], *LIBRARIES)


def _unpack_debian(folder: Path) -> None:
    """Fetch Debian's Python for arm64 and what it stands on, and unpack it; this machine's own packages stay as they are."""
    apt = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    told = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Sandbox::User": "root",
        "Dir::State": apt / "state",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
    }
    options = [part for name, value in told.items() for part in ("-o", f"{name}={value}")]
    subprocess.run(["apt-get", *options, "update"], check=True, capture_output=True, timeout=200)
    fetch = ["install", "--yes", "--no-install-recommends", "--download-only", "python3.11"]
    subprocess.run(["apt-get", *options, *fetch], check=True, capture_output=True, timeout=200)
    for package in (apt / "cache/archives").glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, folder / "root"], check=True)
    shutil.rmtree(apt)


def _install_wheels(site: Path) -> None:
    platforms = [part for tag in reversed(tags("aarch64")) for part in ("--platform", tag)]
    abis = [part for abi in ("cp311", "abi3", "none") for part in ("--abi", abi)]
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--target", str(site), "--only-binary=:all:"]
    python = ["--implementation", "cp", "--python-version", "3.11", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, *python, *abis, *platforms, *_libraries()], check=True, timeout=300)


def emulated(python: Path, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{python.parent / 'site'}:{ROOT}",
        "PYTHONHOME": "/usr",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HULIAN_EXAMPLES": "5",
        "LANG": "C.UTF-8",
    }
    return subprocess.run([python, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


def test_all_that_needs_no_extra_imports(python: Path) -> None:
    code = """
import importlib, pkgutil, platform
import gateway, firmware_sim
from gateway.errors import ExtraMissing
failed, EXTRAS = [], {"OpenSSL", "amqtt", "cryptography", "lakers", "mbedtls", "uvloop"}
EXTRAS |= {"fastapi", "nicegui", "prometheus_client", "starlette"}  # pages and the API
for package in (gateway, firmware_sim):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
        except ExtraMissing:
            continue  # says itself which extra it needs
        except ImportError as error:
            if error.name not in EXTRAS:
                failed.append(f"{module.name}: {error}")
print(platform.machine(), failed)
"""
    done = emulated(python, "-c", code, timeout=300)
    assert done.stdout.startswith("aarch64 "), done.stderr[-2000:]
    assert done.stdout.strip() == "aarch64 []"


def test_the_tests_of_profile_and_protocol_pass(python: Path) -> None:
    skipping = ("-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=300", "-o", "addopts=--strict-markers --import-mode=importlib")
    done = emulated(python, "-m", "pytest", "-q", "-rs", *skipping, *CHOSEN, timeout=800)
    found = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert found
    assert int(found[1]) >= FEWEST
    print(done.stdout.splitlines()[-1])
