"""What a unit says it can do: the entries of its B5 answer, from the features and the schemas of the simulated appliance.

Numbers and values are the make's own: 0210 fan, 0212 eco, 0214 modes, 0215 swing, 0216 energy, 0219 auxiliary heat, 021A turbo,
021F humidity, 0224 display, 0225 temperatures (lowest and highest for cool, auto and heat in half degrees, then whether halves count),
022C sound, 0039 self-clean.
"""

from collections.abc import Mapping
from typing import Any

from firmware_sim.appliance import Appliance

FAN, ECO, MODES, SWING, ENERGY, AUX_HEAT, TURBO = 0x0210, 0x0212, 0x0214, 0x0215, 0x0216, 0x0219, 0x021A
HUMIDITY, DISPLAY, TEMPERATURES, SOUND, SELF_CLEAN = 0x021F, 0x0224, 0x0225, 0x022C, 0x0039
_MODES = {(True, True): 1, (True, False): 6, (False, True): 0, (False, False): 5}
"""(heats, has an automatic mode) -> value; every unit cools, dries and blows."""


def first_entries(appliance: Appliance) -> dict[int, bytes]:
    """Return the entries of the first answer."""
    features, fans = set(appliance.features), appliance.schema("fanMode").get("enum", ())
    return {
        FAN: bytes([6 if "quiet" in fans else 5]),
        ECO: bytes(["ECO" in features]),
        MODES: bytes([_MODES["HEAT" in features, "AUTO" in features]]),
        SWING: bytes([0 if "SWV" in features else 2]),
        ENERGY: bytes([2 if "MTR" in features else 0]),
        TURBO: bytes([1 if "turbo" in fans else 2]),
    }


def more_entries(appliance: Appliance, *, halves: bool) -> dict[int, bytes]:
    """Return the entries of the second answer; `halves`: the unit heeds half degrees."""
    features = set(appliance.features)
    return {
        AUX_HEAT: bytes(["AUX" in features]),
        HUMIDITY: bytes([2 if "HUM" in features else 0]),
        DISPLAY: b"\x01",
        TEMPERATURES: _range(appliance.schema("targetTemperature")) * 3 + bytes([halves]),
        SOUND: b"\x01",
        SELF_CLEAN: bytes(["CLN" in features]),
    }


def _range(schema: Mapping[str, Any]) -> bytes:
    return bytes([round(2 * schema.get("minimum", 16)), round(2 * schema.get("maximum", 30))])
