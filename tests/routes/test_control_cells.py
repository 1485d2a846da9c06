"""The control socket: whoever reaches it stands at the hub, as the user it runs as, and nobody else reaches it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.kit.brokers import needs_mosquitto
from tests.routes.control_wire import begin, call
from tests.routes.lamp import CANARY, LAMP
from tests.routes.stage import stage, without_waiting
from tests.routes.table import STATES, table

pytestmark = needs_mosquitto
LAST = ("transfer", "reset")
"""After these the gateway begins anew."""
OFTEN = ("fresh", "paired")
KNOCK = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
socket.socket(socket.AF_UNIX).connect(sys.argv[1])
"""


def knock(socket: Path) -> "subprocess.CompletedProcess[str]":
    """Try to reach the socket as nobody in particular."""
    return subprocess.run([sys.executable, "-c", KNOCK, str(socket)], capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def street() -> Iterator[Path]:
    """A folder everybody on this machine can walk through: what keeps others out is the socket itself."""
    with TemporaryDirectory(prefix="hulian-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("state", [pytest.param(each, marks=() if each in OFTEN else pytest.mark.long) for each in STATES])
async def test_the_hubs_own_user_may_call_everything_in_every_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, state) as made:
        socket = tmp_path / "control"
        lines = [line.name for line in table().lines["control"].values()]
        for name in sorted(lines, key=LAST.count):
            answer = await begin(socket, name)
            assert answer.get("error", {}).get("code") not in {"unauthenticated", "forbidden"}, name
            assert "no call" not in answer.get("error", {}).get("detail", ""), name
        assert made.gateway.erased.is_set()


async def test_the_socket_itself_lists_the_calls_of_the_table(tmp_path: Path) -> None:
    async with stage(tmp_path, "fresh"):
        answer = await call(tmp_path / "control", "nothing of the kind")
        assert {*answer["error"]["detail"].partition("there is ")[2].split(", ")} == table().routes("control")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_another_user_of_the_machine_is_kept_out(street: Path) -> None:
    async with stage(street, "paired"):
        assert CANARY in str(await call(street / "control", "show", device=LAMP))
        knocking = await asyncio.to_thread(knock, street / "control")
        assert "PermissionError" in knocking.stderr
