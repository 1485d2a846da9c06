"""The gateway takes the place of the command that starts it.

A gateway runs for months, and what reads its options is needed for a moment: typer and the pydantic under it weigh 12 MiB. So
`hulian run` and `hulian demo` read what they are told, and then become a program that has none of it (exec): it is the same
process, with the same terminal.
"""

import os
import sys
from collections.abc import Mapping
from json import dumps
from typing import Any, NoReturn

from gateway.cli.options import options

_HEAP = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": str(128 * 1024), "MALLOC_MMAP_THRESHOLD_": "4096"}
"""For glibc: one heap for all threads, which do little beside the main one, and what the start has left over goes back: 2 MiB.

Whatever is as large as a page has its own pages: the descriptions of a thousand appliances come at once, and what lives on between them
would hold 10 to 20 MiB of a heap that is free. No message of a property is that long, so the hop does not notice.
"""


def hand_over(module: str, told: Mapping[str, Any], *, json_logs: bool = False) -> NoReturn:
    """Become a process that calls `begin(told)` of `module`. `told` (JSON and paths) goes through memory: anyone may list arguments."""
    document = {
        "told": told,
        "verbose": options.verbose,
        "no_color": options.no_color,
        "json_logs": json_logs,
        "program": sys.argv[0],
    }
    with os.fdopen(os.memfd_create("hulian"), "wb", buffering=0) as file:  # a password in it never lies on a disk
        file.write(dumps(document, default=str).encode())
        file.seek(0)
        os.set_inheritable(file.fileno(), True)
        flags = () if _from_the_current_folder() else ("-P",)
        sys.stdout.flush()
        command = [sys.executable, *flags, "-m", "gateway.cli.takeover", module, str(file.fileno())]
        os.execve(sys.executable, command, _HEAP | os.environ)  # noqa: S606 - it is this program again; there is no shell


def _from_the_current_folder() -> bool:
    """Return whether we were found as `python -m` finds modules; the `hulian` of an installation must not look into any folder."""
    return sys.modules["__main__"].__spec__ is not None
