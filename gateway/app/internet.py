"""Signs of the internet on a Linux hub, for which nothing is sent.

No way out of the home's network: it is surely gone. Else there is only what the system does by itself: where it sets its clock over the
network (systemd-timesyncd, as Debian and Raspberry Pi OS do), it touches a file each time, at the latest every 34 minutes. A clock that
was set lately was set by a server, mostly out there; one that was not for hours has lost it. Where neither tells, nothing does: a router
that stands between a dead line and a home looks alive from inside.
"""

from pathlib import Path

from gateway.thing.clock import Clock
from gateway.thing.internet import Sign
from gateway.thing.timestamp import iso

FRESH = 2 * 2048.0
"""Seconds after which a clock that is set over the network has missed its time: it may miss one."""
ROUTES = Path("/proc/net/route")
ROUTES_6 = Path("/proc/net/ipv6_route")
CLOCK_SET = Path("/run/systemd/timesync/synchronized")
_NOWHERE = "0" * 32


class Signs:
    """Looks at the system; `root`: another folder than `/`, for tests."""

    def __init__(self, clock: Clock, root: Path = Path("/")) -> None:
        self._clock = clock
        self._root = root
        self._lost: float | None = None

    def look(self) -> Sign:
        """Return what the system shows now."""
        if not self._way_out():
            self._lost = self._clock.now() if self._lost is None else self._lost
            return Sign(there=False, since=self._lost, words="no way leads out of this network")
        self._lost = None
        return self._by_the_clock()

    def _by_the_clock(self) -> Sign:
        try:
            at = self._at(CLOCK_SET).stat().st_mtime
        except OSError:
            return Sign(there=None, words="a way leads out of this network; nothing tells whether the internet is at its end")
        if self._clock.now() - at <= FRESH:
            return Sign(there=True, words=f"this machine's clock was set over the network at {iso(at)}")
        return Sign(there=False, since=at, words=f"this machine's clock was last set over the network at {iso(at)}")

    def _way_out(self) -> bool:
        """Return whether there is a default route; where that cannot be read, say so too."""
        lines, lines_6 = self._lines(ROUTES), self._lines(ROUTES_6)
        if lines is None and lines_6 is None:
            return True
        four = any(fields[1:2] == ["00000000"] and fields[7:8] == ["00000000"] for fields in lines or ())
        six = any(fields[:2] == [_NOWHERE, "00"] and fields[-1] != "lo" for fields in lines_6 or ())
        return four or six

    def _lines(self, path: Path) -> list[list[str]] | None:
        try:
            return [line.split() for line in self._at(path).read_text().splitlines()]
        except OSError:
            return None

    def _at(self, path: Path) -> Path:
        return self._root / path.relative_to("/")
