"""Which features are which device: one, or a whole and its parts, by the endpoints they stand at."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.kinds import kind_of

MOST_PARTS = 64
_THINGS = ("climate", "lock", "cover", "light", "fan", "valve", "siren", "media_player", "humidifier", "vacuum", "switch")
"""Groups that make a thing; of several the first one stays with what has no group."""


def divided(features: Sequence[Feature], title: str) -> Mapping[str, tuple[Feature, ...]]:
    """Return the features by part, "" the whole; a device with one endpoint only, or with more than can be parts, is no composite."""
    endpoints = list(dict.fromkeys(feature.endpoint for feature in features if feature.endpoint))
    features = [_told_apart(feature, endpoints) for feature in features]
    if len(endpoints) > MOST_PARTS:
        return {"": tuple(features)}
    groups = {endpoint: tuple(each for each in features if each.endpoint == endpoint) for endpoint in endpoints}
    whole = tuple(each for each in features if not each.endpoint)
    if len(endpoints) == 1 and not (kind_of(whole, title) and kind_of(_bare(groups[endpoints[0]]), title)):
        whole, groups = tuple(features), {}
    parts: dict[str, tuple[Feature, ...]] = {}
    for name, group in {"": whole, **groups}.items():
        parts |= _things(name, _bare(group) if name else group)
    return parts if len(parts) <= MOST_PARTS else {"": tuple(features)}


def _things(name: str, features: tuple[Feature, ...]) -> dict[str, tuple[Feature, ...]]:
    """Return a part and those that are things of their own in it: the light of a fan, the third of three relays."""
    things = list(dict.fromkeys((each.group, each.instance) for each in features if each.group in _THINGS))
    if len(things) < 2:  # noqa: PLR2004 - one thing is the part itself
        return {name: features}
    main = min(things, key=lambda thing: _THINGS.index(thing[0]))
    parts = {name: tuple(each for each in features if each.group not in _THINGS or (each.group, each.instance) == main)}
    for group, instance in things:
        if (group, instance) != main:
            label = "-".join(word for word in (name, group) if word)
            label = f"{label}-{instance or len(parts)}" if label in parts else label
            parts[label] = tuple(each for each in features if (each.group, each.instance) == (group, instance))
    return parts


def _told_apart(feature: Feature, endpoints: Sequence[str]) -> Feature:
    """Return a feature that has its endpoint in its name (`countdown_l1`) only with the endpoint where it belongs."""
    if feature.endpoint:
        return feature
    for endpoint in endpoints:
        if feature.name.endswith(f"_{endpoint}"):
            return replace(feature, name=feature.name[: -len(endpoint) - 1], endpoint=endpoint)
    return feature


def _bare(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    return tuple(replace(feature, endpoint="") for feature in features)
