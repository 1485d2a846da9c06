"""A clean Debian 12 in a folder: made once by debootstrap, and for every test a layer of its own on top that goes away with it.

What runs in it has its own processes, its own network with nothing but loopback (so an installation that needs an index fails), and can
be a whole system with systemd as its first process.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.demo import ROOT

SUITE = "bookworm"
PACKAGES = "adduser,dbus,mosquitto,mosquitto-clients,python3,strace,systemd-sysv"
CACHE = ROOT / "build" / "debian-12"
"""Kept between runs; `make clean` removes it."""
_ENTER = """
set -e
mount -t overlay overlay -o "lowerdir=$BELOW,upperdir=$LAYER/files,workdir=$LAYER/work" "$LAYER/root"
cd "$LAYER/root"
mount -t proc proc proc
mount -t sysfs sysfs sys -o ro
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do cp -a "/dev/$device" dev/; done
ln -s /proc/self/fd dev/fd
mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm
ip link set lo up
if [ -n "$GROUPS_TOO" ]; then mount -t cgroup2 cgroup2 sys/fs/cgroup; fi
pivot_root . .
umount -l .
exec chroot . env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  TERM=dumb container=hulian-test "$@"
"""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, with a reason, where a program is missing or we are not root."""
    missing = [program for program in programs if shutil.which(program) is None]
    reason = f"needs {', '.join(missing)}" if missing else "a Debian of its own needs root"
    return pytest.mark.skipif(bool(missing) or os.geteuid() != 0, reason=reason)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file: only one worker of the test run makes what all of them use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def mirror() -> str:
    """Return where this machine gets its Debian packages from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", f"Codename: {SUITE}", "Created-By: Packages"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def clean_debian() -> Path:
    """Return the root of a minimal Debian 12, made the first time (about a minute)."""
    root = CACHE / "root"
    with alone(CACHE / "lock"):
        made = CACHE / "made"
        if not made.exists() or made.read_text() != PACKAGES:
            shutil.rmtree(root, ignore_errors=True)
            command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), mirror()]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            for archive in (root / "var/cache/apt/archives").glob("*.deb"):
                archive.unlink()
            made.write_text(PACKAGES)
    return root


@dataclass
class Machine:
    """One Debian of a test's own; `files` is what differs from the clean one."""

    below: Path
    layer: Path

    @property
    def files(self) -> Path:
        return self.layer / "files"

    def put(self, source: Path, place: str) -> str:
        """Copy a file into it, and return its path there."""
        target = self.files / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        return place

    def command(self, *arguments: str) -> list[str]:
        apart = ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child", "bash", "-c", _ENTER]
        return [*apart, "enter", *arguments]

    def environment(self, *, groups: bool = False) -> dict[str, str]:
        for name in ("files", "work", "root"):
            (self.layer / name).mkdir(parents=True, exist_ok=True)
        return {**os.environ, "BELOW": str(self.below), "LAYER": str(self.layer), "GROUPS_TOO": "yes" if groups else ""}

    def run(self, *arguments: str, timeout: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in it to its end; AssertionError with its words when it fails and `check` is set."""
        return _ran(self.command(*arguments), self.environment(), timeout, check=check)

    def shell(self, script: str, *, timeout: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script of sh in it."""
        return self.run("sh", "-ec", script, timeout=timeout, check=check)

    @contextmanager
    def booted(self) -> Iterator["System"]:
        """Start systemd in it, and end everything at the end."""
        group = _control_group()
        inside = ("sh", "-c", 'echo $$ > "$0"/cgroup.procs; exec "$@"', str(group))
        command = [*inside, *self.command("/lib/systemd/systemd", "--log-target=journal")]
        with subprocess.Popen(
            command,
            env=self.environment(groups=True),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as outer:
            try:
                yield System(_child(outer.pid))
            finally:
                outer.kill()  # takes its child, and that one everything
                outer.wait()
                _remove_group(group)


@dataclass
class System:
    """A running system; `pid` is its systemd, as this machine counts."""

    pid: int

    def run(self, *arguments: str, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in it to its end, beside what runs there."""
        command = ["nsenter", "--target", str(self.pid), "--all", "--root", "--wd=/", "env", "-i", *_USUAL, *arguments]
        return _ran(command, dict(os.environ), timeout, check=check)

    def told(self, unit: str) -> Mapping[str, str]:
        """Return what systemd knows of a unit."""
        return dict(line.partition("=")[::2] for line in self.run("systemctl", "show", unit).stdout.splitlines())

    def wait(self, unit: str, seconds: float = 60, **wanted: str) -> Mapping[str, str]:
        """Return what systemd knows of a unit once it knows `wanted` of it."""
        end = time.monotonic() + seconds
        while True:
            told = self.told(unit)
            if wanted.items() <= told.items():
                return told
            assert time.monotonic() < end, f"{unit} is not {wanted} but {[told.get(name) for name in wanted]}\n{self.journal(unit)}"
            time.sleep(0.2)

    def journal(self, unit: str) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, check=False).stdout


_USUAL = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")


def _ran(command: Sequence[str], environment: Mapping[str, str], timeout: float, *, check: bool) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    said = f"{command[-1]} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert not check or done.returncode == 0, said
    return done


def _control_group() -> Path:
    mounted = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    top = next((Path(place) for _, place, kind, *_ in mounted if kind == "cgroup2"), None)
    if top is None:
        pytest.skip("systemd needs a cgroup2 tree")
    return Path(tempfile.mkdtemp(prefix="hulian-test-", dir=top))


def _remove_group(group: Path) -> None:
    """Remove a tree of control groups, once what was in it has ended."""
    end = time.monotonic() + 20
    while (group / "cgroup.events").exists() and "populated 1" in (group / "cgroup.events").read_text() and time.monotonic() < end:
        time.sleep(0.05)
    for each in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
        each.rmdir()
    group.rmdir()


def _child(parent: int) -> int:
    """Return the child of `unshare` once it is systemd and answers."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/comm").read_text() == "systemd\n":
            system = System(int(children[0]))
            if system.run("systemctl", "is-system-running", "--wait", check=False).stdout.strip() in {"running", "degraded"}:
                return system.pid
        time.sleep(0.1)
    os.kill(parent, signal.SIGKILL)
    raise AssertionError("systemd did not come up")
