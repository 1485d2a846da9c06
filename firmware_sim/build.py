"""Puts an appliance together: model, profile, features, clock and boot counter."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from firmware_sim.appliance import Appliance
from firmware_sim.clock import SimulatorClock
from firmware_sim.models.table import model_class
from firmware_sim.profile import load
from firmware_sim.refusal import SetupMistake
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
) -> Appliance:
    """Return a simulated appliance; the same kind, seed and features give the same one. SetupMistake when it cannot be built.

    `features`: names from the profile's `hl:features` (None = what this kind usually has). `state`: folder that keeps the boot counter.
    """
    model_type = model_class(kind)
    profile = load(kind)
    random = Random(f"{kind}:{seed}")  # noqa: S311 - physics, not secrets
    usual = (name for name in model_type.FEATURES if name in profile.features)
    identifier = identifier or f"{model_type.PREFIX}-{''.join(random.choices(LETTERS, k=8))}"
    start = random.randrange(1, 1000)
    return Appliance(
        model_type(random),
        Surface(profile, tuple(usual if features is None else features)),
        identifier=identifier,
        title=title or str(profile.document.get("title", kind)),
        clock=clock or SimulatorClock(),
        boot=boot_counter(start, state / f"{identifier}.json" if state else None),
    )


def boot_counter(start: int, path: Path | None) -> Callable[[], int]:
    """Return what gives the next boot number: counted up in memory, or kept in `path`."""
    last = start - 1

    def next_boot() -> int:
        nonlocal last
        last = (_stored(path) if path is not None and path.exists() else last) + 1
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_text(json.dumps({"boot": last}))
            partial.replace(path)
        return last

    return next_boot


def _stored(path: Path) -> int:
    try:
        return int(json.loads(path.read_text())["boot"])
    except (ValueError, KeyError, TypeError) as error:
        raise SetupMistake(f"{path} is damaged: delete it, or start with another --state folder") from error
