"""The plug itself, without its wires: what it shows, what it takes, what happens to it.

`state()` is the whole public state with its `$`. A value in it changes on the hardware's evidence only: a write sets the relay, and what
is shown is where the relay then is. `seq` grows with every change and every event, `boot` with every start.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from plug.badge import Badge
from plug.clock import Clock
from plug.faults import KNOWN, OVERLOAD, UNKNOWN, Known
from plug.load import NOMINAL_VOLTS, Load
from plug.memory import Memory
from plug.model import Model
from plug.refusal import Refusal
from plug.rules import applying, check
from plug.telling import Teller
from plug.values import broken, same

METERS = ("energyTotal", "operatingHours")
_AT_MOST = 5.0
_SAG, _SWELL, _DEAD = 198.0, 235.4, 90.0
"""Volts."""
_TOO_HOT = 80.0
_FACTORY: dict[str, Any] = {
    "power": False,
    "powerOnState": "last",
    "feeds": "",
    "feedsKind": "none",
    "overloadLimit": 2500,
    "childLock": False,
}

Values = dict[str, Any]


class Appliance:
    """One plug. `changed(names)`, `happened(event, data)` and `powered(on)` are told to every listener."""

    def __init__(
        self,
        model: Model,
        features: tuple[str, ...],
        *,
        identifier: str,
        title: str,
        clock: Clock,
        memory: Memory,
        badge: Badge,
        profiles: Path,
    ) -> None:
        self.model = model
        self.features = features
        self.identifier = identifier
        self.title = title
        self.clock = clock
        self.affordances = model.affordances(features)
        self.affordances["actions"] |= badge.actions(profiles)
        self.properties = self.affordances["properties"]
        self.rules = applying(model.document.get("hl:constraints", ()), self.properties)
        self.private = frozenset(name for name, body in self.properties.items() if body.get("hl:private"))
        self.listeners: list[Any] = []
        self.last_events: dict[str, Values] = {}
        self.load = Load(rated_amperes=10)
        self.on = True
        self.boot, self.seq, self.moved = memory.next_boot(), 0, clock.stamp()
        self._memory = memory
        self._badge = badge
        self._settings: Values = _FACTORY | memory.kept.get("settings", {})
        self._faults: dict[str, Values] = memory.kept.get("faults", {})
        self.load.kilowatt_hours, self.load.hours = memory.kept.get("meters", (0.0, 0.0))
        self.load.tripped = OVERLOAD in self._faults
        self._dark_since = 0.0
        self._exercised: list[str] = []
        self._serial = memory.kept.get("serial") or f"SN-{identifier}-0001"
        self._shown: Values = {}
        self._tellers = {
            name: Teller(body, grows=name in METERS)
            for name, body in self.properties.items()
            if body.get("readOnly") and body["type"] in ("number", "integer")
        }
        self._serial_hash = hashlib.sha256(f"{memory.salt()}\n{self._serial}".encode()).hexdigest()
        self._come_up()
        self._look()

    # What it shows

    def state(self) -> Values:
        """Return the public state, `$` at its end."""
        public = {name: value for name, value in self._shown.items() if name not in self.private}
        return {**public, "$": {"boot": self.boot, "seq": self.seq, "ts": self.moved}}

    def value(self, name: str) -> Any:
        """Return one property, a private one too; Refusal `unknown` for none of ours, or one without a value."""
        self.schema(name)
        if name not in self._shown:
            raise Refusal("unknown", f"{name} has no value yet", property=name)
        return self._shown[name]

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return the schema of a property; Refusal `unknown`."""
        if name not in self.properties:
            raise Refusal("unknown", f"there is no property {name}", property=name)
        return self.properties[name]

    # What it takes

    def write(self, changes: Values, *, confirmed: bool = False) -> None:
        """Write all or nothing; when this returns the state shows it. Refusal says why not."""
        if not changes:
            raise Refusal("schema", "a write of nothing")
        for name, value in changes.items():
            if self.schema(name).get("readOnly"):
                raise Refusal("read-only", f"{name} can only be read", property=name)
            if term := broken(self.schema(name), value):
                raise Refusal("schema", f"{name}: {value!r} does not fit ({term})", property=name)
        check(self.rules, self._shown, changes, confirmed=confirmed)
        if changes.get("power") and self.load.tripped:
            raise Refusal("state-conflict", "the cut-off tripped: press the button at the plug", property="power")
        self._settings |= changes
        self.load.closed = self._settings["power"]
        self._memory.keep(settings=self._settings)
        self._look()

    def action(self, name: str, given: Any) -> Mapping[str, Any]:
        """Return the model of an action that may begin with this input; Refusal says why not."""
        if (body := self.affordances["actions"].get(name)) is None:
            raise Refusal("unknown", f"there is no action {name}", property=name)
        schema = body.get("input")
        if schema is None and given is not None:
            raise Refusal("schema", f"{name} takes no input", property=name)
        if schema is not None and (term := broken(schema, {} if given is None else given)):
            raise Refusal("schema", f"the input of {name} does not fit ({term})", property=name)
        return body

    def perform(self, name: str, given: Any) -> Values | None:
        """Do a short action and return its output, None where it has none."""
        return self._badge.prove(self.identifier, given["challenge"]) if name == "proveKey" else None

    def diagnose(self, allow: tuple[str, ...]) -> Values:
        """Return the output of `runDiagnostics`; what nobody allowed is not run."""
        relay = "pass" if not self.load.tripped else "fail"
        checks = [
            {"name": "mains", "result": "pass" if self._mains() == "normal" else "fail"},
            {"name": "relay", "result": relay if "motor" in allow else "notRun"},
            {"name": "contacts", "result": "pass" if self.load.celsius < _TOO_HOT else "fail"},
        ]
        self._exercised = ["motor"] if "motor" in allow else []
        present = [{"component": fault["component"], "code": fault["code"], "likelihood": 0.9} for fault in self._faults.values()]
        return {"checks": checks, "suspects": present[:8]}

    # What happens to it

    def elapse(self, seconds: float) -> None:
        """Let time pass, in small steps."""
        while seconds > 0:
            step = min(seconds, _AT_MOST)
            seconds -= step
            if self.on and (watts := self.load.elapse(step, self._limit())) is not None:
                self._trip(watts)
        if self.on:
            self._store_meters()
            self._look()

    def advance(self, seconds: float) -> None:
        """Let hours pass in a moment, and look once a while what is to be told."""
        while seconds > 0:
            step = min(seconds, 30.0)
            seconds -= step
            self.clock.advance(step)
            self.elapse(step)

    def supply(self, volts: float) -> None:
        """Change the mains; below 90 V the electronics are dead."""
        self.load.volts = volts
        if (volts >= _DEAD) == self.on:
            self.elapse(0)
        elif self.on:
            self._go_dark()
        else:
            self._come_back()

    def press(self) -> None:
        """Press the button: it releases the latch of the cut-off, or else switches."""
        if self._settings.get("childLock") and "childLock" in self.properties:
            return
        if self.load.tripped:
            self.load.tripped = False
            self.clear(OVERLOAD)
        else:
            self._settings["power"] = self.load.closed = not self.load.closed
            self._memory.keep(settings=self._settings)
        self._look()

    def plug_in(self, watts: float) -> None:
        """Change what is plugged in."""
        self.load.watts = watts
        self._look()

    def fault(self, code: str) -> None:
        """Let something break, by a common code or by one of our own: `faults` shows it, `faultRaised` tells it."""
        if code in self._faults:
            return
        common = self._common(code)
        known = KNOWN.get(common, Known(code, "error", "unknown"))
        facts = {"severity": known.severity, "component": known.component, "latched": known.latched}
        body = {"code": common, "vendor": known.own, "since": self.clock.stamp(), **facts}
        self._faults[code] = body
        self._memory.keep(faults=self._faults)
        self._look()
        self._happen("faultRaised", body)

    def _common(self, code: str) -> str:
        """Return the common code; one that nobody knows travels as `VENDOR.UNKNOWN`, with ours beside it."""
        pattern = self.properties["faults"]["items"]["properties"]["code"]["pattern"]
        return code if re.search(pattern, code) else UNKNOWN

    def clear(self, code: str) -> None:
        """Mend it."""
        if (body := self._faults.pop(code, None)) is not None:
            self._memory.keep(faults=self._faults)
            self._look()
            self._happen("faultCleared", body)

    def truth(self) -> Values:
        """Return what is so, unrounded, whatever is shown."""
        load = self.load
        facts = {"powered": self.on, "boot": self.boot, "relay": load.closed, "watts": load.draw, "volts": load.volts}
        facts |= {"energy": load.kilowatt_hours, "hours": load.hours, "celsius": load.celsius, "tripped": load.tripped, "load": load.watts}
        return facts | {"exercised": self._exercised, "canaries": [self._serial]}

    # Inside

    def _limit(self) -> float:
        adjusted = self._settings["overloadLimit"] if "overloadLimit" in self.properties else float("inf")
        return min(adjusted, self.load.rated_amperes * 250.0) if "overload" in self.affordances["events"] else float("inf")

    def _trip(self, watts: float) -> None:
        self._settings["power"] = False
        self._memory.keep(settings=self._settings)
        self._look()
        self._happen("overload", {"power": round(watts, 1), "limit": self._limit()})
        self.fault(OVERLOAD)

    def _store_meters(self) -> None:
        """Store the meters with every watt-hour, so that they never count back."""
        now = (self.load.kilowatt_hours, self.load.hours)
        if int(now[0] * 1000) != int(self._memory.kept.get("meters", (0.0,))[0] * 1000):
            self._memory.keep(meters=now)

    def _go_dark(self) -> None:
        self._memory.keep(meters=(self.load.kilowatt_hours, self.load.hours))
        self.on, self.load.closed, self._dark_since = False, False, self.clock.passed()
        self._tell("powered", False)

    def _come_back(self) -> None:
        self.on, self.boot, self.seq, self.last_events = True, self._memory.next_boot(), 0, {}
        for teller in self._tellers.values():
            teller.forget()
        self._shown = {}
        self._come_up()
        self._look()
        self._tell("powered", True)
        self._happen("powerRestored", {"outage": round(self.clock.passed() - self._dark_since, 1), "boot": self.boot})

    def _come_up(self) -> None:
        """Close the relay or not, as `powerOnState` says; a latched cut-off stays open."""
        wanted = {"on": True, "off": False}.get(self._settings["powerOnState"], self._settings["power"])
        if "powerOnState" not in self.properties:
            wanted = self._settings["power"]
        self.load.closed = wanted and not self.load.tripped
        self._settings["power"] = self.load.closed
        self._memory.keep(settings=self._settings)

    def _mains(self) -> str:
        volts = self.load.volts
        return "interrupted" if volts < _DEAD else "sag" if volts < _SAG else "swell" if volts > _SWELL else "normal"

    def _evidence(self) -> Values:
        """Return what the hardware says now, unrounded."""
        load = self.load
        measured = {"powerDraw": load.draw, "voltage": load.volts, "current": load.amperes, "plugTemperature": load.celsius}
        counted = {"energyTotal": load.kilowatt_hours, "operatingHours": load.hours, "ratedCurrent": load.rated_amperes}
        papers = {"identity": self._identity(), "life": {}, "claims": self._badge.claims, "safeUse": {"state": "unknown"}}
        told = {"power": load.closed, "mains": self._mains(), "faults": list(self._faults.values())}
        return {**self._settings, **measured, **counted, **papers, **told}

    def _identity(self) -> Values:
        return {
            "maker": "Example Works",
            "brand": "Example",
            "model": "EX-P10",
            "hw": "A",
            "sw": "1.0.0",
            "made": "2026-10-01",
            "serialHash": self._serial_hash,
        }

    def _look(self) -> None:
        """Tell what is different from what was told."""
        evidence, now = self._evidence(), self.clock.passed()
        moved = []
        for name in self.properties:
            value = evidence[name]
            if name in self._tellers:
                value = self._tellers[name].offer(value, now)
            if value is None or (name not in self._tellers and name in self._shown and same(self._shown[name], value)):
                continue
            self._shown[name] = value
            moved.append(name)
        if moved:
            self._move()
            self._tell("changed", tuple(moved))

    def _move(self) -> None:
        self.seq += 1
        self.moved = self.clock.stamp()

    def _happen(self, event: str, data: Values) -> None:
        if event not in self.affordances["events"]:
            return
        self._move()
        told = {**data, "seq": self.seq, "boot": self.boot, "ts": self.moved}
        self.last_events[event] = told
        self._tell("happened", event, told)
        self._tell("changed", ())

    def _tell(self, what: str, *facts: Any) -> None:
        for listener in tuple(self.listeners):
            hear: Callable[..., None] | None = getattr(listener, what, None)
            if hear is not None:
                hear(*facts)


__all__ = ["NOMINAL_VOLTS", "Appliance"]
