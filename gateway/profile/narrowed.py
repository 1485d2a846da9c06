"""A model of a kind, written down by its maker: which features it has and where it is narrower than the kind.

    title: Acme KFR-35
    titles: {en: Acme KFR-35, zh-Hans: Acme KFR-35}
    model: {of: air-conditioner, version: 1.0.0, maker: Acme, names: [KFR-35GW]}
    features: [HEAT, HUM]
    narrowing:
      targetTemperature: {minimum: 17, maximum: 30, multipleOf: 1}
      setComfort/targetTemperature: {minimum: 17, maximum: 30, multipleOf: 1}
    additions: {}          # x-<vendor>-<name> affordances of its own

Every device of the model is described by it; `hulian profile check` says where it is wider than its kind, and why.
"""

from collections.abc import Mapping
from typing import Any

from gateway.errors import ProfileInvalid
from gateway.profile.library import Library
from gateway.thing.description import Description

TERMS = frozenset({"title", "titles", "description", "descriptions", "model", "features", "narrowing", "additions"})
MODEL_TERMS = frozenset({"of", "version", "maker", "names"})


def description_of_model(document: Mapping[str, Any], library: Library, *, device: str = "") -> Description:
    """Return the description of a device of this model; raise ProfileInvalid or SchemaViolation where the file has mistakes."""
    model = document.get("model")
    if not isinstance(model, Mapping) or not isinstance(model.get("of"), str):
        raise ProfileInvalid("names no kind: model: {of: ...}", pointer="/model")
    names = model.get("names") or [""]
    description = Description(
        id=device,
        kind=model["of"],
        major=major_of(model.get("version")),
        features=tuple(document.get("features") or ()),
        narrowing=document.get("narrowing") or {},
        additions=document.get("additions") or {},
        title=str(document.get("title", "")),
        identity={"maker": model.get("maker", ""), "model": names[0]},
    )
    library.model(description.kind, description.major).instance(description)
    return description


def major_of(version: Any) -> int:
    """Return the major part of a version, 1 where there is none."""
    head = version.partition(".")[0] if isinstance(version, str) else ""
    return int(head) if head.isascii() and head.isdecimal() and len(head) < 5 and int(head) > 0 else 1  # noqa: PLR2004 - no kind has ten thousand majors
