"""The pages come without the clients of HTTP that nobody on them uses."""

import subprocess
import sys

LOOK = """
import sys
from gateway.faces.web.lean import CLIENTS, leave_out
leave_out()
import socketio
assert not {*CLIENTS} & {*sys.modules}, "left out"
import aiohttp
assert aiohttp.ClientSession, "and there for whoever wants it"
print("so it is")
"""


def test_the_socket_library_comes_without_clients_and_others_still_get_them() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "so it is", done.stderr[-2000:]
