"""Kind -> its model. A kind has the file `models/<kind_with_underscores>.py`, or else the generic model, made from its profile alone."""

from functools import cache
from importlib import import_module
from pathlib import Path

from firmware_sim.models.generic import generic_model
from firmware_sim.models.model import Model
from firmware_sim.profile import FlatProfile, kinds

_FOLDER = Path(__file__).parent


def model_class(profile: FlatProfile) -> type[Model]:
    """Return the model of a profile's kind: its own one, or the generic one."""
    return own_model(profile.kind) or generic_model(profile)


@cache
def own_model(kind: str) -> type[Model] | None:
    """Return the class with `KIND == kind` of the file named for the kind; None when there is no such file or class."""
    module = kind.replace("-", "_")
    if not (_FOLDER / f"{module}.py").is_file():
        return None
    found = vars(import_module(f"firmware_sim.models.{module}")).values()
    return next((thing for thing in found if _is_model(thing, kind)), None)


def _is_model(thing: object, kind: str) -> bool:
    return isinstance(thing, type) and issubclass(thing, Model) and getattr(thing, "KIND", None) == kind


def deep_kinds() -> tuple[str, ...]:
    """Return the standard's kinds that have a model of their own, sorted."""
    return tuple(kind for kind in kinds() if own_model(kind) is not None)
