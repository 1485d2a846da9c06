"""What one unit can do, in the profile's words: features and narrower ranges, from its capabilities and from what it has shown."""

from collections.abc import Collection
from collections.abc import Mapping as MappingOf
from typing import Any

from gateway.drivers.midea.capabilities import Capabilities, Rule
from gateway.drivers.midea.mapping import Mapping, Range
from gateway.drivers.midea.refusal import KEYED
from gateway.drivers.parts.description import described
from gateway.thing.description import Description, Locality


def describe(mapping: Mapping, device: int, facts: MappingOf[str, str], capabilities: Capabilities, shown: Collection[str]) -> Description:
    """Return the device a unit is; `shown` are the properties it has told a value of."""
    features = features_of(mapping, capabilities, shown)
    return described(
        mapping,
        "midea",
        str(device),
        features=features,
        narrowing=narrowing_of(mapping, capabilities, features),
        identity={"model": facts.get("model", ""), "serialHash": facts.get("serial_hash", "")},
        locality=Locality.CLOUD_KEY if facts.get("version") == KEYED else Locality.LOCAL,
    )


def features_of(mapping: Mapping, capabilities: Capabilities, shown: Collection[str]) -> tuple[str, ...]:
    """Return the features in the order of the data; one that needs another stands behind it there."""
    found: list[str] = []
    for name, rule in mapping.features.items():
        if _holds(rule, capabilities, found) and (rule.shown is None or rule.shown in shown):
            found.append(name)
    return tuple(found)


def narrowing_of(mapping: Mapping, capabilities: Capabilities, features: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the words and limits that are tighter than the profile's with these features."""
    narrowing: dict[str, dict[str, Any]] = {}
    for name, words in mapping.words.items():
        offered = [word for word, rule in words.items() if rule.feature is None or rule.feature in features]
        able = [word for word in offered if _holds(words[word], capabilities, features)]
        if able and able != offered:  # a capability of no known meaning takes no word away
            narrowing[name] = {"enum": able}
    for name, limits in mapping.ranges.items():
        if limits.rule.feature is None or limits.rule.feature in features:
            narrowing[name] = _limits(limits, capabilities)
    return {name: terms for name, terms in narrowing.items() if terms}


def _holds(rule: Rule, capabilities: Capabilities, features: Collection[str]) -> bool:
    return rule.holds(capabilities) and (rule.feature is None or rule.feature in features)


def _limits(limits: Range, capabilities: Capabilities) -> dict[str, Any]:
    """Return minimum, maximum and step; a unit that says nonsense has the usual ones."""
    said = capabilities.entries.get(limits.rule.capability or 0, b"")
    least, most = limits.unsaid
    if limits.lowest and len(said) > max(*limits.lowest, *limits.highest):
        least = max(min(said[at] for at in limits.lowest) * limits.scale, limits.within[0])
        most = min(max(said[at] for at in limits.highest) * limits.scale, limits.within[1])
    if least >= most:
        least, most = limits.unsaid
    whole = limits.halves is not None and len(said) > limits.halves and said[limits.halves] == 0
    terms = {"minimum": least} if least > limits.within[0] else {}
    terms |= {"maximum": most} if most < limits.within[1] else {}
    return terms | ({"multipleOf": 1} if whole else {})
