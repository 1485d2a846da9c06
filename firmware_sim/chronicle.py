"""The appliance's position in its own life, and everybody who is told about it: boot and seq, events, listeners."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from firmware_sim.clock import SimulatorClock, stamp
from firmware_sim.notice import Notice, Raised

KEPT_EVENTS = 32


class Chronicle:
    """`seq` grows with every step within a `boot`; `moved_at` is when it last did (wall seconds)."""

    def __init__(self, events: Iterable[str], clock: SimulatorClock, next_boot: Callable[[], int]) -> None:
        self._clock = clock
        self._next_boot = next_boot
        self._kept: dict[str, deque[Raised]] = {name: deque(maxlen=KEPT_EVENTS) for name in events}
        self._listeners: list[Callable[[Notice], None]] = []
        self.restart()

    def restart(self) -> None:
        """Begin a new boot."""
        self.boot, self.seq = self._next_boot(), 0
        self.moved_at = self._clock.now()

    def move(self) -> None:
        """Go one step on."""
        self.seq += 1
        self.moved_at = self._clock.now()

    def listen(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call `callback` for every notice from now on; return what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def tell(self, notice: Notice) -> None:
        """Pass a notice to every listener."""
        for callback in tuple(self._listeners):
            callback(notice)

    def raise_event(self, name: str, data: Mapping[str, Any]) -> None:
        """Record and tell an event; one the appliance does not show is passed over."""
        if name not in self._kept:
            return
        self.move()
        raised = Raised(name, data, self.boot, self.seq, stamp(self.moved_at))
        self._kept[name].append(raised)
        self.tell(raised)

    def events(self, name: str) -> tuple[Raised, ...] | None:
        """Return the last events of that name, oldest first; None when there is no such event."""
        return tuple(self._kept[name]) if name in self._kept else None
