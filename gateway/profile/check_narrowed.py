"""Rules for a model of a kind: its kind and features exist and go together, and nothing of it is wider than the kind."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from gateway.errors import HulianError, SchemaViolation
from gateway.profile.additions import checked_additions
from gateway.profile.borrowed import borrowed
from gateway.profile.check_text import check_texts
from gateway.profile.findings import Pages, is_word, joined, pointer_to
from gateway.profile.library import Library
from gateway.profile.model import Model
from gateway.profile.narrowed import MODEL_TERMS, TERMS, description_of_model, major_of
from gateway.profile.narrowing import READ_ONLY, REASON, narrowed
from gateway.profile.plain_value import shown
from gateway.profile.resolver import Document
from gateway.thing.description import Description

_KIND = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")
_VERSION = re.compile(r"[1-9][0-9]{0,3}\.[0-9]{1,4}\.[0-9]{1,4}\Z")


def check_narrowed(pages: Pages, document: Document) -> None:
    """Check a file with `model`."""
    check_texts(pages, "", document, needed=True)
    for term in document.keys() - TERMS:
        pages.report(pointer_to(term), f"{shown(term)} means nothing in a model; known are {joined(TERMS)}", rule="model-term")
    kind = _kind(pages, document["model"])
    if kind is None:
        return
    features = _features(pages, kind, document.get("features", []))
    _check_narrowing(pages, kind, features, document.get("narrowing", {}))
    _check_additions(pages, kind, document.get("additions", {}))
    if not pages.findings:
        try:
            description_of_model(document, _library(pages, kind.kind, kind.major))
        except HulianError as error:
            pages.report("", str(error), rule="model-narrowing")


@cache
def _standard() -> Library:
    return Library()


def _library(pages: Pages, kind: str, major: int) -> Library:
    """Return the library a kind is read from: the model's own folder where the kind stands beside it, else the standard."""
    beside = _KIND.match(kind) and (pages.path.parent / f"{kind}-{major}.yaml").is_file()
    return Library(pages.path.parent) if beside else _standard()


def _kind(pages: Pages, model: Any) -> Model | None:
    if not isinstance(model, Mapping):
        pages.report(
            "/model", "must be a mapping such as {of: air-conditioner, version: 1.0.0, maker: Acme, names: [KFR-35GW]}", rule="model-form"
        )
        return None
    for term in model.keys() - MODEL_TERMS:
        pages.report(f"/model{pointer_to(term)}", f"{shown(term)} means nothing here; known are {joined(MODEL_TERMS)}", rule="model-term")
    names = model.get("names", [])
    if not isinstance(model.get("maker", ""), str) or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        pages.report("/model", "maker must be a text and names a list of texts", rule="model-form")
    version = model.get("version")
    if not isinstance(version, str) or not _VERSION.match(version):
        pages.report("/model/version", f"must be the kind's version, such as 1.0.0, not {shown(version)}", rule="model-version")
    return _known_kind(pages, model.get("of"), version)


def _known_kind(pages: Pages, name: Any, version: Any) -> Model | None:
    if not isinstance(name, str):
        pages.report("/model/of", f"must name a kind, such as air-conditioner, not {shown(name)}", rule="model-kind")
        return None
    major = major_of(version)
    try:
        kind = _library(pages, name, major).model(name, major)
    except HulianError as error:
        pages.report("/model/of", str(error), rule="model-kind")
        return None
    if isinstance(version, str) and _VERSION.match(version) and _parts(version) > _parts(kind.version):
        pages.report("/model/version", f"{version} is newer than {kind.kind} {kind.version}, which is here", rule="model-version")
    return kind


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _features(pages: Pages, kind: Model, features: Any) -> frozenset[str]:
    """Report features that are none or do not go together; return those that are some."""
    if not isinstance(features, list):
        pages.report("/features", "must be a list of the kind's features", rule="model-feature")
        return frozenset()
    for index, name in enumerate(features):
        if not is_word(name, kind.features):
            pages.report(f"/features/{index}", f"{shown(name)} is no feature of {kind.kind}: {joined(kind.features)}", rule="model-feature")
    chosen = frozenset(name for name in features if is_word(name, kind.features))
    for name in sorted(chosen):
        index = features.index(name)
        if missing := kind.features[name].requires - chosen:
            pages.report(f"/features/{index}", f"{name} needs {joined(missing)} as well", rule="model-feature")
        if clash := kind.features[name].excludes & chosen:
            pages.report(f"/features/{index}", f"{name} excludes {joined(clash)}", rule="model-feature")
    return chosen


def _check_narrowing(pages: Pages, kind: Model, features: frozenset[str], narrowing: Any) -> None:
    if not isinstance(narrowing, Mapping):
        pages.report("/narrowing", "must map properties (or action/member) to tighter terms", rule="model-narrowing")
        return
    for target, terms in narrowing.items():
        pointer = f"/narrowing{pointer_to(target)}"
        schema = _schema(kind, features, target)
        if schema is None:
            pages.report(pointer, _missing(kind, target), rule="model-narrowing")
        elif not isinstance(terms, Mapping):
            pages.report(pointer, "must map terms such as minimum to values", rule="model-narrowing")
        elif _check_terms(pages, pointer, target, schema, terms):
            _report_wider(pages, pointer, target, schema, terms)


def _check_terms(pages: Pages, pointer: str, target: str, schema: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    """Report each term that alone is wider; return whether none is."""
    single = [
        _report_wider(pages, f"{pointer}{pointer_to(term)}", target, {**schema, **_company(terms, term)}, {term: value})
        for term, value in terms.items()
    ]
    return all(single)


def _company(terms: Mapping[str, Any], term: str) -> dict[str, Any]:
    """Return what a term is judged together with: a limit with the step of the model, a reason with what it is for."""
    if term == REASON:
        return {READ_ONLY: terms.get(READ_ONLY)}
    step = terms.get("multipleOf")
    return {"multipleOf": step} if term == "minimum" and isinstance(step, int | float) and step > 0 else {}


def _report_wider(pages: Pages, pointer: str, target: str, schema: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    try:
        narrowed(target, schema, terms)
    except SchemaViolation as error:
        pages.report(pointer, f"is refused: {error}", rule="model-wider")
        return False
    return True


def _schema(kind: Model, features: frozenset[str], target: str) -> Mapping[str, Any] | None:
    legal = all(kind.features[name].requires <= features and not kind.features[name].excludes & features for name in features)
    name, _, member = target.partition("/")
    instance = kind.instance(Description(id="model", kind=kind.kind, major=kind.major, features=tuple(sorted(features)) if legal else ()))
    if not member:
        return instance.properties[name].schema if name in instance.properties else _unless(legal, kind, "properties", name)
    action = instance.actions.get(name)
    found = (action.input or {}).get("properties", {}).get(member) if action is not None else None
    return found if isinstance(found, Mapping) else None


def _unless(legal: bool, kind: Model, section: str, name: str) -> Mapping[str, Any] | None:
    """Return what the kind says where the features themselves are wrong: that is reported already."""
    found = None if legal else kind.document.get(section, {}).get(name)
    return found if isinstance(found, Mapping) else None


def _missing(kind: Model, target: str) -> str:
    name = target.partition("/")[0]
    pointers = (f"/properties{pointer_to(name)}", f"/actions{pointer_to(name)}")
    bringers = [feature.name for feature in kind.features.values() if any(pointer in feature.affordances for pointer in pointers)]
    if bringers:
        return f"{shown(target)} comes with {joined(bringers)}: list it in features, or leave this out"
    return f"{shown(target)} is no property of {kind.kind}, nor a member of an action's input (action/member)"


def _check_additions(pages: Pages, kind: Model, additions: Any) -> None:
    try:
        checked_additions(additions if isinstance(additions, Mapping) else {"additions": additions})
        borrowed(additions, kind.document, kind.mixins)
    except SchemaViolation as error:
        pages.report("/additions", str(error), rule="model-addition")
