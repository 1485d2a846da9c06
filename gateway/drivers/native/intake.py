"""Bytes of a native appliance to Reports: pure, with no socket in sight.

Whatever transport a message came by, a state is taken once and in order: within a boot an older or equal `seq` is left
out, and an event that was heard already is not told twice.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from gateway.drivers.parts.body import json_object
from gateway.errors import BadSyntax, WireError
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.report import Event, Report
from gateway.thing.timestamp import from_iso
from gateway.thing.value import Quality

_EARLIEST = 1_577_836_800.0
"""2020-01-01: a device without a clock says earlier; its time is not believed."""
_AHEAD = 300.0
OWN_BOOT = frozenset({"powerRestored"})
"""Events whose data has a boot counter of its own, in the place of the version's: it is the same number."""
_QUALITIES = {quality.value: quality for quality in Quality}


class Intake:
    """What has been heard of one appliance: `boot` and `seq` of its newest state (None before the first)."""

    def __init__(self, device: str, clock: Clock) -> None:
        self.device = device
        self.boot: int | None = None
        self.seq: int | None = None
        self._began: tuple[int, int] | None = None
        self._clock = clock
        self._heard: deque[tuple[str, ...]] | None = None

    def state(self, payload: bytes) -> Report | None:
        """Return what a state document says, None when it is not newer than what is known; raise WireError."""
        document = json_object(payload, "the state")
        head = document.pop("$", None)
        if head is None:
            return Report(device=self.device, values=document, complete=True)
        if type(head) is not dict:
            raise WireError("$ of the state is not an object")
        if not self._newer(head.get("boot"), head.get("seq")):
            return None
        return Report(
            device=self.device,
            values=document,
            quality=_quality(head["q"]) if "q" in head else {},
            pending=_pending(head["pending"]) if "pending" in head else {},
            at=self._moment(head.get("ts")),
            complete=True,
        )

    def forget(self) -> None:
        """Take the state that is known once more: who was away comes back with the one it had, and is believed again."""
        self.seq = None

    def _newer(self, boot: Any, seq: Any) -> bool:
        if type(boot) is not int or type(seq) is not int:
            raise WireError("boot and seq of the state are not whole numbers")
        if boot == self.boot and self.seq is not None and seq <= self.seq:
            return False
        self.boot, self.seq = boot, seq
        if self._began is None:
            self._began = (boot, seq)
        return True

    def event(self, name: str, payload: bytes, *, observed: bool = False) -> Report | None:
        """Return an event that was not heard before; raise WireError.

        `observed`: what an observation yields begins with the last event, however long ago that was; one from before
        the first state we took is not told.
        """
        data = json_object(payload, f"event {name}")
        if not self._first_time(name, data) or (observed and not self._since_we_listen(data)):
            return None
        at = self._moment(data.pop("ts", None))
        data.pop("seq", None)
        if name not in OWN_BOOT:
            data.pop("boot", None)
        return Report(device=self.device, events=(Event(name, data),), at=at)

    def _since_we_listen(self, data: Mapping[str, Any]) -> bool:
        boot, seq = data.get("boot"), data.get("seq")
        return self._began is not None and type(boot) is int and type(seq) is int and (boot, seq) > self._began

    def _first_time(self, name: str, data: Mapping[str, Any]) -> bool:
        heard = (name, repr(data.get("boot")), repr(data.get("seq")), repr(data.get("ts")))
        if self._heard is None:
            self._heard = deque(maxlen=64)
        if heard in self._heard:
            return False
        self._heard.append(heard)
        return True

    def availability(self, payload: bytes) -> Availability:
        """Return what the appliance (or its will) says about its reachability; raise WireError."""
        said = json_object(payload, "avail")
        try:
            state = AvailabilityState(said.get("state", ""))
        except ValueError as error:
            raise WireError("avail has no known state") from error
        reason = said.get("reason")
        return Availability(state, self._moment(said.get("since")) or self._clock.now(), reason[:128] if isinstance(reason, str) else "")

    def _moment(self, text: Any) -> float | None:
        """Return the appliance's own time where it can be true."""
        if not isinstance(text, str):
            return None
        try:
            moment = from_iso(text)
        except BadSyntax:
            return None
        return moment if _EARLIEST < moment < self._clock.now() + _AHEAD else None


def _quality(said: Any) -> Mapping[str, Quality]:
    if type(said) is not dict:
        raise WireError("$.q of the state is not an object")
    return {name: _QUALITIES.get(word, Quality.INVALID) if isinstance(word, str) else Quality.INVALID for name, word in said.items()}


def _pending(said: Any) -> Mapping[str, str | None]:
    if type(said) is not dict:
        raise WireError("$.pending of the state is not an object")
    return {name: until if isinstance(until, str) else None for name, until in said.items()}
