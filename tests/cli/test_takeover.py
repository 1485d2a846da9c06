"""What a gateway asks of the system when it starts."""

import subprocess
import sys

SCRIPT = """
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from gateway.cli.takeover import open_enough

_, most = getrlimit(RLIMIT_NOFILE)
setrlimit(RLIMIT_NOFILE, (64, most))
open_enough()
print(getrlimit(RLIMIT_NOFILE) == (most, most))
"""


def test_as_many_sockets_as_the_system_allows_may_be_open() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout == "True\n"
