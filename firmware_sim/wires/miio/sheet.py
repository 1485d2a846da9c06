"""The table of one model, from `models/<model>.yaml`: which properties it has under which numbers or names, and what its methods set."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.profile import parse
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.miio.entry import FORMS, Entry

FOLDER = Path(__file__).parent / "models"
MIOT, MIIO = "miot", "miio"
_HEAD = {"model", "kind", "dialect", "firmware", "most", "properties", "methods", "actions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`dialect`: miot (numbered properties) or miio (named ones, and a method for each). `most`: properties in one request.

    `methods`: of the older dialect, to the property each sets. `actions`: "siid.aiid" to what it does: `{toggles: key}` or `{invokes: name,
    input: {...}}`.
    """

    model: str
    kind: str
    dialect: str
    firmware: str
    most: int
    entries: Mapping[str, Entry]
    methods: Mapping[str, str]
    actions: Mapping[str, Mapping[str, Any]]


def models() -> tuple[str, ...]:
    """Return the models that can be simulated."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def sheet_for(kind: str, model: str | None) -> Sheet:
    """Return the table of a model, of the first one of its kind when none is named; SetupMistake when there is none, or of another kind."""
    if model is not None and model not in models():
        raise SetupMistake(f"there is no miIO model {model!r}; there are {', '.join(models())}")
    known = [sheet(name) for name in (models() if model is None else (model,))]
    fitting = [each for each in known if each.kind == kind]
    if not fitting:
        raise SetupMistake(
            f"no miIO model here is of the kind {kind}; there are {', '.join(f'{each.model} ({each.kind})' for each in known)}"
        )
    return next((each for each in fitting if each.dialect == MIOT), fitting[0])


@cache
def sheet(model: str) -> Sheet:
    """Return the table of a model."""
    document = parse(FOLDER / f"{model}.yaml")
    if unknown := sorted(set(document) - _HEAD):
        raise SetupMistake(f"{model}.yaml: unknown {', '.join(unknown)}")
    return Sheet(
        model=document["model"],
        kind=document["kind"],
        dialect=document["dialect"],
        firmware=str(document["firmware"]),
        most=document.get("most", 16),
        entries={key: _entry(model, key, spec) for key, spec in document["properties"].items()},
        methods=document.get("methods", {}),
        actions=document.get("actions", {}),
    )


def _entry(model: str, key: Any, spec: Mapping[str, Any]) -> Entry:
    if not isinstance(key, str):
        raise SetupMistake(f"{model}.yaml: write {key!r} in quotes, or 2.10 becomes 2.1")
    if unknown := sorted(set(spec) - set(FORMS)):
        raise SetupMistake(f"{model}.yaml: {key} has unknown {', '.join(unknown)}")
    return Entry(key, spec, dict(spec.get("words", {})))
