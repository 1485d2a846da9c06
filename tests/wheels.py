"""`make wheels`: does the base set install from wheels or pure Python, with no compiler, on the machines people have?"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
GLIBC = ("2_17", "2_28", "2_31", "2_34", "2_36")
"""The tags a Debian 12 machine (glibc 2.36) accepts, of those that wheels are built for."""


def tags(machine: str) -> list[str]:
    return [f"manylinux_{version}_{machine}" for version in GLIBC] + [f"manylinux2014_{machine}"]


def base_set() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return list(project["dependencies"])


def installs(machine: str) -> subprocess.CompletedProcess[str]:
    platforms = [part for tag in tags(machine) for part in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--only-binary=:all:"),
            *("--python-version", "3.11", "-c", str(ROOT / "constraints.txt"), "-d", folder, *platforms, *base_set()),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> None:
    failed = False
    for machine in ("x86_64", "aarch64", "armv7l"):
        outcome = installs(machine)
        print(f"{machine}: {'installs from wheels' if outcome.returncode == 0 else outcome.stderr.strip()}")
        failed |= outcome.returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
