"""Builds a real ESPHome node that runs on this machine: `python tests/interop/esphome_firmware.py`, three minutes once.

ESPHome writes the node's program (C++), and the system's own compiler builds it, for ESPHome's usual builder loads its tools from a
registry of its own. What is built lies in `.venv-esphome/`; it is under the GPL and only ever run as a program beside ours. In clear only:
what enciphers is in a library of that registry.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".venv-esphome"
PROGRAM = PLACE / "hosted"
VERSION = "2026.6.5"
FLAGS = ("-c", "-O0", "-w", "-std=gnu++20", "-fno-exceptions", "-DUSE_HOST", "-DESPHOME_LOG_LEVEL=ESPHOME_LOG_LEVEL_INFO", "-Isrc")
CONFIGURATION = Path(__file__).with_name("esphome_firmware.yaml")


def main() -> None:
    """Build it, unless it is there."""
    if PROGRAM.exists():
        return
    python = PLACE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
    subprocess.run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", f"esphome=={VERSION}"], check=True)
    written = PLACE / "node"
    written.mkdir(exist_ok=True)
    shutil.copy(CONFIGURATION, written / CONFIGURATION.name)
    subprocess.run([PLACE / "bin" / "esphome", "compile", "--only-generate", CONFIGURATION.name], cwd=written, check=True)
    _compile(written / ".esphome" / "build" / "hosted")
    print(PROGRAM)


def _compile(folder: Path) -> None:
    sources = sorted((folder / "src").rglob("*.cpp"))
    objects = [source.with_suffix(".o") for source in sources]
    running: list[subprocess.Popen[bytes]] = []
    for source, made in zip(sources, objects, strict=True):
        if made.exists() and made.stat().st_mtime > source.stat().st_mtime:
            continue
        if len(running) >= (os.cpu_count() or 1):
            _ended(running.pop(0))
        running.append(subprocess.Popen(["g++", *FLAGS, "-o", made, source], cwd=folder))
    for each in running:
        _ended(each)
    subprocess.run(["g++", "-o", PROGRAM, *objects, "-lpthread"], check=True)


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.wait() != 0:
        raise SystemExit(f"the compiler failed: {process.args!r}")


if __name__ == "__main__":
    main()
