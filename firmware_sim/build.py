"""Puts an appliance together: model, profile, features, clock and memory."""

from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

from firmware_sim.appliance import Appliance
from firmware_sim.badge import Badge
from firmware_sim.clock import SimulatorClock
from firmware_sim.memory import Memory
from firmware_sim.models.model import Model
from firmware_sim.models.table import model_class
from firmware_sim.profile import FlatProfile, load, locate
from firmware_sim.refusal import SetupMistake
from firmware_sim.schema import problem
from firmware_sim.surface import Surface

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def make_appliance(
    kind: str,
    *,
    identifier: str | None = None,
    seed: int = 0,
    features: Iterable[str] | None = None,
    title: str | None = None,
    clock: SimulatorClock | None = None,
    state: Path | None = None,
    profiles: Iterable[Path] = (),
    settings: Mapping[str, Any] | None = None,
    made: Mapping[str, Any] | None = None,
    model_type: type[Model] | None = None,
    badge: Badge | None = None,
    narrowed: Mapping[str, Mapping[str, Any]] | None = None,
    added: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    readings: Mapping[str, Any] | None = None,
    unsaid: Iterable[str] = (),
) -> Appliance:
    """Return a simulated appliance; the same kind, seed and features give the same one. SetupMistake when it cannot be built.

    `kind`: its name, or the path of a profile file. `features`: names from the profile's `hl:features` (None = what this kind usually
    has). `state`: folder of what it keeps. `profiles`: folders with more kinds than the standard's. `settings`: how it is set when it is
    new. `made`: as what it was built (`Model.MADE`). `model_type`: another physics than the kind's own. `badge`: its
    certificates and their key. `narrowed`, `added`, `readings`, `unsaid`: as in `plan.UnitPlan`.
    """
    profile, model_type, surface = _ordered(kind, profiles, model_type, features, narrowed, added)
    _check(surface, model_type, settings or {}, made or {})
    random = Random(f"{profile.kind}:{seed}")  # noqa: S311 - physics, not secrets
    identifier = identifier or f"{model_type.PREFIX}-{''.join(random.choices(LETTERS, k=8))}"
    memory = Memory(state / f"{identifier}.json" if state else None, start=random.randrange(1, 1000))
    model = model_type(random)
    for name, value in (made or {}).items():
        model.build_as(name, value)
    model.furnish(surface)
    known = {name: value for name, value in (readings or {}).items() if _fits(surface, name, value)}
    model.settings |= {name: value for name, value in known.items() if name in surface.writable} | dict(settings or {})
    model.begin_as_set()
    if badge is not None:
        model.papers.claims, surface = badge.claims, badge.shown_on(surface)
    memory.recall(model, surface.properties)
    return Appliance(
        model,
        surface,
        identifier=identifier,
        title=title or str(profile.document.get("title", profile.kind)),
        clock=clock or SimulatorClock(),
        memory=memory,
        badge=badge,
        readings=known,
        unsaid=unsaid,
    )


def check_order(
    kind: str,
    *,
    features: Iterable[str] | None,
    settings: Mapping[str, Any],
    made: Mapping[str, Any],
    profiles: Iterable[Path] = (),
    narrowed: Mapping[str, Mapping[str, Any]] | None = None,
    added: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
) -> None:
    """Raise SetupMistake when `make_appliance` could not build it."""
    _, model_type, surface = _ordered(kind, profiles, None, features, narrowed, added)
    _check(surface, model_type, settings, made)


def _ordered(
    kind: str,
    profiles: Iterable[Path],
    model_type: type[Model] | None,
    features: Iterable[str] | None,
    narrowed: Mapping[str, Mapping[str, Any]] | None,
    added: Mapping[str, Mapping[str, Mapping[str, Any]]] | None,
) -> tuple[FlatProfile, type[Model], Surface]:
    """Return what a unit is built from."""
    profile = load(*locate(kind, profiles))
    model_type = model_type or model_class(profile)
    usual = (name for name in model_type.FEATURES if name in profile.features)
    chosen = tuple(usual if features is None else features)
    if not narrowed and not added:
        return profile, model_type, _surface(profile, chosen, cast("Hashable", model_type))
    own = {f"/properties/{name}": terms for name, terms in (narrowed or {}).items()}
    return profile, model_type, Surface(profile, chosen, {**model_type.NARROWED, **own}, added)


def _fits(surface: Surface, name: str, value: Any) -> bool:
    return name in surface.properties and problem(surface.properties[name], value) is None


def _check(surface: Surface, model_type: type[Model], settings: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    """Refuse what a new unit cannot be set to, or is not made as."""
    for name, value in settings.items():
        if name not in surface.writable:
            raise SetupMistake(f"settings: {name!r} cannot be set; there are {', '.join(sorted(surface.writable))}")
        if (trouble := problem(surface.properties[name], value)) is not None:
            raise SetupMistake(f"settings: {name}: {trouble}")
    for name, value in made.items():
        if name not in model_type.MADE:
            raise SetupMistake(f"made: {name!r} cannot be chosen; there are {', '.join(sorted(model_type.MADE)) or 'none'}")
        if (trouble := problem(model_type.MADE[name], value)) is not None:
            raise SetupMistake(f"made: {name}: {trouble}")


@cache
def _surface(profile: FlatProfile, features: tuple[str, ...], model_type: Any) -> Surface:
    """Return what units of a kind with these features show; they share it, and nobody changes it."""
    return Surface(profile, features, model_type.NARROWED)
