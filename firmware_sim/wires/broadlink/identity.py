"""Who a simulated transmitter is, and what its model is like."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from firmware_sim.profile import parse
from firmware_sim.refusal import SetupMistake

USUAL = 0x649B


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`model`: its number; the rest of the model's as `models.yaml` says. `locked`: its owner has locked it in the maker's app."""

    mac: bytes
    name: str
    model: int
    framed: bool
    empty: int
    climate: str
    locked: bool


def identity_of(identifier: str, facts: Mapping[str, Any]) -> Identity:
    """Make up what `facts` do not say from the id of the simulated appliance; SetupMistake for a model nobody knows."""
    digest = hashlib.sha256(f"broadlink:{identifier}".encode()).hexdigest()
    model = facts.get("model", USUAL)
    rows = _models()
    if model not in rows:
        raise SetupMistake(f"facts: `model` of a Broadlink transmitter is one of {', '.join(map(hex, rows))}, not {model!r}")
    row = rows[model]
    return Identity(
        mac=bytes.fromhex(str(facts.get("mac") or f"24dfa7{digest[:6]}")),
        name=str(facts.get("name") or row["name"]),
        model=model,
        framed=row["framed"],
        empty=row["empty"],
        climate=row.get("climate", ""),
        locked=bool(facts.get("locked", False)),
    )


@cache
def _models() -> Mapping[int, Mapping[str, Any]]:
    return cast("Mapping[int, Mapping[str, Any]]", parse(Path(__file__).parent / "models.yaml"))
