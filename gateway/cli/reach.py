"""What stands beside an address that only this machine can open: a phone that reads its QR code gets nowhere."""

import shutil
import sys
from collections.abc import Iterable
from typing import Final

PORT: Final = 8080
_ALONE: Final = (
    "For this machine only. From a phone: {program} run --lan auto --http-port {port}",
    "仅限本机打开。用手机访问请运行 {program} run --lan auto --http-port {port}",
)
_ADD: Final = (
    "For this machine only. For a phone, start it with --lan auto as well.",
    "仅限本机打开。要用手机访问请在启动时加上 --lan auto。",
)


def of_a_demo() -> str:
    """Return how a hub is started that phones can reach, beside a demo, which stays on its machine: a line in each language."""
    return _printable(line.format(program=program(), port=PORT) for line in _ALONE)


def of_a_hub() -> str:
    """Return what a hub lacks that was started without `--lan`: a line in each language."""
    return _printable(_ADD)


def program() -> str:
    """Return how this program is called in this terminal."""
    path = sys.argv[0]
    return path if "/" in path and not shutil.which("hulian") else "hulian"


def _printable(lines: Iterable[str]) -> str:
    """Return the lines this terminal has the characters for: printing any other would end the hub that is starting."""
    coding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return "\n".join(line for line in lines if line.encode(coding, "ignore").decode(coding) == line)
