"""Thing Descriptions that claim more than their kind allows: each of these must be refused, for the reason it carries."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.features import SECTIONS
from gateway.profile.instance import Instance

TD = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Widening:
    """One way to be wider. `property`: what is blamed, or None; `reason`: words the refusal must contain."""

    name: str
    property: str | None
    reason: str
    apply: Callable[[TD], None]

    def of(self, td: Mapping[str, Any]) -> TD:
        """Return a Thing Description widened this way; `td` stays as it is."""
        wider = copy.deepcopy(dict(td))
        self.apply(wider)
        return wider


def widenings(td: Mapping[str, Any], instance: Instance) -> Iterator[Widening]:
    """Return every way to widen one Thing Description of a device that is not narrower than its kind."""
    for name, body in td["properties"].items():
        if not name.startswith("x-"):
            yield from _of_property(name, body)
    yield from _of_whole(td, instance)


def _of_property(name: str, body: Mapping[str, Any]) -> Iterator[Widening]:
    """Change each term of a property's schema to more than it was, and leave each out that must be there."""
    for term, change in _WIDER.items():
        if term in body and (term != "enum" or _is_closed(body)) and (term not in _BOUNDS or "enum" not in body):
            yield Widening(f"{name}: wider {term}", name, term, _put(name, term, change(body[term])))
    for term in ("minimum", "maximum", "multipleOf", "enum"):
        if term in body and (term not in _BOUNDS or "enum" not in body):
            yield Widening(f"{name}: without {term}", name, term, _drop(name, term))
    for term, change in _OTHER.items():
        if term != "readOnly" or body.get(term):  # a device may take writing away, never give it
            yield Widening(f"{name}: another {term}", name, term, _put(name, term, change(body.get(term))))


def _is_closed(body: Mapping[str, Any]) -> bool:
    return body.get("type") == "string" and not body.get("hl:openEnum")


def _put(name: str, term: str, value: Any) -> Callable[[TD], None]:
    return lambda td: td["properties"][name].__setitem__(term, value)


def _drop(name: str, term: str) -> Callable[[TD], None]:
    return lambda td: td["properties"][name].pop(term)


_BOUNDS = ("minimum", "maximum")
_WIDER: Mapping[str, Callable[[Any], Any]] = {
    "minimum": lambda least: least - 8,
    "maximum": lambda most: most + 8,
    "multipleOf": lambda step: step / 2,
    "hl:resolution": lambda step: step / 2,
    "enum": lambda words: [*words, "no-such-word"],
    "maxLength": lambda most: most + 1,
    "maxItems": lambda most: most + 1,
    "required": lambda members: members[1:],
}
"""Term that may be narrower -> how it becomes wider."""
_OTHER: Mapping[str, Callable[[Any], Any]] = {
    "type": lambda kind: "array" if kind == "object" else "object",
    "unit": lambda unit: "W" if unit == "lx" else "lx",
    "readOnly": lambda read_only: not read_only,
}
"""Term that may not differ at all -> another value of it."""


def _of_whole(td: Mapping[str, Any], instance: Instance) -> Iterator[Widening]:
    def named(section: str, name: str, body: Mapping[str, Any]) -> Callable[[TD], None]:
        return lambda wide: wide[section].__setitem__(name, dict(body))

    def without(section: str, name: str) -> Callable[[TD], None]:
        return lambda wide: wide[section].pop(name)

    for section in SECTIONS:
        for name in td[section]:
            private = section == "properties" and instance.properties[name].private
            if not private and not name.startswith("x-"):
                yield Widening(f"{section}: without {name}", name, "missing", without(section, name))
        absent = instance.model.document.get(section, {}).keys() - getattr(instance, section).keys()
        for name in sorted(absent):
            body = instance.model.document[section][name]
            yield Widening(f"{section}: {name} without its feature", None, "not part of", named(section, name, body))
        yield Widening(f"{section}: an unknown one", None, "not part of", named(section, "turboBoost", {"type": "boolean"}))
    yield Widening("an unknown feature", None, "NOSUCH", lambda wide: wide["hl:features"].append("NOSUCH"))
