"""A program as an ordinary user who may write into one folder and nowhere else: what a hub is allowed to need.

In a mount namespace of its own every place that all may write to (/tmp and the like) is covered with an empty, read-only one, and so is
whatever only root may enter; what the program is made of is shown there again, read-only, and its data folder, writable. Then root,
every capability, and the way back to them are given up.
"""

import os
import shlex
import stat
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.kit.demo import ROOT

NOBODY = 65534
COVERED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
KEEP = Path("/mnt")
GIVE_UP = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all"),
    *("--bounding-set=-all", "--no-new-privs", "--"),
)


def jailed(command: Sequence[str | Path], data: Path) -> list[str]:
    """Return the command, put into the jail; `data` is made if need be, and given to the user."""
    data.mkdir(parents=True, exist_ok=True)
    os.chown(data, NOBODY, NOBODY)
    data.chmod(0o700)
    shown = _outermost([ROOT, Path(sys.prefix), Path(sys.base_prefix), data])
    covered = _outermost([*COVERED, *(wall for path in shown for wall in _walls(path))])
    lines = [f"mount -t tmpfs -o mode=755 none {KEEP}"]
    for number, path in enumerate(shown):
        lines += [f"mkdir {KEEP}/{number}", f"mount --bind {_quoted(path)} {KEEP}/{number}"]
    lines += [f"mount -t tmpfs -o mode=755 none {_quoted(path)}" for path in covered]
    for number, path in enumerate(shown):
        lines += [f"mkdir -p {_quoted(path)}", f"mount --bind {KEEP}/{number} {_quoted(path)}"]
    lines += [f"mount -o remount,bind,ro {_quoted(path)}" for path in (*covered, *shown) if path != data]
    lines += [f"umount -R {KEEP}", f"cd {_quoted(ROOT)}", f"exec {shlex.join([*GIVE_UP, *map(str, command)])}"]
    return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", "\n".join(lines)]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths without those that lie in another of them; a data folder inside a shown one stays, for it is writable."""
    known = list(dict.fromkeys(path.resolve() for path in paths))
    return [path for path in known if not any(other in path.parents for other in known)]


def _walls(path: Path) -> list[Path]:
    """Return the folders above that an ordinary user cannot enter."""
    return [parent for parent in path.parents if not parent.stat().st_mode & stat.S_IXOTH]
