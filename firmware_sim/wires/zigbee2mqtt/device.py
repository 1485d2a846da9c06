"""One device on the radio, as its bridge knows it: reached or not, awake or asleep, and what it says comes late, twice or not at all."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Changed, Notice, Raised
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.zigbee2mqtt.board import Board
from firmware_sim.wires.zigbee2mqtt.model import model_for

QUIRKS = frozenset(
    {"retains", "no-availability", "legacy-availability", "pessimistic", "ignores-set", "partial", "sleepy", "stale", "no-state-at-start"}
)
WAKES = 2.0
LOST_AFTER = 10.0
_FORMATTED = len("0x00158d0001a2b3c4")


class Device:
    """`name`: its friendly name. `here`: its unit has power and is simulated; `lost_after`: seconds until the bridge says it is gone."""

    def __init__(self, appliance: Appliance, network: Network, facts: Mapping[str, Any]) -> None:
        self.ieee = _ieee(facts.get("ieee"), appliance.identifier)
        self.name = str(facts.get("name", appliance.identifier))
        self.quirks = frozenset(facts.get("quirks", ()))
        if unknown := self.quirks - QUIRKS:
            raise SetupMistake(f"facts: no quirk {', '.join(sorted(unknown))}; there are {', '.join(sorted(QUIRKS))}")
        self.lost_after = float(facts.get("lost", LOST_AFTER))
        self.board = Board(appliance, model_for(appliance.kind, facts.get("model")))
        self.network = network
        self.here = False
        self.available = True
        self.joined = True
        self.tell: Callable[[Device, dict[str, Any]], None] = lambda _device, _state: None
        self.complain: Callable[[str], None] = lambda _text: None
        self._wakes = float(facts.get("wakes", WAKES))
        self._appliance = appliance
        self._told: dict[str, Any] = {}
        self._reached = time.monotonic()
        self._timers: set[asyncio.TimerHandle] = set()

    def begin(self) -> Callable[[], None]:
        """Follow the appliance from now on; return what ends it."""
        self.here = True
        self._reached = time.monotonic()
        stop = self._appliance.listen(self._noticed)

        def end() -> None:
            stop()
            self.here = False
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()

        return end

    def entry(self) -> dict[str, Any]:
        """Return it as it stands in the list of devices."""
        about = self.board.model.about
        return {
            "ieee_address": self.ieee,
            "type": about["type"],
            "network_address": int(self.ieee[-4:], 16),
            "supported": True,
            "friendly_name": self.name,
            "disabled": False,
            "definition": self.board.model.definition(),
            "power_source": about["power_source"],
            "model_id": about["model_id"],
            "manufacturer": about["manufacturer"],
            "interviewing": False,
            "interview_completed": True,
            "interview_state": "SUCCESSFUL",
            "software_build_id": "1.0.0",
            "date_code": "20240101",
            "endpoints": {
                str(number): {
                    "bindings": [],
                    "configured_reportings": [],
                    "scenes": [],
                    "clusters": {"input": list(place["in"]), "output": list(place["out"])},
                }
                for number, place in self.board.model.endpoints.items()
            },
        }

    def state(self) -> dict[str, Any]:
        """Return the whole state as the bridge has it in its memory."""
        return {**self.board.state(), "linkquality": 120}

    def look(self) -> bool:
        """Look whether it is reached; return whether that is news."""
        now = time.monotonic()
        if self.here and not self.network.mute:
            self._reached = now
        before, self.available = self.available, now - self._reached < self.lost_after
        return before != self.available

    def set(self, asked: Mapping[str, Any]) -> None:
        """Take what a client wants it to be."""
        taken, refused = self.board.taken(asked)
        for reason in refused:
            self.complain(f"set of '{self.name}': {reason}")
        if taken:
            self._send(lambda: self._obey(taken))

    def get(self, names: Mapping[str, Any]) -> None:
        """Read what a client asks for, over the air, and say the state."""
        readable = [name for name in names if self.board.readable(name)]
        for name in names.keys() - set(readable):
            self.complain(f"get of '{self.name}': nothing reads '{name}'")
        if readable:
            self._send(lambda: self._say(self.board.state()))

    def _obey(self, taken: Mapping[str, Any]) -> None:
        if "ignores-set" not in self.quirks:
            self.board.do(taken)
        if "pessimistic" not in self.quirks:
            shown = {
                name: raw for name, raw in taken.items() if name in self.board.model.rows and raw not in self.board.model.rows[name].acts
            }
            self._say({**self.board.state(), **shown})
        elif "ignores-set" not in self.quirks:
            self._later(0.05, lambda: self._say(self.board.state()))

    def _send(self, arrives: Callable[[], None]) -> None:
        """Send something over the air; it takes effect when the device is awake, or is lost."""
        if not self.here or self.network.drops():
            self.complain(f"'{self.name}' did not answer")
            return
        self._later(self.network.delay + (self._until_awake() if "sleepy" in self.quirks else 0.0), arrives)

    def _until_awake(self) -> float:
        return self._wakes - time.monotonic() % self._wakes

    def _noticed(self, notice: Notice) -> None:
        match notice:
            case Changed():
                self._changed()
            case Raised() if (word := self.board.said(notice)) is not None:
                self._say({"action": word}, once=True)

    def _changed(self) -> None:
        state = self.board.state()
        if state != self._told:
            self._say(state)

    def _say(self, state: dict[str, Any], *, once: bool = False) -> None:
        moved = {name: raw for name, raw in state.items() if self._told.get(name) != raw}
        if not once:
            self._told = state
        said = (moved or state) if "partial" in self.quirks else {**self._told, **state}
        for delay in self.network.copies():
            self._later(delay, lambda: self.tell(self, {**said, "linkquality": 120}))

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        if seconds <= 0:
            do()
            return

        def run() -> None:
            self._timers.discard(timer)
            if self.here and not self.network.mute:
                do()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)


def _ieee(told: Any, identifier: str) -> str:
    """Return the address on the radio; made from the appliance's id where none is told."""
    if told is None:
        return f"0x00158d{hashlib.sha256(identifier.encode()).hexdigest()[:10]}"
    if not isinstance(told, str) or len(told) != _FORMATTED or not told.startswith("0x"):
        raise SetupMistake(f"facts: `ieee` is an address such as 0x00158d0001a2b3c4, not {told!r}")
    return told.lower()
