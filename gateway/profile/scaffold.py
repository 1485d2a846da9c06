"""The text of a new profile: a kind with mixins and a few properties of its own, or a model of a kind."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.profile.features import SECTIONS
from gateway.profile.library import PROFILES
from gateway.profile.resolver import read_yaml
from gateway.profile.wording import LANGUAGES, phrases

_PLAIN = re.compile(r"[^\W\d_][\w .()°/-]*\Z")
_NO_WORDS = frozenset({"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL", "nan", "inf"})
_OPTIONAL = {"energy": "MTR", "consumables": "CON", "mains": "MNS", "battery": "BAT", "label": "LBL", "energyflex": "FLX", "supply": "SUP"}
"""Mixins that are a feature in most kinds, and its name; the others are mandatory."""
_PART = {"energy": frozenset({"powerDraw", "energyTotal"})}
"""What most kinds take of a mixin that has more."""
FORMS = ("switch", "number", "choice", "reading")
_HOOKS = {"switch": "switch", "number": "number", "choice": "select", "reading": "sensor"}
_CONTEXT = """"@context":
  - https://www.w3.org/2022/wot/td/v1.1
  - {"@language": en}
  - {hl: "urn:hulian:ns:profile:1#", mqv: "https://www.w3.org/2019/wot/mqtt#", cov: "https://www.w3.org/2019/wot/coap#"}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProperty:
    """A property of a new kind. `form` is one of FORMS; numbers and readings have limits and a step (of a reading: its resolution)."""

    name: str
    form: str
    title: str
    chinese: str
    minimum: float = 0
    maximum: float = 100
    step: float = 1
    unit: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPlan:
    """What a new kind is to be."""

    kind: str
    title: str
    chinese: str
    kind_class: str
    mixins: tuple[str, ...] = ()
    properties: tuple[OwnProperty, ...] = ()


def mixins() -> dict[str, str]:
    """Return the mixins of the standard: name to what it is."""
    files = {path.stem.removeprefix("mixin-").removesuffix("-1"): path for path in sorted(PROFILES.glob("mixin-*-1.yaml"))}
    return {name: str(read_yaml(path).get("title", name)) for name, path in files.items()}


def kind_text(plan: KindPlan) -> str:
    """Return the profile of a new kind as YAML."""
    documents = {name: read_yaml(_mixin(name)) for name in plan.mixins}
    lines = [f"# {plan.title}. Say here what it is, and which standards the numbers come from."]
    lines += [_CONTEXT.rstrip(), f'"@type": ["tm:ThingModel", "hl:{_camel(plan.kind)}"]', 'id: "urn:uuid:{{DEVICE_UUID}}"']
    lines += [*_titles(plan.title, plan.chinese, ""), "version: {model: 1.0.0}"]
    lines += ['links: [{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}]']
    lines += [f"hl:kind: {plan.kind}", f"hl:class: {plan.kind_class}", "hl:maturity: draft", ""]
    lines += _features(documents) + _constraints(plan) + _properties(plan, documents)
    for section in SECTIONS[1:]:
        lines += _references(section, documents)
    return "\n".join(lines).rstrip() + "\n"


def model_text(
    *, of: str, version: str, maker: str, names: Sequence[str], features: Iterable[str], narrowing: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return a model of a kind as YAML."""
    title = " ".join(part for part in (maker, *names[:1]) if part)
    lines = [f"# A model of {of}: the features it has, and where it is narrower than its kind. What is not named is as in the kind."]
    lines += _titles(title, title, "")
    lines += [f"model: {{of: {of}, version: {version}, maker: {quoted(maker)}, names: [{', '.join(map(quoted, names))}]}}"]
    lines += [f"features: [{', '.join(features)}]"]
    if narrowing:
        lines += ["narrowing:", *(f"  {target}: {_flow(terms)}" for target, terms in narrowing.items())]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as YAML reads it back, with quotes where it needs them."""
    return text if _PLAIN.match(text) and text not in _NO_WORDS and text == text.strip() else json.dumps(text, ensure_ascii=False)


def _mixin(name: str) -> Path:
    return PROFILES / f"mixin-{name}-1.yaml"


def _camel(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("-"))


def _flow(terms: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{term}: {_value(value)}" for term, value in terms.items()) + "}"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def _titles(title: str, chinese: str, indent: str) -> list[str]:
    return [f"{indent}title: {quoted(title)}", f"{indent}titles: {{en: {quoted(title)}, zh-Hans: {quoted(chinese)}}}"]


def _taken(name: str, document: Mapping[str, Any], section: str) -> list[str]:
    wanted = _PART.get(name)
    return [each for each in document.get(section, {}) if wanted is None or each in wanted]


def _features(documents: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name, document in documents.items():
        if name in _OPTIONAL:
            affordances = [f"/{section}/{each}" for section in SECTIONS for each in _taken(name, document, section)]
            lines += [f"  {_OPTIONAL[name]}:", *_titles(document["title"], document["titles"]["zh-Hans"], "    ")]
            lines += [f"    affordances: [{', '.join(affordances)}]"]
    return ["hl:features:", *lines, ""] if lines else []


def _constraints(plan: KindPlan) -> list[str]:
    if "energy" not in plan.mixins:
        return []
    return [
        "hl:constraints:",
        f"  - id: {plan.kind[:30].rstrip('-')}-energy-grows",
        *_titles("The energy meter only grows", "累计用电量只增不减", "    "),
        "    type: monotonic",
        "    property: energyTotal",
        "    onViolation: reset",
        "",
    ]


def _properties(plan: KindPlan, documents: Mapping[str, Mapping[str, Any]]) -> list[str]:
    own = [line for each in plan.properties for line in _own(each)]
    taken = _references("properties", documents)
    return ["properties:", *own, *taken[1:]] if own else taken


def _references(section: str, documents: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        f'  {each}: {{"tm:ref": "./mixin-{name}-1.yaml#/{section}/{each}"}}'
        for name, document in documents.items()
        for each in _taken(name, document, section)
    ]
    return [f"{section}:", *lines, ""] if lines else []


def _own(each: OwnProperty) -> list[str]:
    lines = [f"  {each.name}:", *_titles(each.title, each.chinese, "    "), *(f"    {line}" for line in _schema(each))]
    return [*lines, "    hl:map:", f"      ha: {{platform: {_HOOKS[each.form]}}}", ""]


def _schema(each: OwnProperty) -> list[str]:
    if each.form == "switch":
        return ["type: boolean", "observable: true", "hl:latency: PT2S"]
    if each.form == "choice":
        return ["type: string", f"enum: [{', '.join(map(quoted, each.words))}]", "observable: true", "hl:latency: PT2S"]
    whole = each.form == "number" and all(float(value).is_integer() for value in (each.minimum, each.maximum, each.step))
    lines = [f"type: {'integer' if whole else 'number'}"]
    lines += [f"unit: {quoted(each.unit)}"] if each.unit else _unitless()
    lines += [f"minimum: {each.minimum:g}", f"maximum: {each.maximum:g}"]
    if each.form == "number":
        return [*lines, f"multipleOf: {each.step:g}", "observable: true", "hl:latency: PT2S"]
    report = f"hl:report: {{minInterval: PT5S, maxInterval: PT5M, deadband: {each.step:g}}}"
    return [*lines, "readOnly: true", "observable: true", f"hl:resolution: {each.step:g}", report]


def _unitless() -> list[str]:
    texts = {language: phrases(language)["plain number"] for language in LANGUAGES}
    told = ", ".join(f"{language}: {quoted(text)}" for language, text in texts.items())
    return [f"description: {quoted(texts['en'])}", f"descriptions: {{{told}}}"]
