"""What one appliance shows of its profile: the mandatory affordances plus those of its features, narrowed by features and by the unit."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from firmware_sim.constraints import applying
from firmware_sim.profile import AFFORDANCES, FlatProfile
from firmware_sim.refusal import Refusal, SetupMistake

Named = Mapping[str, Mapping[str, Any]]


class Surface:
    """The exposed `properties`, `actions` and `events` (name -> affordance) and the constraints that still mean something.

    `added`: names of what its kind lacks.
    """

    def __init__(
        self, profile: FlatProfile, features: Iterable[str], narrowed: Named | None = None, added: Mapping[str, Named] | None = None
    ) -> None:
        self.profile = profile
        self.features = tuple(features)
        _check_features(profile, self.features)
        hidden = _hidden(profile, self.features)
        document = profile.document
        shown = {
            kind: {name: deepcopy(body) for name, body in document.get(kind, {}).items() if f"/{kind}/{name}" not in hidden}
            for kind in AFFORDANCES
        }
        for kind, bodies in (added or {}).items():
            shown[kind] |= deepcopy(dict(bodies))
        self.added = frozenset(name for bodies in (added or {}).values() for name in bodies)
        self.properties: Named = shown["properties"]
        self.actions: Named = shown["actions"]
        self.events: Named = shown["events"]
        _drop_members(self.actions, set(document.get("properties", {})) - set(self.properties))
        _narrow_enums(profile, self.features, shown)
        for pointer, terms in (narrowed or {}).items():
            _narrow(shown, pointer, terms)
        _drop_members(self.actions, _kept_from_hands(document.get("properties", {}), self.properties))
        self.constraints = tuple(applying(profile.constraints, self.properties, self.actions))
        self.private = frozenset(name for name, body in self.properties.items() if body.get("hl:private"))
        self.writable = frozenset(name for name, body in self.properties.items() if not body.get("readOnly"))

    def property(self, name: str) -> Mapping[str, Any]:
        """Return a property; Refusal `unknown`."""
        if name not in self.properties:
            raise Refusal("unknown", f"this appliance has no property {name!r}", property=name)
        return self.properties[name]

    def action(self, name: str) -> Mapping[str, Any]:
        """Return an action; Refusal `unknown`."""
        if name not in self.actions:
            raise Refusal("unknown", f"this appliance has no action {name!r}")
        return self.actions[name]


def _check_features(profile: FlatProfile, features: tuple[str, ...]) -> None:
    for name in features:
        if name not in profile.features:
            raise SetupMistake(f"{profile.kind} has no feature {name!r}; it has {', '.join(profile.features)}")
        missing = [other for other in profile.features[name].get("requires", ()) if other not in features]
        if missing:
            raise SetupMistake(f"feature {name} of {profile.kind} also needs {', '.join(missing)}")
        clash = [other for other in profile.features[name].get("excludes", ()) if other in features]
        if clash:
            raise SetupMistake(f"feature {name} of {profile.kind} excludes {', '.join(clash)}")


def _hidden(profile: FlatProfile, features: tuple[str, ...]) -> set[str]:
    """Return the pointers of affordances that no feature of this appliance brings in."""
    optional = set(profile.document.get("tm:optional", ()))
    for feature in profile.features.values():
        optional.update(feature.get("affordances", ()))
    return optional - {pointer for name in features for pointer in profile.features[name].get("affordances", ())}


def _kept_from_hands(kind: Named, shown: Named) -> set[str]:
    """Return the properties that can be set by the kind's word, and not on this unit."""
    return {name for name, body in shown.items() if body.get("readOnly") and not kind.get(name, {}).get("readOnly")}


def _drop_members(actions: Named, lacking: set[str]) -> None:
    """Take out of the inputs of atomic actions the members named like a property this appliance does not have, or does not let be set."""
    for action in actions.values():
        members = action.get("input", {}).get("properties", {}) if action.get("hl:atomic") else {}
        for name in lacking & members.keys():
            del members[name]


def _narrow_enums(profile: FlatProfile, features: tuple[str, ...], shown: dict[str, dict[str, Any]]) -> None:
    """Take out of each enum the choices that only absent features bring, in properties and in the action inputs of the same name."""
    for name, feature in profile.features.items():
        if name in features:
            continue
        for owner, choices in feature.get("enum", {}).items():
            kept = {choice for other in features for choice in profile.features[other].get("enum", {}).get(owner, ())}
            gone = [choice for choice in choices if choice not in kept]
            for schema in _schemas_named(owner, shown):
                schema["enum"] = [choice for choice in schema.get("enum", ()) if choice not in gone]


def _narrow(shown: dict[str, dict[str, Any]], pointer: str, terms: Mapping[str, Any]) -> None:
    """Let the unit state its own terms at a schema; one it does not show is passed over."""
    schema: Any = shown
    for name in pointer.strip("/").split("/"):
        schema = schema.get(name)
        if schema is None:
            return
    schema.update(terms)


def _schemas_named(owner: str, shown: dict[str, dict[str, Any]]) -> Iterable[dict[str, Any]]:
    if owner in shown["properties"]:
        yield shown["properties"][owner]
    for action in shown["actions"].values():
        if owner in action.get("input", {}).get("properties", {}):
            yield action["input"]["properties"][owner]
