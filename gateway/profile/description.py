"""A Thing Description read back: what an appliance that speaks the profile itself says of itself.

It comes from outside, so nothing in it is believed: the kind must be known, the features legal, every affordance one of
the kind's, a published mixin's (`hl:mixin`) or a vendor's own (`x-...`), and no schema wider than the standard's. What is tighter becomes
the narrowing.
"""

import re
from collections.abc import Mapping
from typing import Any

from gateway.errors import SchemaViolation, Unknown
from gateway.profile.additions import checked_additions, is_addition
from gateway.profile.affordance import Action
from gateway.profile.borrowed import ORIGIN, reference_to
from gateway.profile.features import SECTIONS
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.profile.model import Model
from gateway.profile.narrowing import READ_ONLY, differences, inner_differences
from gateway.profile.plain_value import shown
from gateway.thing.description import Description
from gateway.thing.value import Value

_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})\Z")
_MAX_TITLE = 128
_MAX_AFFORDANCES = 320
_MAX_FEATURES = 64


def description_of(td: Mapping[str, Any], library: Library, *, device: str = "") -> Description:
    """Return what `td` says of the device; raise SchemaViolation where it is wider than its kind, Unknown on an unknown kind.

    `device`: the id it is reached under; a Thing Description does not carry it.
    """
    if not isinstance(td, Mapping):
        raise SchemaViolation("a Thing Description is an object")
    major, newer = _version(td, library)
    model = library.model(_kind(td), major)
    chosen = [name for name in _features(td) if name in model.features or not newer]
    borrowed = _borrowed(td, model, library, newer=newer)
    plain = Description(id=device, kind=model.kind, major=major, features=tuple(sorted(chosen)), additions=borrowed, title=_title(td))
    instance = model.instance(plain)
    narrowing = _narrowing(td, instance, newer=newer)
    description = Description(
        id=device,
        kind=model.kind,
        major=major,
        features=plain.features,
        narrowing=narrowing,
        additions=_additions(td, borrowed),
        title=plain.title,
    )
    model.instance(description)
    return description


def _kind(td: Mapping[str, Any]) -> str:
    kind = td.get("hl:kind")
    if not isinstance(kind, str):
        raise SchemaViolation("the Thing Description names no hl:kind")
    return kind


def _version(td: Mapping[str, Any], library: Library) -> tuple[int, bool]:
    """Return the major version, and whether the device follows a newer minor one than ours."""
    version = td.get("version")
    text = version.get("model") if isinstance(version, Mapping) else None
    match = _VERSION.match(text) if isinstance(text, str) else None
    if match is None:
        raise SchemaViolation(f"version.model must look like 1.0.0, not {shown(text)}")
    major = int(match[1])
    known = _VERSION.match(library.model(_kind(td), major).version)
    return major, known is not None and int(match[2]) > int(known[2])


def _features(td: Mapping[str, Any]) -> list[str]:
    features = td.get("hl:features", [])
    if not isinstance(features, list) or len(features) > _MAX_FEATURES or not all(isinstance(name, str) for name in features):
        raise SchemaViolation("hl:features must be a list of names")
    return features


def _title(td: Mapping[str, Any]) -> str:
    title = td.get("title")
    return title[:_MAX_TITLE] if isinstance(title, str) and title.isprintable() else ""


def _section(td: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    entries = td.get(section, {})
    if (
        not isinstance(entries, Mapping)
        or len(entries) > _MAX_AFFORDANCES
        or not all(isinstance(body, Mapping) for body in entries.values())
    ):
        raise SchemaViolation(f"{section} must be an object of objects")
    return entries


def _borrowed(td: Mapping[str, Any], model: Model, library: Library, *, newer: bool) -> dict[str, dict[str, Any]]:
    """Return references to what the device says it has of a mixin; what a newer one has of a mixin we do not know is left aside."""
    found: dict[str, dict[str, Any]] = {}
    for section in SECTIONS:
        for name, body in _section(td, section).items():
            if ORIGIN not in body or is_addition(name) or name in model.document.get(section, {}):
                continue
            reference = reference_to(body[ORIGIN], section, name)
            if not newer or _has(library, body[ORIGIN], section, name):
                found.setdefault(section, {})[name] = reference
    return found


def _has(library: Library, mixin: str, section: str, name: str) -> bool:
    try:
        return name in library.mixin(mixin).get(section, {})
    except Unknown:
        return False


def _additions(td: Mapping[str, Any], borrowed: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    own = {section: {name: body for name, body in _section(td, section).items() if is_addition(name)} for section in SECTIONS}
    known = checked_additions({section: {**own[section], **borrowed.get(section, {})} for section in SECTIONS})
    return {section: entries for section in SECTIONS if (entries := {**borrowed.get(section, {}), **known[section]})}


def _narrowing(td: Mapping[str, Any], instance: Instance, *, newer: bool) -> dict[str, dict[str, Any]]:
    for section, expected in (("properties", instance.properties), ("actions", instance.actions), ("events", instance.events)):
        _check_names(td, section, expected, instance, newer=newer)
    found = {
        name: differences(name, instance.properties[name].schema, body)
        for name, body in _section(td, "properties").items()
        if name in instance.properties
    }
    for name, body in _section(td, "actions").items():
        if name in instance.actions:
            found |= _input_narrowing(name, instance.actions[name].input, body.get("input"))
            if instance.actions[name].atomic:
                found |= _members_taken(instance.actions[name], body.get("input"), found)
    return {name: terms for name, terms in found.items() if terms}


def _check_names(td: Mapping[str, Any], section: str, expected: Mapping[str, Any], instance: Instance, *, newer: bool) -> None:
    given = _section(td, section)
    for name, affordance in expected.items():
        if name not in given and not getattr(affordance, "private", False):
            raise SchemaViolation(
                f"{name} of {instance.model.kind} with {', '.join(instance.shape.features) or 'no features'} is missing", property=name
            )
    for name in given:
        if name not in expected and not is_addition(name) and (not newer or name in instance.model.document.get(section, {})):
            raise SchemaViolation(
                f"{shown(name)} is not part of {instance.model.kind} with these features; a vendor's own is called x-<vendor>-<name>, "
                f"and what is a mixin's says so in {ORIGIN}"
            )


def _input_narrowing(action: str, kind: Mapping[str, Any] | None, device: Value) -> dict[str, dict[str, Any]]:
    if kind is None or not isinstance(device, Mapping):
        return {}
    inner_differences(action, kind, device)
    members = device.get("properties")
    if not isinstance(members, Mapping):
        return {}
    known = kind.get("properties", {})
    return {
        f"{action}/{name}": inner_differences(f"{action}/{name}", known[name], body)
        for name, body in members.items()
        if name in known and isinstance(body, Mapping)
    }


def _members_taken(action: Action, device: Value, found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return where a member of an atomic input does not follow its property: taken though that is read-only, or the other way round."""
    given = device.get("properties") if isinstance(device, Mapping) else None
    taken = given.keys() if isinstance(given, Mapping) else frozenset()
    terms = {}
    for name in (action.input or {}).get("properties", {}):
        withheld = bool(found.get(name, {}).get(READ_ONLY))
        if withheld is (name in taken):
            target = f"{action.name}/{name}"
            terms[target] = {**found.get(target, {}), READ_ONLY: not withheld}
    return terms
