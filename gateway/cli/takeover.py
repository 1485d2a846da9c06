"""What `gateway.cli.handover` starts: the gateway without the command line."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from json import loads
from resource import RLIMIT_CORE, RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Any

from gateway.cli.endings import ended_well
from gateway.cli.options import options


def main() -> None:
    """Call `begin` of the module that is the first argument; the second is the descriptor of the file that tells it what to do."""
    keep_to_itself()
    open_enough()
    module, descriptor = sys.argv[1:]
    with open(int(descriptor), "rb") as file:  # noqa: PTH123 - it has no path
        document = loads(file.read())
    sys.argv = [document["program"]]  # what a person typed: the live table says it again
    options.verbose, options.no_color = document["verbose"], document["no_color"]
    ended_well(lambda: _begin(module, document))


def keep_to_itself() -> None:
    """Let every file that is made from now on, by child processes too, be its owner's alone, and no crash write the memory to a disk."""
    os.umask(0o077)
    setrlimit(RLIMIT_CORE, (0, 0))


def open_enough() -> None:
    """Let as many files be open as the system allows: each appliance has a socket, and 1024 is what a login shell gives."""
    _, most = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (most, most))


def _begin(module: str, document: Mapping[str, Any]) -> None:
    from gateway.cli.logs import set_up_logs  # noqa: PLC0415 - Ctrl-C during the imports ends well, too

    set_up_logs(verbose=options.verbose, json=document["json_logs"])
    import_module(module).begin(document["told"])


if __name__ == "__main__":
    main()
