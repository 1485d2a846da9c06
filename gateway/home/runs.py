"""Every run by (principal, id) and by (device, id): open ones, and those that ended within ten minutes.

The same id from the same principal finds the same run, so nothing acts twice. At most a thousand ended runs stay in
memory; when more ended within the ten minutes, the older ones are still found in storage.
"""

from collections import deque

from gateway.errors import Unknown
from gateway.home.run import Run
from gateway.thing.ack import Ack
from gateway.thing.clock import Clock
from gateway.thing.command import Command

REMEMBER_SECONDS = 600.0
LIMIT = 1024


class Runs:
    """The table of runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_principal: dict[tuple[str, str], Run] = {}
        self._by_device: dict[tuple[str, str], Run] = {}
        self._ended: deque[tuple[float, Run]] = deque()
        self._spilled_until = 0.0

    def same(self, command: Command) -> Run | None:
        """Return the run that already has this command's id, if any."""
        return self._by_principal.get((command.principal.name, command.id))

    def find(self, device: str, id: str) -> Run:
        """Return a run; of two principals' runs with one id the later one. Raise Unknown."""
        run = self._by_device.get((device, id))
        if run is None:
            raise Unknown(f"{device} has no run {id}: runs are kept for 10 minutes after their end")
        return run

    def open(self, run: Run) -> None:
        """Take a new run in."""
        self._by_principal[run.principal.name, run.id] = run
        self._by_device[run.device, run.id] = run

    def ended(self, run: Run) -> None:
        """Note that a run has had its terminal ack."""
        self._ended.append((self._clock.monotonic(), run))
        if len(self._ended) > LIMIT:
            at, oldest = self._ended.popleft()
            self.drop(oldest)
            self._spilled_until = at + REMEMBER_SECONDS

    def ends(self, since: float) -> tuple[Ack, ...]:
        """Return the terminal acks of this moment (seconds since the epoch) and later, as far as they are remembered."""
        return tuple(run.last for _, run in self._ended if run.last.at >= since)

    def spilled(self) -> bool:
        """Return whether an id that is not here may still be in storage."""
        return self._clock.monotonic() < self._spilled_until

    def drop(self, run: Run) -> None:
        """Forget a run."""
        if self._by_principal.get((run.principal.name, run.id)) is run:
            del self._by_principal[run.principal.name, run.id]
        if self._by_device.get((run.device, run.id)) is run:
            del self._by_device[run.device, run.id]

    def sweep(self) -> None:
        """Forget what ended more than ten minutes ago."""
        due = self._clock.monotonic() - REMEMBER_SECONDS
        while self._ended and self._ended[0][0] <= due:
            self.drop(self._ended.popleft()[1])

    def end(self) -> None:
        """Let everyone who waits for an ack go: the home closes."""
        for run in self._by_principal.values():
            run.end()
