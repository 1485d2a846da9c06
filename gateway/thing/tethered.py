"""Runs a module of this program for as long as its standard input is held open: `python -m gateway.thing.tethered MODULE ARGUMENTS...`.

Whoever starts it holds the other end of that pipe. When the holder closes it, or is killed, the module is told to end as Ctrl-C would, and
is killed where it does not: nothing goes on that nobody asks for any more.
"""

import os
import runpy
import signal
import sys
import time
from threading import Thread
from typing import Final

ENDING_SECONDS: Final = 20.0
"""How long the module may take to put back what it changed."""


def main() -> None:
    """Run the module that is named first."""
    Thread(target=_end_with_input, name="tether", daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDING_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
