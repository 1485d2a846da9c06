"""One device, put together of everything that was announced of it: who it is, its leaves, its claim, and what was left out and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.belonging import ENTITIES, names_of
from gateway.drivers.mqttdiscovery.codec import Words
from gateway.drivers.mqttdiscovery.leaf import Leaf
from gateway.drivers.mqttdiscovery.naming import slug
from gateway.drivers.mqttdiscovery.reach import Reach, reach_of
from gateway.drivers.mqttdiscovery.rows import leaves_of
from gateway.drivers.parts.selfdescribed.feature import Claim, Feature
from gateway.drivers.parts.text import shown
from gateway.errors import WireError

FEATURES = 256
"""Leaves of one device."""
_ACTION = "device_automation/action"
_USUAL_VENDOR = "mqtt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device. `asks`: topics and messages by which it is asked for everything, where its firmware takes such.

    `reasons`: what was left out, and why.
    """

    claim: Claim
    identity: Mapping[str, str]
    leaves: tuple[Leaf, ...]
    reaches: tuple[Reach, ...]
    reasons: tuple[str, ...]
    asks: tuple[tuple[str, str], ...] = ()


def device_of(entities: Iterable[Entity], asks: tuple[tuple[str, str], ...] = ()) -> Device:
    """Return the device these entities are; raise WireError where nothing of it is left."""
    known = shortened(islice(entities, ENTITIES))
    leaves: list[Leaf] = []
    reaches: dict[Reach, None] = {}
    reasons: list[str] = []
    for entity in known:
        if len(leaves) >= FEATURES:
            reasons.append(f"{entity.path} and what comes after it: a device has no more than {FEATURES} leaves")
            break
        try:
            found, left_out = leaves_of(entity)
            reach = reach_of(entity.options)
        except WireError as error:
            reasons.append(f"{entity.path}: {error}")
            continue
        reasons += [f"{entity.path}: {reason}" for reason in left_out]
        leaves += found
        reaches[reach] = None
    if not leaves:
        raise WireError(reasons[0] if reasons else "nothing of it is announced")
    together = tuple(_told_apart(_triggers_together(leaves)))[:FEATURES]
    about = next((entity.device for entity in known if entity.device), {})
    return Device(
        claim=_claim(about, known[0], together),
        identity=_identity(about),
        leaves=together,
        reaches=tuple(each for each in reaches if each.signs) or (Reach(),),
        reasons=tuple(reasons),
        asks=asks,
    )


def shortened(entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities in order, under paths that do not name the device: devices of one model describe themselves alike."""
    known = sorted(entities, key=lambda each: each.path)
    short = [_short(entity) for entity in known]
    taken = Counter(short)
    return [entity if taken[path] > 1 else replace(entity, path=path) for entity, path in zip(known, short, strict=True)]


def _short(entity: Entity) -> str:
    last = entity.path.rpartition("/")[2]
    for name in sorted(names_of(entity), key=len, reverse=True):
        last = last.replace(name, "").replace(name.replace(":", ""), "")
    return f"{entity.component}/{last.strip('_-') or entity.component}"


def _claim(about: Mapping[str, Any], first: Entity, leaves: Iterable[Leaf]) -> Claim:
    features = {feature.key: feature for leaf in leaves for feature in leaf.features}
    maker = shown(about.get("manufacturer"))
    return Claim(
        vendor=slug(maker or first.origin).replace("_", "")[:32] or _USUAL_VENDOR,
        maker=maker,
        model=shown(about.get("model")),
        title=shown(about.get("name")) or shown(first.options.get("name")),
        firmware=shown(about.get("sw_version")),
        features=tuple(features.values()),
    )


def _identity(about: Mapping[str, Any]) -> Mapping[str, str]:
    told = {"maker": "manufacturer", "model": "model", "serial": "serial_number", "firmware": "sw_version", "hardware": "hw_version"}
    return {ours: shown(about.get(theirs)) for ours, theirs in told.items()}


def _triggers_together(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """Yield the leaves; all triggers of a device are words of one feature."""
    found = list(leaves)
    triggers = [leaf for leaf in found if leaf.word]
    words = tuple(dict.fromkeys(ours for leaf in triggers if isinstance(leaf.codec, Words) for _, ours in leaf.codec.told_by))
    for leaf in found:
        if leaf.word:
            shared = replace(leaf.feature, key=_ACTION, name="action", words=words, title="")
            yield replace(leaf, features=(shared,))
        else:
            yield leaf


def _told_apart(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """Yield the leaves so that no two features are called alike: parts of a device are endpoints, readings go by their own names."""
    found = list(leaves)
    firsts = {(leaf.feature.group, leaf.feature.instance) for leaf in found if leaf.feature.group}
    crowded = Counter(group for group, _ in firsts)
    taken: Counter[tuple[str, str, str]] = Counter()
    for leaf in found:
        features = []
        for feature in leaf.features:
            made = _apart(feature, several=crowded[feature.group] > 1, taken=taken)
            if feature.key != _ACTION or not taken[made.group, made.name, made.endpoint]:
                taken[made.group, made.name, made.endpoint] += 1
            features.append(made)
        yield replace(leaf, features=tuple(features))


def _apart(feature: Feature, *, several: bool, taken: Counter[tuple[str, str, str]]) -> Feature:
    if feature.group and several and feature.group != "button":
        return replace(feature, endpoint=feature.instance)
    if feature.key == _ACTION or not taken[feature.group, feature.name, feature.endpoint]:
        return feature
    own = slug(feature.title) or slug(feature.key.split("/")[-2])
    name = own if not taken[feature.group, own, feature.endpoint] else f"{own}_{taken[feature.group, own, feature.endpoint] + 1}"
    return replace(feature, name=name)
