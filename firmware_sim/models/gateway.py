"""A gateway as an appliance: it lists what it serves, lets new ones in that show the right secret, and runs scenes over those it has.

What it serves is made up: there is nothing behind the ids. A real one is the project's own gateway.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

WATTS = 3.5
SCENES = ("leaving-home", "good-night", "welcome")
STEP_SECONDS, PAIRING_SECONDS, EXPORT_SECONDS = 1.0, 20.0, 5.0
SPEAKS = ("air-conditioner", "gateway", "light", "plug", "refrigerator")


class Gateway(BatteryPowered):
    """A box with a battery for a night without mains."""

    KIND = "gateway"
    PREFIX = "gateway"
    FEATURES = ("BAT", "EXP", "HRS", "IDF")
    PRODUCT = "HS-GW1"
    WATT_HOURS = 30.0
    CHARGER_WATTS = 6.0
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "offer": {
            "type": "object",
            "required": ["id", "secret"],
            "properties": {
                "id": {"type": "string", "maxLength": 64, "pattern": "^[a-z0-9-]+$"},
                "secret": {"type": "string", "minLength": 6, "maxLength": 256},
            },
            "additionalProperties": False,
        },
        "forget": {"type": "string", "maxLength": 64},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.devices = ["fridge-kitchen", "light-hall"]
        self.offered: dict[str, str] = {}
        self.exports = 0

    def run(self, seconds: float) -> None:
        """Draw its few watts from wherever it can."""
        self.spend(WATTS, seconds)

    def readings(self) -> dict[str, Any]:
        """Appliances and profiles."""
        return super().readings() | {
            "devices": list(self.devices),
            "profileVersions": [{"kind": kind, "version": "1.0.0"} for kind in SPEAKS],
        }

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Run a scene, pair, export."""
        match action:
            case "runScene":
                return self._scene(input)
            case "pair":
                return Procedure([("searching", PAIRING_SECONDS)], finish=lambda result: self._paired(result, str(input["secret"])))
            case "exportRecords":
                return Procedure([("writing", EXPORT_SECONDS)], finish=lambda result: self._exported(result, str(input["kind"])))
            case _:
                return super().begin(action, input)

    def _scene(self, input: Mapping[str, Any]) -> Procedure:
        if input["scene"] not in SCENES:
            raise Refusal("unknown", f"there is no scene {input['scene']!r}; there are {', '.join(SCENES)}")
        told = "skipped" if input.get("mode") == "dryRun" else "done"
        steps = [{"device": device, "result": told} for device in self.devices]
        return Procedure([("running", STEP_SECONDS * max(1, len(steps)))], finish=lambda result: {"result": result, "steps": steps})

    def _paired(self, result: str, secret: str) -> dict[str, Any]:
        """Let in whoever showed that secret in the meantime."""
        found = next((device for device, word in self.offered.items() if word == secret), None)
        if result != "done" or found is None:
            return {"result": "notFound" if result == "done" else "cancelled"}
        del self.offered[found]
        self.devices = [*(device for device in self.devices if device != found), found][-256:]
        return {"result": "done", "device": found}

    def _exported(self, result: str, kind: str) -> dict[str, Any]:
        if result != "done":
            return {"result": result}
        self.exports += 1
        return {"result": "done", "file": f"{kind}-{self.exports}.json", "entries": 0}

    def touch(self, name: str, value: Any) -> None:
        """Hold a new appliance to it; throw one away."""
        match name:
            case "offer":
                self.offered[value["id"]] = value["secret"]
            case "forget":
                self.devices = [device for device in self.devices if device != value]
            case _:
                super().touch(name, value)

    def kept(self) -> dict[str, Any]:
        """Keep who was let in."""
        return super().kept() | {"devices": self.devices}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Know them again."""
        super().recalled(kept)
        self.devices = list(kept["devices"])

    def truth(self) -> dict[str, Any]:
        """Return who was let in and who waits for it."""
        return super().truth() | {"devices": list(self.devices), "offered": sorted(self.offered)}
