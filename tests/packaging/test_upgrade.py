"""From one version to the next and back: the home moves along, nobody goes back by mistake, and a power cut leaves a program."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.storage.state import MIGRATIONS
from tests.packaging.conftest import NEWER
from tests.packaging.debian import Machine, needs

pytestmark = [pytest.mark.xdist_group("debian"), pytest.mark.long, pytest.mark.timeout(600), needs("debootstrap", "unshare", "dpkg-deb")]

SCHEMA = len(MIGRATIONS)
BEGUN = """
gateway_ran() {
  hulian run --config /etc/hulian/hulian.toml >/tmp/run 2>&1 &
  gateway=$!
  for try in $(seq 150); do grep -q -e ' runs: ' -e '^hulian: ' /tmp/run 2>/dev/null && break; sleep 0.2; done
  kill $gateway 2>/dev/null || true
  wait $gateway || true
  cat /tmp/run
  rm /tmp/run
}
"""
STARTS_TO_KILL = 2
RENAMES = "rename,renameat,renameat2"


def hub(said: str) -> str:
    found = re.search(r"Hulian (hub-\w+) runs", said)
    assert found, said
    return found[1]


@pytest.fixture
def lived_in(machine: Machine, package: Path) -> Machine:
    """A machine on which the present version has run."""
    machine.run("dpkg", "--install", machine.put(package, "/root/hulian.deb"))
    hub(machine.shell(f"{BEGUN}gateway_ran").stdout)
    return machine


def test_up_and_down_again(lived_in: Machine, newer_package: Path) -> None:
    machine = lived_in
    before = hub(machine.shell(f"{BEGUN}gateway_ran").stdout)
    machine.run("dpkg", "--install", machine.put(newer_package, "/root/newer.deb"))
    assert hub(machine.shell(f"{BEGUN}gateway_ran").stdout) == before
    assert machine.shell("ls /usr/lib/hulian").stdout == f"{NEWER}\ncheck-files\n"

    refused = machine.run("dpkg", "--install", "/root/hulian.deb", check=False)
    assert refused.returncode != 0
    assert f"version {NEWER} is installed" in refused.stderr

    refused = machine.shell("HULIAN_DOWNGRADE=yes dpkg --install /root/hulian.deb", check=False)
    assert refused.returncode != 0
    assert f"its schema is {SCHEMA + 1}, version 0.1.0 knows {SCHEMA}" in refused.stderr
    offered = re.search(r"hulian restore (\S+)", refused.stderr)
    assert offered, refused.stderr
    assert NEWER in machine.run("hulian", "--version").stdout
    assert machine.run("dpkg-query", "--show", "--showformat=${db:Status-Status}", "hulian").stdout == "installed"

    machine.run("hulian", "restore", offered[1])
    machine.shell("HULIAN_DOWNGRADE=yes dpkg --install /root/hulian.deb")
    assert hub(machine.shell(f"{BEGUN}gateway_ran").stdout) == before


def test_an_older_version_is_not_installed_over_data_that_stayed(lived_in: Machine, newer_package: Path) -> None:
    machine = lived_in
    machine.run("dpkg", "--install", machine.put(newer_package, "/root/newer.deb"))
    machine.shell(f"{BEGUN}gateway_ran; dpkg --remove hulian")
    refused = machine.run("dpkg", "--install", "/root/hulian.deb", check=False)
    assert refused.returncode != 0
    assert "was written by a newer version" in refused.stderr


def test_a_changed_configuration_is_kept(lived_in: Machine, newer_package: Path) -> None:
    machine = lived_in
    machine.shell("sed -i 's/^port = 1884/port = 1885/' /etc/hulian/hulian.toml")
    machine.run("dpkg", "--install", machine.put(newer_package, "/root/newer.deb"))
    assert "mqtt://127.0.0.1:1885" in machine.shell(f"{BEGUN}gateway_ran").stdout


def test_an_upgrade_cut_off_anywhere_leaves_the_old_program_or_the_new(lived_in: Machine, newer_package: Path) -> None:
    """dpkg is killed at renames from the first to the last; what starts then is one whole version, and the upgrade can be done again."""
    machine = lived_in
    machine.put(newer_package, "/root/newer.deb")
    below = machine.layer.with_name("before")
    subprocess.run(["cp", "-a", machine.layer, below], check=True)
    counted = f"strace -qqq -o /tmp/renames -e trace={RENAMES} dpkg --unpack /root/newer.deb; wc -l </tmp/renames"
    total = int(machine.shell(counted).stdout.split()[-1])
    early, late = range(1, total - 50, total // STARTS_TO_KILL), range(total - 50, total + 2, 6)
    found: list[tuple[int, int, str]] = []
    for number in (*early, *late):
        shutil.rmtree(machine.layer, ignore_errors=True)
        subprocess.run(["cp", "-a", below, machine.layer], check=True)
        killing = f"-e trace={RENAMES} -e inject={RENAMES}:signal=KILL:when={number}"
        killed = machine.shell(f"strace -qqq -o /dev/null {killing} dpkg --unpack /root/newer.deb", check=False)
        version = machine.run("hulian", "--version").stdout.split()[1]
        if not found or version != found[-1][2]:
            hub(machine.shell(f"{BEGUN}gateway_ran").stdout)
        found.append((number, killed.returncode, version))
        if killed.returncode == 0:
            break
    versions = [version for _, _, version in found]
    assert [version for version, _ in itertools.groupby(versions)] == ["0.1.0", versions[-1]], found
    assert versions[-1].startswith(NEWER)
    machine.shell("dpkg --configure -a; dpkg --install /root/newer.deb")
    assert NEWER in machine.run("hulian", "--version").stdout
