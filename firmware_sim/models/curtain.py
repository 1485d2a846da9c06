"""A curtain on a motorised track: it takes its time, meets things, and can be pulled.

Only closing is dangerous (a hand, a child, a flower pot), so the guard of 30 s follows an obstruction while closing; one while opening
just stops it. After a power cut it stands where it stood, and is not sure of that until it has felt an end: somebody may have pulled it.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.model import BROWN_OUT, Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.track import Track
from firmware_sim.refusal import Refusal

SPEED = 0.14
"""Metres a second."""
STANDBY_WATTS, BATTERY_STANDBY_WATTS, MOTOR_WATTS, SLAT_WATTS = 0.5, 0.002, 40.0, 4.0
GUARD = 30.0
"""Seconds without closing after an obstruction."""
TILT_PACE = 20.0
"""Percent a second of the slats."""
PULL = 3.0
"""Percent of travel by which a hand must move the cloth for the motor to take over."""
TOLD_EVERY = 1.0
"""Seconds between two places told on the way."""
BLOCKED, NO_MOTOR = "MOTION.CURTAIN-BLOCKED", "MOTION.CURTAIN-MOTOR"


class Curtain(BatteryPowered):
    """A curtain of 2.0 to 3.5 m of travel."""

    KIND = "curtain"
    PREFIX = "curtain"
    FEATURES = ("OBS", "HPS", "CAL", "MNS", "HRS", "IDF")
    PRODUCT = "HS-C14"
    STEP = 0.5
    WATT_HOURS = 16.0
    CHARGER_WATTS = 10.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"position": 100, "tilt": 100, "pullStart": True}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "pull": {"type": "number", "unit": "%", "minimum": -100, "maximum": 100},
        "obstacle": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "clear": {"type": "boolean", "const": True},
        "charger": {"type": "boolean"},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.track = Track(round(random.uniform(2.0, 3.5), 2), SPEED)
        self.slats = 100.0
        self.charger = False
        self.calibrating: Procedure | None = None
        self._turning = 0.0
        self._guard = self._fault_left = 0.0
        self._told, self._told_ago = 100, 0.0

    def begin_as_set(self) -> None:
        """Hang where it is set to, with its slats as they are set."""
        self.track.position = self.track.counted = float(self.settings["position"])
        self._told, self.slats = round(self.track.counted), float(self.settings["tilt"])

    def plugged(self) -> bool:
        """Whether it hangs on the mains, or on its charger."""
        return self.corded or self.charger

    @property
    def obstructed(self) -> bool:
        """Whether it may not close for now."""
        return self._guard > 0

    def movement(self) -> str:
        """Say what it does, in the profile's words."""
        return ("closing", "stopped", "opening")[self.track.direction + 1]

    def able(self) -> bool:
        """Whether the motor can turn."""
        fed = self.charge > 0 if self.has_battery and not (self.plugged() and self.volts >= BROWN_OUT) else True
        return self.powered and "motor" not in self.disabled and fed

    # Physics

    def run(self, seconds: float) -> None:
        """Move as far as the time allows, and count the power."""
        self._calm(seconds)
        self._follow_calibration()
        self._turning = self._drive(seconds)
        slats = self._turn_slats(seconds)
        load = BATTERY_STANDBY_WATTS if self.has_battery else STANDBY_WATTS
        if seconds:
            load += (MOTOR_WATTS * self._turning + SLAT_WATTS * slats) / seconds
        self.spend(load, seconds)
        self._tell(seconds)

    def working(self) -> bool:
        """Whether the motor turned."""
        return self.powered and self._turning > 0

    def _calm(self, seconds: float) -> None:
        """Let the guard and the fault pass."""
        self._guard = max(0.0, self._guard - seconds)
        if self._fault_left > 0:
            self._fault_left -= seconds
            if self._fault_left <= 0:
                self.trouble(BLOCKED, on=False)

    def _drive(self, seconds: float) -> float:
        """Move towards the target; return the seconds the motor turned."""
        if self.track.target is None:
            return 0.0
        if not self.able():
            self._halt()
            return 0.0
        before = self.movement()
        turned, met = self.track.drive(seconds)
        if met:
            self._meet(self.movement())
        elif self.track.target is None and before != "stopped":
            self._halt()
        return turned

    def _meet(self, movement: str) -> None:
        """Stop at the obstacle, say so, and guard."""
        if movement == "closing":
            self._guard = GUARD
        if self._fault_left <= 0:
            self.trouble(BLOCKED, freeze={"position": round(self.track.counted)})
        self._fault_left = GUARD
        self._spoil("something is in the way")
        self._halt()
        self.happen("obstruction", position=round(self.track.counted), movement=movement)

    def _spoil(self, why: str) -> None:
        """End the learning of the ends."""
        if self.calibrating is not None:
            self.calibrating.failure = why

    def _halt(self) -> None:
        self.track.halt()
        self.settings["position"] = self._told = round(self.track.counted)

    def _turn_slats(self, seconds: float) -> float:
        """Turn the slats; return the seconds it took."""
        if not self.able():
            return 0.0
        distance = float(self.settings["tilt"]) - self.slats
        step = min(abs(distance), TILT_PACE * seconds)
        self.slats += step if distance > 0 else -step
        return step / TILT_PACE

    def _tell(self, seconds: float) -> None:
        """Tell the way once a second, and the target only when it is there."""
        self._told_ago += seconds
        if self.track.target is None or self._told_ago < TOLD_EVERY:
            return
        shown = round(self.track.counted)
        self._told = shown if shown != self.track.target else min(100, max(0, shown - self.track.direction))
        self._told_ago = 0.0

    # What is asked

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Refuse to close after an obstruction, to move while it learns, and what the motor cannot do."""
        if "position" not in changes:
            return
        if self.obstructed and changes["position"] < self.track.counted:
            why = "something was in the way: for now it only opens"
            raise Refusal("state-conflict", why, constraint="curtain-blocked", property="position")
        if self.calibrating is not None:
            raise Refusal("state-conflict", "it is learning its ends", property="position")
        if not self.able():
            raise Refusal("device-error", "the motor does not turn", property="position")

    def changed(self, names: Collection[str]) -> None:
        """Set out."""
        if "position" in names:
            self._set_out(float(self.settings["position"]))

    def _set_out(self, target: float) -> None:
        self.track.aim(target)
        self._told_ago = 0.0
        if self.track.target is None:
            self._halt()
        elif self._told == target:
            self._told = min(100, max(0, self._told - self.track.direction))

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Stop, or learn both ends."""
        if action == "stop":
            self._spoil("it was stopped")
            self.settings["tilt"] = round(self.slats)
            self._halt()
            return None
        return self._calibrate() if action == "calibrate" else super().begin(action, input)

    def _calibrate(self) -> Procedure:
        if self.obstructed:
            raise Refusal("state-conflict", "something was in the way: for now it only opens", constraint="curtain-blocked")
        if not self.able():
            raise Refusal("device-error", "the motor does not turn")
        opening, closing = (100 - self.track.position) / self.track.pace, 100 / self.track.pace
        self.calibrating = Procedure([("opening", opening + 1), ("closing", closing + 1)], finish=self._calibrated)
        return self.calibrating

    def _follow_calibration(self) -> None:
        if self.calibrating is None or self.calibrating.failure is not None or not self.powered:
            return
        end = 100.0 if self.calibrating.phase == "opening" else 0.0
        if end not in (self.track.target, self.track.position):
            self._set_out(end)

    def _calibrated(self, result: str) -> dict[str, Any]:
        self.calibrating = None
        self._halt()
        return {"result": result} | ({"travel": self.track.travel} if result == "done" else {})

    # What it tells

    def readings(self) -> dict[str, Any]:
        """Where it is, by its own counting."""
        return super().readings() | {
            "position": self._told,
            "movement": self.movement(),
            "tilt": round(self.slats),
            "obstructed": self.obstructed,
        }

    def qualities(self) -> dict[str, str]:
        """After a power cut the place is assumed until an end is felt."""
        return {} if self.track.sure else {"position": "assumed"}

    def waits(self) -> dict[str, float | None]:
        """When it will be there."""
        return {} if self.track.target is None else {"position": self.track.arrival()}

    def touch(self, name: str, value: Any) -> None:
        """Pull the cloth, put something in its way, take it away, plug the charger in."""
        match name:
            case "pull":
                self._pull(float(value))
            case "obstacle":
                self.track.obstacle = float(value)
            case "clear":
                self.track.obstacle = None
            case "charger":
                self.charger = bool(value)
            case _:
                super().touch(name, value)

    def _pull(self, by: float) -> None:
        """Move the cloth by hand; a motor that runs stops, one that rests may take over."""
        rested = self.track.target is None and self.calibrating is None
        self.track.pull(by, counting=self.powered)
        if not self.powered:
            return
        self._spoil("it was pulled")
        self._halt()
        allowed = self.able() and not (self.obstructed and by < 0)
        if rested and allowed and self.settings["pullStart"] and abs(by) >= PULL:
            self.settings["position"] = 100 if by > 0 else 0
            self._set_out(float(self.settings["position"]))

    def checks(self) -> list[Check]:
        """Supply, motor, a free track."""
        return [
            *super().checks(),
            Check("motor", passed=self.able(), needs="motor", suspects=(NO_MOTOR,)),
            Check("track", passed=self._fault_left <= 0, suspects=(BLOCKED,)),
        ]

    def dark(self) -> None:
        """Stand still where it is."""
        self._halt()
        self.settings["tilt"] = round(self.slats)

    def lit(self, outage: float) -> None:
        """Stay where it is, no longer sure where that is."""
        super().lit(outage)
        self.track.sure = False

    def kept(self) -> dict[str, Any]:
        """Keep the place, of the cloth and as counted."""
        return super().kept() | {"position": self.track.position, "counted": self.track.counted}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Find the place again."""
        super().recalled(kept)
        self.track.position, self.track.counted = float(kept["position"]), float(kept["counted"])
        self._halt()

    def truth(self) -> dict[str, Any]:
        """Show the cloth, the motor, what is in the way."""
        return super().truth() | {
            "position": self.track.position,
            "counted": self.track.counted,
            "target": self.track.target,
            "movement": self.movement(),
            "obstacle": self.track.obstacle,
            "travel": self.track.travel,
        }
