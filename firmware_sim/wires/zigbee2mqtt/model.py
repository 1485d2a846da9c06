"""One model of a device, from `models/<name>.yaml`: how the bridge describes it, and where the appliance's values stand in its state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.profile import parse
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.zigbee2mqtt.shown import Shown, shown

FOLDER = Path(__file__).parent / "models"
SET, GET = 2, 4
"""Bits of `access`, besides 1: it stands in the state."""
_LINK_QUALITY = {"name": "linkquality", "type": "numeric", "access": 1, "unit": "lqi", "value_min": 0, "value_max": 255}
_SPECIFIC = ("light", "switch", "cover", "lock", "climate", "fan", "siren", "valve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a device says once and does not keep: `event` of the appliance, and the word for its `member`."""

    event: str
    member: str
    words: Mapping[Any, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`features`: of the appliance that fits it, None for any. `leaves`: property to what `exposes` says of it."""

    name: str
    kind: str
    features: tuple[str, ...] | None
    about: Mapping[str, Any]
    exposes: list[dict[str, Any]]
    rows: Mapping[str, Shown]
    endpoints: Mapping[int, Mapping[str, Any]]
    action: Action | None = None
    leaves: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def access(self, name: str) -> int:
        """Return the access bits of a property, 0 for one it has not."""
        return int(self.leaves.get(name, {}).get("access", 0))

    def definition(self) -> dict[str, Any]:
        """Return it as the bridge tells it."""
        about = {name: self.about[name] for name in ("model", "vendor", "description")}
        return about | {"exposes": self.exposes, "options": [], "source": "native", "supports_ota": False, "version": "0.0.0"}


def models() -> tuple[str, ...]:
    """Return the names of the models there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def model_for(kind: str, name: str | None) -> Model:
    """Return the model of this name, or the first that is made for the kind; SetupMistake when there is none."""
    if name is not None:
        if name not in models():
            raise SetupMistake(f"facts: there is no Zigbee device {name!r}; there are {', '.join(models())}")
        return model(name)
    for known in models():
        if model(known).kind == kind:
            return model(known)
    raise SetupMistake(f"no Zigbee device here is a {kind}: facts: {{model: ...}} is one of {', '.join(models())}")


@cache
def model(name: str) -> Model:
    """Return the model that stands in a file."""
    data = parse(FOLDER / f"{name}.yaml")
    exposes = [_whole(expose) for expose in (*data["exposes"], {**_LINK_QUALITY, "category": "diagnostic"})]
    action = data.get("action")
    features = data.get("features")
    return Model(
        name=name,
        kind=data["kind"],
        features=None if features is None else tuple(features),
        about=data,
        exposes=exposes,
        rows={row: shown(spec) for row, spec in data["shows"].items()},
        endpoints=data["endpoints"],
        action=None if action is None else Action(**action),
        leaves={leaf["property"]: leaf for leaf in _leaves(exposes)},
    )


def _whole(expose: Mapping[str, Any], endpoint: str = "") -> dict[str, Any]:
    """Return what a file says in short as the bridge says it: with property and label, and the endpoint after the property."""
    endpoint = expose.get("endpoint", endpoint)
    whole = dict(expose) | ({"endpoint": endpoint} if endpoint else {})
    specific = expose["type"] in _SPECIFIC
    if not specific:
        name = str(expose["name"])
        whole["label"] = name.replace("_", " ").capitalize()
        whole["property"] = f"{expose.get('property', name)}_{endpoint}" if endpoint else expose.get("property", name)
    if "features" in expose:
        whole["features"] = [_whole(feature, endpoint if specific else "") for feature in expose["features"]]
    return whole


def _leaves(exposes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for expose in exposes:
        if expose["type"] in _SPECIFIC:
            yield from _leaves(expose["features"])
        else:
            yield expose
