"""An infrared transmitter on a shelf: it learns what an original remote sends, keeps it, and sends it into the air of its room.

Learning ends with the first burst that is no noise. Of an encoding it knows it keeps the clean pulses, of another the pulses it heard. It
has no idea whether anybody obeyed. While it sends it is deaf, as the light of its own diodes blinds the receiver.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.air import Air, Burst
from firmware_sim.infrared import climate, nec
from firmware_sim.infrared.code_sets import CODE_SETS
from firmware_sim.infrared.handhelds import HANDHELDS
from firmware_sim.infrared.heard import BAND, Heard, recognise
from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.listening import Listening
from firmware_sim.models.model import BROWN_OUT, Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

WAITING = 30.0
"""Seconds it listens for a key."""
MOST = 256
STANDBY_WATTS, BATTERY_STANDBY_WATTS, DIODE_WATTS = 0.8, 0.003, 1.7
PAUSE = 40_000
"""Microseconds between two transmissions of a repeated code."""
Take = Callable[[Heard], dict[str, Any]]
"""What becomes of a burst that was heard: the members of the action's output."""
BRANDS: Mapping[tuple[str, int | None], tuple[str, str]] = {
    (nec.NAME, 0x04): ("Hulian Sim TV", "uhd-tv"),
    (nec.NAME, 0x80): ("Hulian Sim Box", "set-top-box"),
    (climate.NAME, None): ("Hulian Sim Air", "air-conditioner"),
}
"""(encoding, address of its remotes) -> made-up brand and the kind it makes."""


class IrRemote(BatteryPowered):
    """A transmitter with a receiver for learning; on a USB supply, or on a battery."""

    KIND = "ir-remote"
    PREFIX = "ir"
    FEATURES = ("BND", "BRD", "MNS", "HRS", "IDF")
    PRODUCT = "HS-IR1"
    STEP = 1.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"bindsTo": []}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "infrared": {
            "type": "object",
            "required": ["raw", "carrier"],
            "properties": {
                "raw": {"type": "array", "minItems": 1, "maxItems": 1024, "items": {"type": "integer", "minimum": 1, "maximum": 500000}},
                "carrier": {"type": "integer", "unit": "Hz", "minimum": 10000, "maximum": 100000},
            },
            "additionalProperties": False,
        },
        "press": {
            "type": "object",
            "required": ["remote"],
            "properties": {
                "remote": {"type": "string", "enum": [*CODE_SETS, *HANDHELDS]},
                "key": {"type": "string", "minLength": 1, "maxLength": 32},
                "set": {"type": "object"},
            },
            "additionalProperties": False,
        },
        "covered": {"type": "boolean"},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.air = Air()
        self.codes: dict[str, dict[str, Any]] = {}
        self.pulses: dict[str, Burst] = {}
        self.carrier = nec.CARRIER
        self.sent = 0
        self.latest: Burst | None = None
        self.covered = False
        self.listening: Listening | None = None
        self._identifying = False
        self._count = 0
        self._sending = 0.0

    def enter(self, air: Air) -> None:
        """Share the air of a room with others."""
        self.air = air
        air.listen(self.hear)

    def run(self, seconds: float) -> None:
        """Count the power of the diodes while they are lit."""
        lit = min(self._sending, seconds)
        self._sending -= lit
        load = BATTERY_STANDBY_WATTS if self.has_battery and not self.corded else STANDBY_WATTS
        self.spend(load + (DIODE_WATTS * lit / seconds if seconds else 0.0), seconds)

    def hear(self, burst: Burst) -> None:
        """Take in what the receiver sees."""
        if not self.powered or self.covered or self.listening is None or self._sending > 0:
            return
        if (heard := recognise(burst)) is not None:
            self.listening.caught(heard)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Send, learn, forget, recognise."""
        match action:
            case "send":
                self._send(input or {})
            case "learn":
                return self._listen(lambda heard: self._learned(heard, input or {}))
            case "identifyBrand":
                return self._listen(_recognised, identifying=True)
            case "forgetCode":
                self._code(input["code"])
                del self.codes[input["code"]], self.pulses[input["code"]]
            case _:
                return super().begin(action, input)
        return None

    def _send(self, wish: Mapping[str, Any]) -> None:
        if self.listening is not None:
            raise Refusal("state-conflict", "it listens for a code", constraint="ir-send-listening")
        if not self.fed():
            raise Refusal("device-error", "its battery is empty")
        burst = self._code(wish["code"]) if "code" in wish else Burst(tuple(int(pulse) for pulse in wish["raw"]), int(wish["carrier"]))
        self.carrier = burst.carrier
        for _ in range(1 + int(wish.get("repeat", 0))):
            self._sending += burst.seconds + PAUSE / 1e6
            self.sent += 1
            self.latest = burst
            if not self.covered:
                self.air.send(burst, apart_from=self.hear)

    def fed(self) -> bool:
        """Whether there is power for the diodes."""
        return not self.has_battery or self.charge > 0 or (self.plugged() and self.volts >= BROWN_OUT)

    def _code(self, identifier: str) -> Burst:
        if identifier not in self.pulses:
            raise Refusal("unknown", f"there is no code {identifier!r}")
        return self.pulses[identifier]

    def _listen(self, take: Take, *, identifying: bool = False) -> Procedure:
        if self.listening is not None:
            raise Refusal("state-conflict", "it listens already")
        if not identifying and len(self.codes) >= MOST:
            raise Refusal("state-conflict", f"it holds {MOST} codes: forget one first")
        self._identifying = identifying
        self.listening = Listening(WAITING, finish=lambda result: self._heard(result, take))
        return self.listening

    def _heard(self, result: str, take: Take) -> dict[str, Any]:
        """Stop listening; say what came of it."""
        heard = self.listening.heard if self.listening is not None else None
        self.listening = None
        return {"result": result} | (take(heard) if heard is not None and result == "done" else {})

    def _learned(self, heard: Heard, wish: Mapping[str, Any]) -> dict[str, Any]:
        self._count += 1
        identifier = f"c{self._count}"
        named = {"id": identifier, "name": wish.get("name", f"Code {self._count}")}
        named |= {name: wish[name] for name in ("appliance", "key") if wish.get(name)}
        self.carrier = heard.burst.carrier
        self.codes[identifier] = named | {"protocol": heard.protocol, "carrier": heard.burst.carrier}
        self.pulses[identifier] = heard.burst
        self.happen("codeLearned", code=identifier, name=named["name"], protocol=heard.protocol)
        return {"code": identifier, "protocol": heard.protocol, "carrier": heard.burst.carrier, "pulses": len(heard.burst.pulses)}

    def readings(self) -> dict[str, Any]:
        """Codes, carrier, what it is doing."""
        return super().readings() | {
            "operatingState": "idle" if self.listening is None else "identifying" if self._identifying else "learning",
            "codes": [dict(code) for code in self.codes.values()],
            "carrier": self.carrier,
        }

    def touch(self, name: str, value: Any) -> None:
        """Press a key of another remote in its room (`infrared`: its pulses; `press`: by name), put a book in front of it."""
        match name:
            case "infrared":
                self.air.send(burst := Burst(tuple(value["raw"]), int(value["carrier"])), apart_from=self.hear)
                self.hear(burst)
            case "press":
                self.air.send(_pressed(value))
            case "covered":
                self.covered = bool(value)
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Supply or battery, and whether the receiver sees what the diodes send."""
        return [*super().checks(), Check("diodes-and-receiver", passed=not self.covered and self.fed())]

    def kept(self) -> dict[str, Any]:
        """Keep the codes in flash."""
        return super().kept() | {
            "count": self._count,
            "codes": [code | {"raw": list(self.pulses[identifier].pulses)} for identifier, code in self.codes.items()],
        }

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Find the codes in flash again."""
        super().recalled(kept)
        self._count = int(kept["count"])
        for entry in kept["codes"]:
            raw = tuple(int(pulse) for pulse in entry["raw"])
            self.codes[entry["id"]] = {name: value for name, value in entry.items() if name != "raw"}
            self.pulses[entry["id"]] = Burst(raw, int(entry["carrier"]))

    def truth(self) -> dict[str, Any]:
        """Codes kept, transmissions sent."""
        return super().truth() | {
            "codes": len(self.codes),
            "sent": self.sent,
            "lastSent": _shown(self.latest),
            "listening": self.listening is not None,
            "band": list(BAND),
        }


def _shown(burst: Burst | None) -> dict[str, Any] | None:
    return None if burst is None else {"raw": list(burst.pulses), "carrier": burst.carrier}


def _pressed(wish: Mapping[str, Any]) -> Burst:
    """Return what a handheld remote sends: the key of one, the whole state another's display shows."""
    kind = str(wish["remote"])
    if kind in HANDHELDS:
        return HANDHELDS[kind].press(str(wish.get("key", "")))
    codes = CODE_SETS[kind]
    if strange := sorted(set(wish.get("set", {})) - set(codes.start)):
        raise Refusal("schema", f"the remote's display does not show {', '.join(strange)}; it shows {', '.join(codes.start)}")
    return codes.encode({**codes.start, **wish.get("set", {})})


def _recognised(heard: Heard) -> dict[str, Any]:
    found = BRANDS.get((heard.protocol, heard.address))
    candidates = [] if found is None else [{"brand": found[0], "kind": found[1], "likelihood": 0.9}]
    return {"protocol": heard.protocol, "candidates": candidates}
