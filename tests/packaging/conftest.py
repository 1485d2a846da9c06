"""Packages, each built once a run, and a clean Debian for each test."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.demo import ROOT
from tests.packaging.debian import Machine, alone, clean_debian

LEAN = ("--without", "web")
"""The pages are most of the files of a package and nothing to most of its tests; one is built whole to see that they can be in it."""
BUILD = ROOT / "packaging" / "debian" / "build.py"
FOLDERS = ("gateway", "firmware_sim", "profiles")
FILES = ("pyproject.toml", "hatch_build.py", "constraints.txt", "CHANGELOG.md", "README.md", "LICENSE")
NEWER = "99.0"
EPOCH = "1795900000"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def package(shared: Path) -> Path:
    """The package of this tree, for this machine."""
    return built(shared / "package", ROOT)


@pytest.fixture(scope="session")
def newer_package(shared: Path) -> Path:
    """A later version, whose state has one table more."""
    return built(shared / "newer", None)


def built(folder: Path, source: Path | None) -> Path:
    with alone(folder / "lock"):
        if not any(folder.glob("*.deb")):
            tree = source or later(folder / "tree")
            build(folder, "--source", str(tree), *LEAN)
        (found,) = folder.glob("*.deb")
    return found


def build(folder: Path, *arguments: str) -> Path:
    command = [sys.executable, str(BUILD), "--fast", "--output", str(folder), *arguments]
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    return Path(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, env=environment).stdout.strip())


def later(tree: Path) -> Path:
    """Copy this tree and make it the next version."""
    tree.mkdir()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    project = tree / "pyproject.toml"
    project.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{NEWER}"', project.read_text(), count=1))
    state = tree / "gateway/storage/state.py"
    text, added = re.subn(r'(?m)^(    (?:"""|".*;"),\n)\)\n', r'\1    "CREATE TABLE later (name TEXT);",\n)\n', state.read_text(), count=1)
    assert added == 1
    state.write_text(text)
    return tree


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A clean Debian 12 of this test's own."""
    layer = tmp_path / "machine"
    layer.mkdir()
    yield Machine(clean_debian(), layer)
    shutil.rmtree(layer)
