"""What is in a package: for every kind of machine its own libraries, nothing under the GPL, and the same bytes from the same input."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import LEAN, build
from tests.packaging.debian import needs

pytestmark = [pytest.mark.xdist_group("debian"), pytest.mark.long, pytest.mark.timeout(400), needs("dpkg-deb")]

PROCESSORS = {"amd64": 62, "arm64": 183, "armhf": 40}
"""By Debian's name: `e_machine` of an ELF file."""
SECRETS = {"amd64": True, "arm64": True, "armhf": False}
"""Whether cryptography is in it: cffi has no wheel for armv7l."""


def unpacked(package: Path, folder: Path) -> Path:
    subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    return folder


@pytest.mark.parametrize("architecture", PROCESSORS)
def test_every_library_is_for_the_machine_it_is_built_for(architecture: str, package: Path, tmp_path: Path) -> None:
    ours = package.stem.endswith(f"_{architecture}")
    inside = unpacked(package if ours else build(tmp_path / "dist", "--architecture", architecture), tmp_path / "inside")
    libraries = [path for path in inside.rglob("*") if re.search(r"\.so(\.|$)", path.name)]
    assert libraries
    assert {int.from_bytes(path.read_bytes()[18:20], "little") for path in libraries} == {PROCESSORS[architecture]}
    assert bool(list(inside.rglob("site-packages/cryptography"))) == SECRETS[architecture]
    assert bool(list(inside.rglob("site-packages/nicegui"))) == (SECRETS[architecture] and not ours)
    copyright_file = (inside / "usr/share/doc/hulian/copyright").read_text()
    licences = dict(re.findall(r"^  (\S+) \S+: (.*)$", copyright_file, re.MULTILINE))
    assert len(licences) > 20
    assert not [name for name, licence in licences.items() if re.search(r"(?<!L)GPL|GNU General", licence)]


def test_the_same_input_makes_the_same_package(package: Path, tmp_path: Path) -> None:
    again = build(tmp_path, *LEAN)
    assert sums(again) == sums(package)
    assert again.read_bytes() == package.read_bytes()


def sums(package: Path) -> set[str]:
    """Return what the package says of its files."""
    return set(subprocess.run(["dpkg-deb", "--info", package, "md5sums"], check=True, capture_output=True, text=True).stdout.splitlines())
