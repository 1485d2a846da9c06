"""One log line, not a flood, when a device keeps saying the same wrong thing."""

from gateway.errors import CommandError
from gateway.thing.clock import Clock
from gateway.thing.log import Log

_log = Log()

QUIET_SECONDS = 600.0
LIMIT = 1024
"""Different complaints remembered; a stranger who invents more of them is quieted as one."""


class Complaints:
    """Says each (device, subject) at most once in ten minutes, with the count of what was kept quiet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def say(self, device: str, subject: str, error: CommandError | str) -> None:
        """Log that something a device said was dropped, unless that was just said."""
        now = self._clock.monotonic()
        key = (device, subject) if (device, subject) in self._said or len(self._said) < LIMIT else ("", "")
        said, quiet = self._said.get(key, (None, 0))
        if said is not None and now - said < QUIET_SECONDS:
            self._said[key] = (said, quiet + 1)
            return
        self._said[key] = (now, 0)
        _log.warning("report dropped", device=device, subject=subject, reason=str(error), repeated=quiet)

    def forget(self, device: str) -> None:
        """Remember nothing more about a device."""
        self._said = {key: value for key, value in self._said.items() if key[0] != device}
