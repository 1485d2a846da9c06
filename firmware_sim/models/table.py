"""Kind -> its model, imported when first used. A new kind is one file here and one line in this table."""

from importlib import import_module
from typing import cast

from firmware_sim.models.model import Model
from firmware_sim.refusal import SetupMistake

MODELS: dict[str, tuple[str, str]] = {
    "air-conditioner": ("air_conditioner", "AirConditioner"),
    "refrigerator": ("refrigerator", "Refrigerator"),
    "set-top-box": ("set_top_box", "SetTopBox"),
    "plug": ("plug", "Plug"),
    "light": ("light", "Light"),
}
"""Kind -> (module, class)."""


def model_class(kind: str) -> type[Model]:
    """Return the model of a kind; SetupMistake when there is none."""
    if kind not in MODELS:
        raise SetupMistake(f"no simulated {kind!r}; there are {', '.join(sorted(MODELS))}")
    module, name = MODELS[kind]
    return cast("type[Model]", getattr(import_module(f"firmware_sim.models.{module}"), name))
