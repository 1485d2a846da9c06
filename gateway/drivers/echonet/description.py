"""What one object is and can do, in the profile's words, from its property maps."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.echonet.mapping import DeviceClass, maker
from gateway.thing.description import Description
from gateway.thing.identifier import derived_identifier


def describe(of: DeviceClass, node: str, instance: int, facts: Mapping[str, str], gettable: Collection[int]) -> Description:
    """Return the device an object is; `node` is its node's key."""
    features = tuple(name for name, codes in of.needs.items() if codes.issubset(gettable))
    identity = {"maker": maker(facts.get("maker", "")), "model": facts.get("model", ""), "serialHash": facts.get("serial_hash", "")}
    return Description(
        id=derived_identifier(of.prefix, "echonet", f"{node}:{instance:06x}"),
        kind=of.kind,
        major=of.major,
        features=features,
        narrowing={name: terms for name, terms in _narrowing(of, gettable).items() if name not in of.gives or of.gives[name] in features},
        title=of.title,
        identity={name: value for name, value in identity.items() if value},
    )


def _narrowing(of: DeviceClass, gettable: Collection[int]) -> dict[str, dict[str, Any]]:
    narrowing = {name: dict(terms) for name, terms in of.limits.items()}
    for name, words in of.words.items():
        able = [word for word, codes in words.items() if codes.issubset(gettable)]
        narrowing[name] = narrowing.get(name, {}) | {"enum": able}
    return narrowing
