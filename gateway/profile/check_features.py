"""Rules for `hl:features` of a flat model."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.profile.check_requirements import check_requirements
from gateway.profile.check_text import check_texts
from gateway.profile.findings import Pages, is_word, joined, pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.resolver import follow

_NAME = re.compile(r"[A-Z][A-Z0-9]{1,7}\Z")
_KNOWN = frozenset({"title", "titles", "description", "descriptions", "affordances", "enum", "requires", "excludes"})
_SHAPES: dict[str, type] = {"affordances": list, "enum": dict, "requires": list, "excludes": list}


def check_features(pages: Pages, model: Mapping[str, Any]) -> None:
    """Check every feature that stands in this file against the flat model."""
    features = model.get("hl:features", {})
    if not isinstance(features, Mapping):
        pages.report("/hl:features", "must map feature names to what they switch on", rule="feature-shape")
        return
    for name, feature in features.items():
        pointer = f"/hl:features{pointer_to(name)}"
        if not pages.holds(pointer):
            continue
        if not isinstance(name, str) or not _NAME.match(name):
            pages.report(pointer, f"{shown(name)} is no feature name: use 2 to 8 capitals and digits", rule="feature-name")
        if not isinstance(feature, Mapping):
            pages.report(pointer, "must be a mapping with affordances or enum", rule="feature-shape")
        else:
            _check_feature(pages, pointer, str(name), feature, model)
    check_requirements(pages, features)
    _check_leftovers(pages, model, features)


def _check_feature(pages: Pages, pointer: str, name: str, feature: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    check_texts(pages, pointer, feature, needed=True)
    if not feature.get("affordances") and not feature.get("enum"):
        pages.report(pointer, "switches nothing on: give it affordances or enum values", rule="feature-empty")
    for term in feature.keys() - _KNOWN:
        pages.report(f"{pointer}{pointer_to(term)}", f"{shown(term)} means nothing here; known are {joined(_KNOWN)}", rule="feature-term")
    if _has_shape(pages, pointer, feature):
        _check_targets(pages, pointer, name, feature, model)


def _has_shape(pages: Pages, pointer: str, feature: Mapping[str, Any]) -> bool:
    wrong = [term for term, shape in _SHAPES.items() if not isinstance(feature.get(term, shape()), shape)]
    for term in wrong:
        pages.report(
            f"{pointer}/{term}", "must be a list" if _SHAPES[term] is list else "must map properties to values", rule="feature-shape"
        )
    return not wrong


def _check_targets(pages: Pages, pointer: str, name: str, feature: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    for index, target in enumerate(feature.get("affordances", ())):
        if not _is_affordance(model, target) and not (isinstance(target, str) and pages.may_hold(target)):
            pages.report(
                f"{pointer}/affordances/{index}",
                f"{shown(target)} is no affordance: write /properties/<name> of one in this kind",
                rule="feature-affordance",
            )
    for target, values in feature.get("enum", {}).items():
        _check_values(pages, f"{pointer}/enum{pointer_to(target)}", target, values, model)
    for term in ("requires", "excludes"):
        for index, other in enumerate(feature.get(term, ())):
            if other != name and not is_word(other, model["hl:features"]) and not pages.may_hold(f"/hl:features{pointer_to(other)}"):
                pages.report(
                    f"{pointer}/{term}/{index}",
                    f"{shown(other)} is no other feature of this kind: {joined(model['hl:features'])}",
                    rule="feature-unknown",
                )


def _is_affordance(model: Mapping[str, Any], target: Any) -> bool:
    if not isinstance(target, str) or target.count("/") != 2:  # noqa: PLR2004 - /section/name
        return False
    try:
        return isinstance(follow(model, target), Mapping) and target.split("/")[1] in ("properties", "actions", "events")
    except KeyError:
        return False


def _check_values(pages: Pages, pointer: str, target: Any, values: Any, model: Mapping[str, Any]) -> None:
    schema = model.get("properties", {}).get(target)
    if not isinstance(schema, Mapping) or not isinstance(schema.get("enum"), list):
        if pages.may_hold(f"/properties{pointer_to(target)}/enum"):
            return
        pages.report(pointer, f"{shown(target)} is no property with an enum", rule="feature-enum")
        return
    for value in values if isinstance(values, list) else [values]:
        if value not in schema["enum"]:
            pages.report(pointer, f"{shown(value)} is not in the enum of {target}: {joined(schema['enum'])}", rule="feature-enum")


def _check_leftovers(pages: Pages, model: Mapping[str, Any], features: Mapping[str, Any]) -> None:
    for name, schema in model.get("properties", {}).items():
        values = schema.get("enum") if isinstance(schema, Mapping) else None
        tables = [feature.get("enum", {}) for feature in features.values() if isinstance(feature, Mapping)]
        lists = [table.get(name) for table in tables if isinstance(table, Mapping)]
        switched = [value for each in lists if isinstance(each, list) for value in each]
        if isinstance(values, list) and values and all(value in switched for value in values):
            pages.report(f"/properties/{name}/enum", "has no value left without features: keep one that every device has", rule="enum-left")
