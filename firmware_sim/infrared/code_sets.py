"""What a remote's frames can say about an appliance of a kind: which features, how narrow, and there and back between values and pulses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.air import Burst
from firmware_sim.infrared import climate
from firmware_sim.infrared.climate import Climate
from firmware_sim.refusal import SetupMistake


@dataclass(frozen=True, kw_only=True)
class CodeSet:
    """One make of remotes for `kind`; `start` is what its display shows when it is new, `narrowed` what its frames cannot go beyond."""

    kind: str
    features: tuple[str, ...]
    narrowed: Mapping[str, Mapping[str, Any]]
    start: Mapping[str, Any]
    encode: Callable[[Mapping[str, Any]], Burst]
    decode: Callable[[Burst], Mapping[str, Any] | None]


def _air_conditioner(values: Mapping[str, Any]) -> Burst:
    turbo = values["fanMode"] == "turbo"
    state = Climate(
        power=values["power"],
        mode=values["mode"],
        temperature=int(values["targetTemperature"]),
        fan="high" if turbo else values["fanMode"],
        swing=bool(values.get("verticalSwing", False)),
        sleep=values.get("sleepMode", "off") == "on",
        turbo=turbo,
    )
    return climate.encode(state)


def _climate_values(burst: Burst) -> Mapping[str, Any] | None:
    """Return what a frame asks for; a temperature only in the modes that have one."""
    if (state := climate.decode(burst)) is None:
        return None
    values: dict[str, Any] = {
        "power": state.power,
        "mode": state.mode,
        "fanMode": "turbo" if state.turbo else state.fan,
        "verticalSwing": state.swing,
        "sleepMode": "on" if state.sleep else "off",
    }
    return values | ({"targetTemperature": state.temperature} if state.mode in ("auto", "cool", "heat") else {})


_FANS = ["auto", "low", "medium", "high", "turbo"]
_TEMPERATURE: Mapping[str, Any] = {"minimum": climate.LOWEST, "maximum": climate.HIGHEST, "multipleOf": 1}

CODE_SETS: Mapping[str, CodeSet] = {
    "air-conditioner": CodeSet(
        kind="air-conditioner",
        features=("HEAT", "AUTO", "SWV", "SLP"),
        narrowed={
            "/properties/targetTemperature": _TEMPERATURE,
            "/properties/fanMode": {"enum": _FANS},
            "/actions/setComfort/input/properties/targetTemperature": _TEMPERATURE,
            "/actions/setComfort/input/properties/fanMode": {"enum": _FANS},
        },
        start={"power": False, "mode": "cool", "targetTemperature": 26, "fanMode": "auto", "verticalSwing": False, "sleepMode": "off"},
        encode=_air_conditioner,
        decode=_climate_values,
    ),
}


def code_set(kind: str) -> CodeSet:
    """Return the code set for a kind; SetupMistake when no remote for it is known."""
    if kind not in CODE_SETS:
        raise SetupMistake(f"no infrared codes are known for the kind {kind!r}; `via` works for {', '.join(CODE_SETS)}")
    return CODE_SETS[kind]
