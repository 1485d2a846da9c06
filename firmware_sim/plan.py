"""What to simulate, as the command line or a home file says it: plain records, checked before anything is opened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

from firmware_sim.profile import locate, read
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WIRES

HOMES = Path(__file__).parent / "homes"


@dataclass(frozen=True, kw_only=True)
class UnitPlan:
    """One appliance to simulate; names as in a home file."""

    kind: str
    wire: str
    address: str = "127.0.0.1"
    port: int | None = None
    id: str | None = None
    seed: int = 0
    features: tuple[str, ...] | None = None
    title: str | None = None
    room: str | None = None
    broker: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    profiles: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot work, saying what would."""
        locate(self.kind, self.profiles)
        if self.wire not in WIRES:
            raise SetupMistake(f"no wire {self.wire!r}; there are {', '.join(WIRES)}")
        if self.id is not None and (not re.fullmatch(r"[a-z0-9-]{1,64}", self.id) or self.id == "c"):
            raise SetupMistake(f"{self.id!r} cannot be a device id: use 1 to 64 of a-z, 0-9 and '-'")
        try:
            IPv4Address(self.address)
        except AddressValueError:
            raise SetupMistake(f"{self.address!r} is no IPv4 address such as 127.0.0.2") from None
        if "native_mqtt" in WIRES[self.wire] and self.broker is None:
            raise SetupMistake(f"{self.id or self.kind} speaks MQTT: name the broker with --broker mqtt://127.0.0.1:1883")


def home_plan(name: str, *, broker: str | None = None) -> tuple[UnitPlan, ...]:
    """Read a home file (a path, or a name from `homes/`); `broker` goes before the one in the file."""
    path = Path(name) if Path(name).suffix else HOMES / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(home.stem for home in HOMES.glob("*.yaml")))
        raise SetupMistake(f"there is no home {name!r}: give a YAML file or one of {known}")
    document = read(path.resolve())
    units = document.get("units")
    if not isinstance(units, list) or not units:
        raise SetupMistake(f"{path.name}: `units` must be a list with at least one appliance")
    plans = tuple(_unit_plan(path.name, number, entry, broker or document.get("broker")) for number, entry in enumerate(units, 1))
    _check_apart(path.name, plans)
    return plans


def _unit_plan(source: str, number: int, entry: Any, broker: str | None) -> UnitPlan:
    known = {item.name for item in fields(UnitPlan)}
    if not isinstance(entry, dict) or not {"kind", "wire"} <= set(entry):
        raise SetupMistake(f"{source}: unit {number} needs at least `kind` and `wire`")
    if unknown := set(entry) - known:
        raise SetupMistake(f"{source}: unit {number} has unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    try:
        features = entry.get("features")
        return UnitPlan(**{"broker": broker, **entry, "features": None if features is None else tuple(features)})
    except SetupMistake as mistake:
        raise SetupMistake(f"{source}: unit {number}: {mistake}") from None


def _check_apart(source: str, plans: tuple[UnitPlan, ...]) -> None:
    """Two units may not share an id, nor one address with the same wire."""
    names = [plan.id for plan in plans if plan.id is not None]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupMistake(f"{source}: the id {', '.join(sorted(twice))} appears twice")
    places = [(plan.address, plan.port, module) for plan in plans for module in WIRES[plan.wire] if module in ("native_coap", "midea_v2")]
    if shared := {place for place in places if places.count(place) > 1 and place[1] != 0}:
        raise SetupMistake(
            f"{source}: {min(place[0] for place in shared)} is given to two units with the same wire; use one 127.0.0.N for each"
        )
