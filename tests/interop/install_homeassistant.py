"""Installs the Home Assistants the tests look at, each into a virtual environment of its own; says so where it cannot.

Run by `make interop`. A release that is installed already, from the same list, is left as it is.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RELEASES = {"2025.4": "3.13", "2024.3": "3.11"}
"""Release of Home Assistant to the version of Python it runs on."""


def main() -> None:
    """Install what is missing; never fail, for the tests say what is not there."""
    for release, version in RELEASES.items():
        problem = install(release, version)
        if problem:
            print(f"Home Assistant {release} could not be installed, its tests will be skipped: {problem}")


def install(release: str, version: str) -> str:
    """Install one release; return what is in the way, empty when it is there."""
    requirements = Path(__file__).parent / f"requirements-homeassistant-{release}.txt"
    folder = ROOT / f".venv-homeassistant-{release}"
    stamp, wanted = folder / ".installed", hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return ""
    python = next((found for found in pythons(version) if is_good(found, version)), None)
    if python is None:
        return f"there is no Python {version} with venv here; put python{version} on the PATH, or install it with pyenv"
    print(f"Installing Home Assistant {release} (about two minutes the first time) ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps", "--no-compile"]
    for command in ([python, "-m", "venv", str(folder)], [*pip, "-r", str(requirements)]):
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
        if result.returncode:
            lines = [line for line in (result.stderr or result.stdout).splitlines() if not line.startswith("WARNING")]
            return lines[-1] if lines else f"{command[0]} failed"
    stamp.write_text(wanted)
    return ""


def pythons(version: str) -> Iterator[str]:
    """Return the interpreters that may be of this version: on the PATH, then pyenv's."""
    if found := shutil.which(f"python{version}"):
        yield found
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
        yield from sorted(str(path) for path in Path(root).glob(f"versions/{version}*/bin/python{version}"))
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield sys.executable


def is_good(python: str, version: str) -> bool:
    """Return whether an interpreter runs, is of this version and can make virtual environments: a shim of pyenv may not."""
    probe = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False).stdout.strip() == version


if __name__ == "__main__":
    main()
