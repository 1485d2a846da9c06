"""The service under a real systemd, in a clean Debian 12: ready when it is, watched, shut in, and beside Debian's own broker."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packaging.conftest import NEWER
from tests.packaging.debian import Machine, System, clean_debian, needs

pytestmark = [
    pytest.mark.xdist_group("debian"),
    pytest.mark.long,
    pytest.mark.timeout(400),
    needs("debootstrap", "unshare", "nsenter", "dpkg-deb"),
]

UNIT = "hulian.service"
EXPOSURE = 1.5
"""The most that `systemd-analyze security` may find, of 10."""


@pytest.fixture(scope="module")
def system(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system with the package."""
    machine = Machine(clean_debian(), tmp_path_factory.mktemp("service"))
    with installed(machine, package) as running:
        yield running
    shutil.rmtree(machine.layer)


@contextmanager
def installed(machine: Machine, package: Path) -> Iterator[System]:
    machine.put(package, "/root/hulian.deb")
    with machine.booted() as running:
        running.run("dpkg", "--install", "/root/hulian.deb")
        yield running


def test_systemd_knows_when_it_is_ready_and_what_it_does(system: System) -> None:
    told = system.wait(UNIT, ActiveState="active", SubState="running")
    assert told["UnitFileState"] == "enabled"
    assert re.search(r"hub-\w+: 0 of 0 appliances online; mqtt://127.0.0.1:1884, coap://127.0.0.1:5683", told["StatusText"])
    assert "No device yet" in system.run("hulian", "devices").stdout


def test_debians_own_broker_is_left_alone(system: System) -> None:
    system.wait(UNIT, ActiveState="active")
    assert system.told("mosquitto.service")["ActiveState"] == "active"
    asked = system.run("mosquitto_sub", "-h", "127.0.0.1", "-p", "1883", "-t", "$SYS/broker/version", "-C", "1", "-W", "10")
    assert asked.stdout.startswith("mosquitto")


def test_it_stops_in_good_order_and_starts_again(system: System) -> None:
    system.wait(UNIT, ActiveState="active")
    system.run("systemctl", "stop", UNIT)
    assert system.told(UNIT)["Result"] == "success"
    system.run("systemctl", "start", UNIT)
    assert system.told(UNIT)["ActiveState"] == "active"


def test_it_can_do_nothing_but_its_work(system: System) -> None:
    pid = system.wait(UNIT, ActiveState="active")["MainPID"]
    status = dict(line.split(":", 1) for line in system.run("cat", f"/proc/{pid}/status").stdout.splitlines())
    user = system.run("id", "-u", "hulian").stdout.strip()
    assert set(status["Uid"].split()) == {user}
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
    mounts = system.run("cat", f"/proc/{pid}/mounts").stdout.splitlines()
    rights = {line.split()[1]: line.split()[3].split(",")[0] for line in mounts}
    assert rights["/"] == "ro"
    assert {place for place in ("/home", "/root", "/usr", "/etc", "/boot") if rights.get(place) == "rw"} == set()
    assert rights["/var/lib/hulian"] == "rw"


def test_a_gateway_that_hangs_is_started_anew(system: System) -> None:
    system.wait(UNIT, ActiveState="active")
    system.run("mkdir", "-p", f"/run/systemd/system/{UNIT}.d")
    system.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=3\\nRestartSec=0\\n' > /run/systemd/system/{UNIT}.d/soon.conf")
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "restart", UNIT)
    first = system.wait(UNIT, ActiveState="active")
    system.run("sh", "-c", f"kill -STOP {first['MainPID']}")
    again = system.wait(UNIT, ActiveState="active", NRestarts=str(int(first["NRestarts"]) + 1))
    assert again["MainPID"] != first["MainPID"]
    assert "watchdog" in system.journal(UNIT).lower()


def test_systemd_finds_nothing_wrong_with_the_unit_and_little_exposed(system: System) -> None:
    verified = system.run("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/hulian.service")
    assert "hulian" not in verified.stderr
    found = system.run("systemd-analyze", "security", "--no-pager", UNIT).stdout
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", found)
    assert level, found
    print(level[0])
    assert float(level[1]) <= EXPOSURE, found


def test_an_upgrade_keeps_the_home_and_the_service_goes_on(machine: Machine, package: Path, newer_package: Path) -> None:
    machine.put(newer_package, "/root/newer.deb")
    with installed(machine, package) as system:
        before = system.wait(UNIT, ActiveState="active")["StatusText"].partition(":")[0]
        system.run("dpkg", "--install", "/root/newer.deb")
        after = system.wait(UNIT, ActiveState="active")["StatusText"].partition(":")[0]
        assert after == before
        assert NEWER in system.run("hulian", "--version").stdout
        assert re.search(r"state\.db\.schema-\d+", system.run("ls", "/var/lib/hulian/backups").stdout)
        refused = system.run("dpkg", "--install", "/root/hulian.deb", check=False)
        assert refused.returncode != 0
        assert f"version {NEWER} is installed" in refused.stderr
        system.wait(UNIT, ActiveState="active")
        system.run("dpkg", "--purge", "hulian")
        assert system.told(UNIT)["LoadState"] == "not-found"
