"""What one object is and can do, in the profile's words, from its property maps."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.echonet.mapping import DeviceClass, maker
from gateway.drivers.parts.description import described
from gateway.thing.description import Description


def describe(of: DeviceClass, node: str, instance: int, facts: Mapping[str, str], gettable: Collection[int]) -> Description:
    """Return the device an object is; `node` is its node's key."""
    return described(
        of,
        "echonet",
        f"{node}:{instance:06x}",
        features=tuple(name for name, codes in of.needs.items() if codes.issubset(gettable)),
        narrowing=_narrowing(of, gettable),
        identity={"maker": maker(facts.get("maker", "")), "model": facts.get("model", ""), "serialHash": facts.get("serial_hash", "")},
    )


def _narrowing(of: DeviceClass, gettable: Collection[int]) -> dict[str, dict[str, Any]]:
    narrowing = {name: dict(terms) for name, terms in of.limits.items()}
    for name, words in of.words.items():
        able = [word for word, codes in words.items() if codes.issubset(gettable)]
        narrowing[name] = narrowing.get(name, {}) | {"enum": able}
    return narrowing
