"""Which features are which device: one, or a whole and its parts, by the endpoints they stand at."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.kinds import kind_of

MOST_PARTS = 64


def divided(features: Sequence[Feature], title: str) -> Mapping[str, tuple[Feature, ...]]:
    """Return the features by part, "" the whole; a device with one endpoint only, or with more than can be parts, is no composite."""
    endpoints = list(dict.fromkeys(feature.endpoint for feature in features if feature.endpoint))
    features = [_told_apart(feature, endpoints) for feature in features]
    if not endpoints or len(endpoints) > MOST_PARTS:
        return {"": tuple(features)}
    groups = {endpoint: tuple(each for each in features if each.endpoint == endpoint) for endpoint in endpoints}
    whole = tuple(each for each in features if not each.endpoint)
    if len(endpoints) == 1 and not (kind_of(whole, title) and kind_of(_bare(groups[endpoints[0]]), title)):
        return {"": tuple(features)}
    return {"": whole} | {endpoint: _bare(group) for endpoint, group in groups.items()}


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
