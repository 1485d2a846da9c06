"""Legal choices of a device: feature sets closed under `requires` and free of `excludes`, and narrowing that only narrows."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from gateway.profile.features import Feature
from gateway.profile.instance import Instance
from gateway.profile.model import Model
from gateway.thing.description import Description


def closed(features: Mapping[str, Feature], chosen: frozenset[str]) -> frozenset[str]:
    """Return a choice with all it requires."""
    wider = chosen.union(*(features[name].requires for name in chosen))
    return chosen if wider == chosen else closed(features, wider)


def is_legal(features: Mapping[str, Feature], chosen: frozenset[str]) -> bool:
    """Return whether a device may have exactly these features."""
    return closed(features, chosen) == chosen and not any(features[name].excludes & chosen for name in chosen)


def richest(model: Model) -> Instance:
    """Return a device with as many features as go together, those first that come first in the alphabet."""
    chosen: frozenset[str] = frozenset()
    for name in sorted(model.features):
        wider = closed(model.features, chosen | {name})
        chosen = wider if is_legal(model.features, wider) else chosen
    return model.instance(Description(id=f"{model.kind}-1", kind=model.kind, major=model.major, features=tuple(sorted(chosen))))


@st.composite
def feature_sets(draw: st.DrawFn, model: Model) -> frozenset[str]:
    """Return a legal feature set: features are offered in any order, and each joins where it, with what it requires, still fits."""
    chosen: frozenset[str] = frozenset()
    if not model.features:
        return chosen
    for name in draw(st.lists(st.sampled_from(sorted(model.features)), unique=True)):
        wider = closed(model.features, chosen | {name})
        chosen = wider if is_legal(model.features, wider) else chosen
    return chosen


@st.composite
def instances(draw: st.DrawFn, model: Model, *, narrow: bool = True) -> Instance:
    """Return a device of a kind with a legal feature set, its schemas perhaps narrower than the kind's."""
    features = tuple(sorted(draw(feature_sets(model))))
    plain = Description(id=f"{model.kind}-1", kind=model.kind, major=model.major, features=features)
    if not narrow:
        return model.instance(plain)
    narrowing = draw(narrowings(model.instance(plain)))
    return model.instance(Description(id=plain.id, kind=plain.kind, major=plain.major, features=features, narrowing=narrowing))


@st.composite
def narrowings(draw: st.DrawFn, instance: Instance) -> dict[str, dict[str, Any]]:
    """Return a narrowing of some writable properties: a smaller range, a bigger step, fewer words."""
    found = {}
    for name, each in sorted(instance.properties.items()):
        if not each.read_only and draw(st.booleans()) and (terms := draw(_narrower(each.schema))):
            found[name] = terms
    return found


@st.composite
def _narrower(draw: st.DrawFn, schema: Mapping[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        kept = draw(st.sets(st.sampled_from(list(schema["enum"])), min_size=1))
        return {"enum": [word for word in schema["enum"] if word in kept]}
    if schema.get("type") not in ("number", "integer") or not {"minimum", "maximum", "multipleOf"} <= schema.keys():
        return {}
    step = schema["multipleOf"] * draw(st.sampled_from([1, 1, 2]))
    first, last = -(-schema["minimum"] // step), schema["maximum"] // step
    if first >= last:
        return {}
    low = draw(st.integers(int(first), int(last)))
    high = draw(st.integers(low, int(last)))
    return {"multipleOf": step, "minimum": low * step, "maximum": high * step}
