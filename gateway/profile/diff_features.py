"""What changed in what is mandatory and what a feature switches on."""

from collections.abc import Mapping
from typing import Any

from gateway.profile.diff_affordance import COMPARERS
from gateway.profile.diff_change import Changes, brief
from gateway.profile.diff_schema import Site, compare_asides
from gateway.profile.features import SECTIONS, Feature, read_features
from gateway.profile.findings import pointer_to

Model = Mapping[str, Any]
Features = Mapping[str, Feature]


def compare_features(changes: Changes, old: Model, new: Model) -> None:
    """Compare the features themselves, and which words of an enum each brings."""
    was, now = read_features(old), read_features(new)
    for name in sorted(was.keys() | now.keys()):
        pointer = f"/hl:features{pointer_to(name)}"
        if name not in now:
            changes.note("feature-removed", pointer, "is gone")
        elif name not in was:
            changes.note("feature-new", pointer, "is new")
        else:
            compare_asides(Site(changes, pointer), old["hl:features"][name], new["hl:features"][name])
            for term, before, after in (
                ("requires", was[name].requires, now[name].requires),
                ("excludes", was[name].excludes, now[name].excludes),
            ):
                if before != after:
                    changes.turned("feature-rules", f"{pointer}/{term}", sorted(before), sorted(after))
    _compare_words(changes, old, new, was, now)


def compare_affordances(changes: Changes, old: Model, new: Model, *, mixin: bool) -> None:
    """Compare every property, action and event; `mixin`: a collection of parts nobody has before a kind refers to them."""
    was, now = read_features(old), read_features(new)
    for section in SECTIONS:
        before, after = old.get(section, {}), new.get(section, {})
        for name in sorted(before.keys() | after.keys()):
            pointer = f"/{section}{pointer_to(name)}"
            if name not in after:
                changes.note("affordance-removed", pointer, "is gone")
            elif name in before:
                _compare_gates(changes, pointer, _gates(was, pointer), _gates(now, pointer))
                COMPARERS[section](changes, pointer, before[name], after[name])
            elif mixin:
                changes.note("affordance-new-mixin", pointer, "is new")
            else:
                _note_new(changes, section, pointer, _gates(now, pointer), was)


def _note_new(changes: Changes, section: str, pointer: str, gates: frozenset[str], was: Features) -> None:
    noun = "event" if section == "events" else "affordance"
    if not gates:
        changes.note(f"{noun}-new-mandatory", pointer, "is new, and every device has it")
    elif known := gates & was.keys():
        changes.note("feature-grown", pointer, f"is new, and comes with {brief(sorted(known))}, which was there")
    else:
        changes.note(f"{noun}-new-optional", pointer, f"is new, and comes with {brief(sorted(gates))}")


def _compare_gates(changes: Changes, pointer: str, was: frozenset[str], now: frozenset[str]) -> None:
    if was == now:
        return
    if not was:
        changes.note("affordance-now-optional", pointer, f"comes only with {brief(sorted(now))}")
    elif not now:
        changes.note("affordance-now-mandatory", pointer, f"every device has it, not only those with {brief(sorted(was))}")
    else:
        changes.note("affordance-moved", pointer, f"comes with {brief(sorted(now))}, not with {brief(sorted(was))}")


def _compare_words(changes: Changes, old: Model, new: Model, was: Features, now: Features) -> None:
    """Compare which features bring which words of an enum, for words that are in both versions."""
    targets = {target for features in (was, now) for feature in features.values() for target in feature.enums}
    for target in sorted(targets):
        words = _words(old, target) & _words(new, target)
        for word in sorted(words, key=str):
            before, after = _bringers(was, target, word), _bringers(now, target, word)
            if before != after:
                text = f"{word} comes with {_owners(after)}, not with {_owners(before)}"
                changes.note("enum-word-feature", f"/properties{pointer_to(target)}/enum", text)


def _owners(features: frozenset[str]) -> str:
    return brief(sorted(features)) if features else "every device"


def _words(model: Model, target: str) -> frozenset[Any]:
    schema = model.get("properties", {}).get(target, {})
    return frozenset(schema.get("enum") or ())


def _bringers(features: Features, target: str, word: Any) -> frozenset[str]:
    return frozenset(name for name, feature in features.items() if word in feature.enums.get(target, ()))


def _gates(features: Features, pointer: str) -> frozenset[str]:
    return frozenset(name for name, feature in features.items() if pointer in feature.affordances)
