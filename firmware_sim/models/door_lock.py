"""A door lock with a motor bolt and a door to go with it. Five wrong tries within five minutes block every further one for five minutes."""

from collections.abc import Mapping
from hashlib import sha256
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.model import Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

TRIES, BLOCK = 5, 300.0
IDLE_WATTS, MOTOR_JOULES = 0.002, 30.0
JAMMED, TAMPERED = "MOTION.BOLT-JAMMED", "SAFETY.TAMPER"


class DoorLock(BatteryPowered):
    """Four AA cells, 12 Wh. Its token is 135790, so that tests can open it."""

    KIND = "door-lock"
    PREFIX = "lock"
    FEATURES = ("ULK", "RLK", "HRS", "IDF")
    PRODUCT = "HS-L4"
    WATT_HOURS = 12.0
    TOKEN: ClassVar[str] = "135790"  # noqa: S105 - of a simulated lock
    SETTINGS: ClassVar[Mapping[str, Any]] = {"autoRelock": 30}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "door": {"type": "string", "enum": ["open", "closed"]},
        "key": {"type": "string", "enum": ["lock", "unlock"]},
        "inside": {"type": "string", "enum": ["lock", "unlock", "reset"]},
        "finger": {"type": "string", "maxLength": 32},
        "pry": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.locked = True
        self.door_open = False
        self.wrong: list[float] = []
        self.blocked_left = 0.0
        self.relock_left: float | None = None
        self._now = 0.0

    def run(self, seconds: float) -> None:
        """Count down the block and the relock; live off the cells."""
        self._now += seconds
        self.blocked_left = max(0.0, self.blocked_left - seconds)
        if self.relock_left is not None and not self.door_open:
            self.relock_left -= seconds
            if self.relock_left <= 0:
                self._move(locked=True, method="auto")
        self.spend(IDLE_WATTS, seconds)

    def _move(self, *, locked: bool, method: str, by: str | None = None) -> bool:
        """Throw or draw the bolt; return whether it moved as wished."""
        able = "bolt" not in self.disabled and self.charge > 0 and not (locked and self.door_open)
        self.relock_left = None
        if able:
            self.locked = locked
            self.charge = max(0.0, self.charge - MOTOR_JOULES / 36.0 / self.WATT_HOURS)
            if not locked and self.settings["autoRelock"]:
                self.relock_left = float(self.settings["autoRelock"])
        person = {} if by is None else {"by": sha256(by.encode()).hexdigest()[:16]}
        result = "done" if able else "failed"
        self.happen("operated", operation="lock" if locked else "unlock", method=method, result=result, **person)
        return able

    def _try(self, *, right: bool, method: str, by: str | None = None) -> bool:
        """Judge a try to open; return whether it was right and not blocked."""
        if self.blocked_left > 0 or not right:
            self.happen("operated", operation="unlock", method=method, result="refused")
            if self.blocked_left <= 0:
                self._count_wrong()
            return False
        self.wrong.clear()
        return self._move(locked=False, method=method, by=by)

    def _count_wrong(self) -> None:
        self.wrong = [when for when in self.wrong if self._now - when < BLOCK] + [self._now]
        if len(self.wrong) >= TRIES:
            self.wrong.clear()
            self.blocked_left = BLOCK
            self.happen("tamper", kind="tries")

    def readings(self) -> dict[str, Any]:
        """Bolt, door, block."""
        return super().readings() | {
            "locked": self.locked,
            "doors": [{"id": "door", "open": self.door_open}],
            "triesBlocked": self.blocked_left > 0,
        }

    def waits(self) -> dict[str, float | None]:
        """Say when the block of wrong tries ends."""
        return {"triesBlocked": self.blocked_left} if self.blocked_left > 0 else {}

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Lock, or unlock with the right token."""
        match action:
            case "lock" if self.door_open:
                raise Refusal("state-conflict", "the door is open", property="doors")
            case "lock":
                self._done(self._move(locked=True, method="remote"))
            case "unlock" if input["token"] != self.TOKEN:
                self._try(right=False, method="remote")
                raise Refusal("forbidden", "that is not the token")
            case "unlock":
                self._done(self._try(right=True, method="remote"))
            case _:
                return super().begin(action, input)
        return None

    def _done(self, moved: bool) -> None:
        if not moved:
            raise Refusal("device-error", "the bolt did not move")

    def touch(self, name: str, value: Any) -> None:
        """Open the door, turn the key, lay a finger on it, pry at it."""
        match name:
            case "door":
                self._swing(value == "open")
            case "key":
                self._move(locked=value == "lock", method="key")
            case "inside" if value == "reset":
                self.trouble(TAMPERED, on=False)
            case "inside":
                self._move(locked=value == "lock", method="inside")
            case "finger":
                self._try(right=bool(value), method="fingerprint", by=value or None)
            case "pry":
                self.happen("tamper", kind="pried")
                self.trouble(TAMPERED)
            case _:
                super().touch(name, value)

    def _swing(self, open: bool) -> None:
        """Open or shut the door; a bolted one stays shut."""
        self.door_open = open and not self.locked

    def checks(self) -> list[Check]:
        """Cells and bolt."""
        return [*super().checks(), Check("bolt", passed="bolt" not in self.disabled, needs="motor", suspects=(JAMMED,))]

    def kept(self) -> dict[str, Any]:
        """Keep where the bolt is."""
        return super().kept() | {"locked": self.locked}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Find the bolt where it was."""
        super().recalled(kept)
        self.locked = bool(kept["locked"])

    def truth(self) -> dict[str, Any]:
        """Bolt, door, tries."""
        return super().truth() | {
            "locked": self.locked,
            "doorOpen": self.door_open,
            "wrongTries": len(self.wrong),
            "blockedFor": self.blocked_left,
            "relockIn": self.relock_left,
        }
