"""What entities of every platform have in common."""

from collections.abc import Mapping
from typing import Any

from gateway.faces.homeassistant.entity import Config, Part, Site
from gateway.profile.homeassistant_units import SCALED, unit_of

_FROM_HOOK = {"device_class": "device_class", "icon": "icon", "category": "entity_category"}
_NEWER_CLASSES = frozenset({"area", "blood_glucose_concentration", "energy_distance", "wind_direction"})
"""Device classes that came after 2024.3, whose schema refuses the whole entity for a class it does not know."""


def base(part: Part, site: Site, *, addition: str = "") -> Config:
    """Return name, class, icon and category of an entity made of one affordance; `addition`: which entry of it."""
    name = site.title(part.schema, part.name)
    config: Config = {"name": f"{name} {addition}".strip()}
    for term, option in _FROM_HOOK.items():
        if term in part.hook and not (term == "device_class" and site.older and part.hook[term] in _NEWER_CLASSES):
            config[option] = part.hook[term]
    return config


def unit(schema: Mapping[str, Any]) -> Config:
    """Return the unit of a number, as Home Assistant names it."""
    senml = str(schema.get("unit", "/"))
    name = SCALED[senml][0] if senml in SCALED else unit_of(senml)
    return {} if name is None else {"unit_of_measurement": name}


def limits(schema: Mapping[str, Any], low: str, high: str) -> Config:
    """Return the range of a number under the names a platform has for it."""
    return {option: schema[term] for option, term in ((low, "minimum"), (high, "maximum")) if term in schema}


def step_of(schema: Mapping[str, Any]) -> float | None:
    """Return the step of a number, None where it has none."""
    step = schema.get("multipleOf", 1 if schema.get("type") == "integer" else None)
    return None if step is None else float(step)
