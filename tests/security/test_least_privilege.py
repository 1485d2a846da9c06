"""A hub as an ordinary user without any capability, on a machine where it may write into its data folder and nowhere else."""

import json
import stat
import sys
from pathlib import Path

import pytest

from tests.kit.demo import ROOT, ask, eventually
from tests.kit.hosts import Host, needs_hosts, two_hosts
from tests.kit.jail import NOBODY, jailed

pytestmark = [needs_hosts, pytest.mark.long, pytest.mark.timeout(120)]

TRY = """
import json, os, sys
written = []
for folder in sys.argv[1:]:
    try:
        open(os.path.join(folder, "written"), "w").close()
        written.append(folder)
    except OSError:
        pass
status = open("/proc/self/status").read()
caps = {line.split()[0]: line.split()[1] for line in status.splitlines() if line.startswith(("Cap", "NoNew"))}
print(json.dumps({"written": written, "user": os.getuid(), "groups": os.getgroups(), **caps}))
"""


def test_the_jail_is_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folders = [str(data), "/tmp", "/var/tmp", "/dev/shm", "/", "/etc", "/run", str(ROOT), str(Path.home()), sys.prefix]
    with two_hosts() as (host, _):
        said = json.loads(host.run(jailed([sys.executable, "-c", TRY, *folders], data)).stdout)
    assert said["written"] == [str(data)]
    assert (said["user"], said["groups"], said["NoNewPrivs:"]) == (NOBODY, [], "1")
    assert {said[name] for name in ("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:")} == {"0" * 16}


def test_it_needs_no_root_and_writes_nowhere_but_into_its_data_folder(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "hub.log"
    with two_hosts() as (host, _):
        options = ["--lan", host.address, "--accept", "*", "--interface", "127.0.0.1"]
        command = [sys.executable, "-m", "gateway.cli.main", "--data", str(data), "run", *options]
        hub = host.start(jailed(command, data), log=log, env={"HOME": "/nonexistent"})
        control = data / "control.sock"
        eventually(lambda: hub.poll() is not None or "runs: " in log.read_text(), "the hub is up")
        assert hub.poll() is None, log.read_text()
        family = descendants(hub.pid)
        assert len(family) > 1, "its broker runs"
        for process in family:
            status = Path(f"/proc/{process}/status").read_text()
            assert f"Uid:\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}" in status, status
            assert "CapEff:\t0000000000000000" in status, status
        _use(host, control, tmp_path)
        assert host.stop(hub) == 0, log.read_text()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for path in data.rglob("*"):
        seen = path.lstat()
        assert seen.st_uid == NOBODY, path
        assert not seen.st_mode & 0o022 or stat.S_ISSOCK(seen.st_mode), f"{path}: {seen.st_mode:o}"
        assert not seen.st_mode & 0o044 or not stat.S_ISREG(seen.st_mode) or "cache" in path.parts, f"{path}: {seen.st_mode:o}"
    assert (data / "state.db").stat().st_size > 0


def _use(host: Host, control: Path, folder: Path) -> None:
    """Let an appliance be found, accepted, named and switched: everything that is written down."""
    words = ["light", "--wire", "native-coap", "--address", "127.0.0.9", "--id", "lamp-1"]
    host.start([sys.executable, "-m", "firmware_sim.cli", *words], log=folder / "sim.log")

    def call(name: str, /, **arguments: object) -> dict[str, object]:
        return dict(ask(str(control), {"id": 1, "call": name, "with": arguments})["result"])

    eventually(lambda: call("devices")["devices"], "the lamp is found")
    call("name", device="lamp-1", name="the lamp in the hall")
    eventually(lambda: call("show", device="lamp-1")["state"], "its state is known")


def descendants(process: int) -> list[int]:
    """Return a process and all it has started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in descendants(int(child)))]
