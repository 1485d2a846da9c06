"""The package in a clean Debian 12 that has no network: installed, used, removed, purged."""

import json
import re
import sys
import tempfile
from pathlib import Path

import pytest

from tests.kit.demo import ROOT
from tests.packaging.debian import Machine, needs

pytestmark = [pytest.mark.xdist_group("debian"), pytest.mark.long, pytest.mark.timeout(400), needs("debootstrap", "unshare", "dpkg-deb")]

DEMO = """
hulian demo --plain --home demo --mqtt-port 0 --coap-port 0 >/tmp/demo &
gateway=$!
for try in $(seq 300); do grep -q ready /tmp/demo && break; sleep 0.2; done
cat /tmp/demo
hulian devices --json
stat -c '%U %a' /var/lib/hulian/demo-demo/state.db
stat -c %U /proc/$gateway
kill $gateway; wait $gateway || true
"""
RUN = """
mosquitto -d -p 1883 2>/dev/null
setpriv --reuid=hulian --regid=hulian --clear-groups hulian run --config /etc/hulian/hulian.toml >/tmp/run 2>&1 &
gateway=$!
for try in $(seq 300); do grep -q ' runs: ' /tmp/run 2>/dev/null && break; sleep 0.2; done
cat /tmp/run
hulian devices
hulian backup - >/tmp/home
kill $gateway; wait $gateway
find /var/lib/hulian /tmp/home -printf '%u %m %y %p\\n'
hulian restore - --check </tmp/home
"""


@pytest.fixture
def installed(machine: Machine, package: Path) -> Machine:
    machine.run("dpkg", "--install", machine.put(package, "/root/hulian.deb"))
    return machine


def test_it_installs_without_a_network_and_as_nobody_in_particular(installed: Machine) -> None:
    user = installed.run("getent", "passwd", "hulian").stdout.strip().split(":")
    assert user[5:] == ["/var/lib/hulian", "/usr/sbin/nologin"]
    assert int(user[2]) < 1000
    assert installed.shell("stat -c '%U:%G %a' /var/lib/hulian").stdout == "hulian:hulian 700\n"
    assert re.fullmatch(r"hulian \d+\.\d+\.\d+\n", installed.run("hulian", "--version").stdout)
    assert (
        installed.run("readlink", "/etc/systemd/system/multi-user.target.wants/hulian.service").stdout
        == "/lib/systemd/system/hulian.service\n"
    )
    assert "hulian" in installed.run("bash", "-c", ". /usr/share/bash-completion/completions/hulian; complete -p hulian").stdout
    assert installed.run("hulian", "config", "check", "/etc/hulian/hulian.toml").stdout.startswith("/etc/hulian/hulian.toml: good")


def test_nothing_of_the_program_belongs_to_its_user_or_may_be_changed_by_it(installed: Machine) -> None:
    mine = installed.shell("find / -xdev -user hulian -not -path '/var/lib/hulian*' -not -path '/proc/*'").stdout
    assert mine == ""
    writable = installed.shell("find /usr/lib/hulian /usr/share/hulian /etc/hulian \\( -perm /022 -o -perm /6000 \\) -not -type l").stdout
    assert writable == ""


def test_no_place_of_the_machine_that_built_it_is_in_it(installed: Machine) -> None:
    places = f"-e '{ROOT}' -e '{sys.prefix}' -e '{tempfile.gettempdir()}/tmp'"
    installed.shell(f"! grep -rl --exclude-dir=sboms {places} /usr/lib/hulian /usr/share/hulian /usr/share/doc/hulian")


def test_the_demo_runs_and_root_looks_at_it_as_the_services_user(installed: Machine) -> None:
    said = installed.shell(DEMO).stdout.splitlines()
    ready = json.loads(said[0])
    assert ready["event"] == "ready"
    assert ready["broker"] == "mosquitto"
    assert {device["id"] for device in json.loads(said[1])} == set(ready["devices"])
    assert said[2] == "hulian 600"
    assert said[3] == "hulian"


def test_the_gateway_runs_with_the_packages_configuration_beside_debians_own_broker(installed: Machine) -> None:
    said = installed.shell(RUN).stdout
    assert "mqtt://127.0.0.1:1884" in said
    assert "No device yet" in said
    kept = set(re.findall(r"^(\S+ \d+ [fds]) (?!/tmp/home)", said, re.MULTILINE))
    assert kept == {"hulian 600 f", "hulian 700 d"}
    assert "Sound: hub-" in said


def test_an_altered_file_is_reported(installed: Machine) -> None:
    assert installed.run("/usr/lib/hulian/check-files").stdout == ""
    installed.shell("echo 'port = 1883' >> /etc/hulian/hulian.toml")
    assert installed.run("/usr/lib/hulian/check-files").stdout == ""
    installed.shell("echo '# by me' >> $(find /usr/lib/hulian -path '*/gateway/app/running.py')")
    found = installed.run("/usr/lib/hulian/check-files", check=False)
    assert found.returncode == 1
    assert "gateway/app/running.py" in found.stdout


def test_removing_keeps_the_home_and_purging_takes_all_of_it(installed: Machine) -> None:
    installed.shell("install -o hulian -g hulian -m 600 /dev/null /var/lib/hulian/state.db; echo '# mine' >> /etc/hulian/hulian.toml")
    installed.run("dpkg", "--remove", "hulian")
    assert installed.shell("ls /var/lib/hulian; tail -1 /etc/hulian/hulian.toml; ls -d /usr/lib/hulian /usr/bin/hulian || true").stdout == (
        "state.db\n# mine\n"
    )
    installed.run("dpkg", "--purge", "hulian")
    left = installed.shell("find / -xdev -name '*hulian*' -not -path '/root/*'").stdout
    assert left == ""
    assert installed.shell("getent passwd hulian || getent group hulian || echo nobody").stdout == "nobody\n"
    installed.run("dpkg", "--install", "/root/hulian.deb")
    assert installed.shell("ls -A /var/lib/hulian").stdout == ""
