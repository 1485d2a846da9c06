"""`pipx install .` for whoever has no Debian: the base set, in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.demo import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def test_pipx_installs_it_and_the_command_works(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "venv", str(tools)], check=True)
    subprocess.run([tools / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "pipx"], check=True, timeout=120)
    home = {"HOME": str(tmp_path / "home"), "PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin"), "USE_EMOJI": "0"}
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "HULIAN_"))}
    environment = {**outside, **home, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    installed = subprocess.run(
        [tools / "bin/pipx", "install", "--python", sys.executable, str(ROOT)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert installed.returncode == 0, installed.stdout[-2000:] + installed.stderr[-2000:]
    command = tmp_path / "bin" / "hulian"
    for arguments, words in ((("--version",), "hulian "), (("profile", "list"), "air-conditioner"), (("backup", "--help"), "--with-key")):
        said = subprocess.run([command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60)
        assert words in said.stdout
    assert (tmp_path / "bin" / "hulian-sim").exists()
