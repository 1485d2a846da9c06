"""The program's folder: our wheel and every library it needs, unpacked as the site of a virtual environment.

The environment's Python is Debian's own, by a symbolic link; it is a folder with a `pyvenv.cfg`, put together without running
anything of the target, so it can be made for another kind of machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from machines import Machine

PYTHON = "python3.11"
"""What Debian 12 has; bytecode and compiled libraries are for this one."""
ENTRY = """\
#!{prefix}/bin/python3 -P
import sys

from gateway.cli.main import main

sys.exit(main())
"""


def install(source: Path, folder: Path, prefix: str, machine: Machine) -> Path:
    """Fill `folder`, which will be `prefix` on the target; return its site folder."""
    site = folder / "lib" / PYTHON / "site-packages"
    site.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        _pip("wheel", "--no-deps", "--wheel-dir", work, str(source))
        (wheel,) = Path(work).glob("hulian-*.whl")
        extras = f"[{','.join(machine.extras)}]" if machine.extras else ""
        platforms = [part for tag in machine.tags for part in ("--platform", tag)]
        abis = [part for abi in ("cp311", "abi3", "none") for part in ("--abi", abi)]
        python = ("--implementation", "cp", "--python-version", "3.11")
        wanted = f"hulian{extras} @ {wheel.as_uri()}"
        pinned = ("--only-binary=:all:", "--no-compile", "--constraint", str(source / "constraints.txt"))
        _pip("install", "--target", str(site), *pinned, *python, *abis, *platforms, wanted)
    _trim(site)
    _environment(folder, prefix)
    return site


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", arguments[0], "-qq", "--disable-pip-version-check", *arguments[1:]], check=True)  # noqa: S603


def _trim(site: Path) -> None:
    """Take away what is no use on the target or tells of the machine that built it."""
    shutil.rmtree(site / "bin", ignore_errors=True)
    for left in (*site.glob("*.dist-info/direct_url.json"), *site.glob("*.dist-info/REQUESTED"), *site.rglob("*.pyi")):
        left.unlink()
    for record in site.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        record.write_text("".join(line for line in lines if (site / line.partition(",")[0].strip('"')).exists()), encoding="utf-8")


def _environment(folder: Path, prefix: str) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "python3").symlink_to(f"/usr/bin/{PYTHON}")
    entry = folder / "bin" / "hulian"
    entry.write_text(ENTRY.format(prefix=prefix))
    entry.chmod(0o755)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n")


def compile_all(stage: Path, folder: Path, epoch: int) -> None:
    """Write bytecode that holds as long as the sources keep the time they get here; the same input makes the same bytes."""
    settle(stage, epoch)
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}  # it would choose another mode
    environment["PYTHONHASHSEED"] = "0"  # sets of constants are written in the order of their hashes
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "compileall", "-q", "-s", str(stage), "-p", "/", "--invalidation-mode", "timestamp", str(folder / "lib")],
        check=True,
        env=environment,
    )
    settle(stage, epoch)


def settle(stage: Path, epoch: int) -> None:
    """Give everything one time and plain rights."""
    for path in (stage, *stage.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


MIXED = {"docutils": "public domain and BSD-2-Clause; a mode for Emacs under another licence is not in its wheel"}
"""Libraries whose metadata names the licences of parts that are not installed."""


def licences(site: Path) -> list[tuple[str, str, str]]:
    """Return name, version and licence of every library in the site, as its own metadata says."""
    return sorted(_licence(path) for path in site.glob("*.dist-info/METADATA"))


def _licence(metadata: Path) -> tuple[str, str, str]:
    name = version = licence = classified = ""
    for line in metadata.read_text(encoding="utf-8").partition("\n\n")[0].splitlines():
        field, _, value = line.partition(": ")
        match field:
            case "Name":
                name = value
            case "Version":
                version = value
            case "License-Expression" | "License" if not licence:
                licence = value.strip()
            case "Classifier" if value.startswith("License :: "):
                classified = value.rpartition(" :: ")[2]
    if name in MIXED:
        return name, version, MIXED[name]
    return name, version, licence if 0 < len(licence) < 60 else classified or "see its licence file"  # noqa: PLR2004 - a name, not a text
