"""What changed between two data schemas, down to the last member."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.diff_change import Changes, brief
from gateway.profile.findings import pointer_to

Schema = Mapping[str, Any]
TEXTS = frozenset({"title", "titles", "description", "descriptions"})
_LOWER = {"minimum": "range", "exclusiveMinimum": "range", "minLength": "length", "minItems": "length"}
_UPPER = {"maximum": "range", "exclusiveMaximum": "range", "maxLength": "length", "maxItems": "length"}
_PLAIN = {
    "type": "type",
    "unit": "unit",
    "multipleOf": "step",
    "hl:resolution": "step",
    "pattern": "pattern",
    "format": "format",
    "const": "alternatives",
    "oneOf": "alternatives",
}
_INSIDE = frozenset({"properties", "items", "required", "enum", "hl:openEnum"})


@dataclass(frozen=True, slots=True)
class Site:
    """Where two schemas are compared; `asked`: only clients send it (an action's input), so a device never shows it."""

    changes: Changes
    pointer: str
    asked: bool = False

    def at(self, *parts: object) -> "Site":
        """Return the site further down."""
        return Site(self.changes, f"{self.pointer}{pointer_to(*parts)}", self.asked)

    def note(self, rule: str, what: str) -> None:
        """Write one change down."""
        self.changes.note(rule, self.pointer, what)

    def turned(self, rule: str, old: Any, new: Any) -> None:
        """Write down that one value became another."""
        self.changes.turned(rule, self.pointer, old, new)


def compare_schemas(site: Site, old: Schema, new: Schema, *, others: frozenset[str] = frozenset()) -> None:
    """Compare two schemas; `others`: terms the caller compares itself."""
    known = {**_LOWER, **_UPPER, **_PLAIN}.keys() | _INSIDE | TEXTS | others | {"hl:map"}
    for term, rule in _PLAIN.items():
        if old.get(term) != new.get(term) or (term in old) != (term in new):
            site.at(term).turned(rule, old.get(term), new.get(term))
    for terms, sign in ((_LOWER, -1), (_UPPER, 1)):
        for term, name in terms.items():
            _compare_limit(site.at(term), name, old.get(term), new.get(term), sign)
    _compare_enums(site, old, new)
    _compare_members(site, old, new)
    _compare_items(site, old.get("items"), new.get("items"))
    compare_asides(site, old, new)
    for term in sorted((old.keys() | new.keys()) - known):
        if old.get(term) != new.get(term):
            site.at(term).turned("ignored", old.get(term), new.get(term))


def compare_asides(site: Site, old: Schema, new: Schema) -> None:
    """Compare what no program acts on: texts and mapping hooks."""
    for term in sorted(TEXTS):
        if old.get(term) != new.get(term):
            site.at(term).note("text", f"{term} changed")
    maps = (old.get("hl:map") or {}, new.get("hl:map") or {})
    for name in sorted(maps[0].keys() | maps[1].keys()):
        if maps[0].get(name) != maps[1].get(name):
            site.at("hl:map", name).note("hook", f"hook {name} changed")


def _compare_limit(site: Site, name: str, old: float | None, new: float | None, sign: int) -> None:
    """Compare one limit; `sign` is 1 for an upper one. No limit is the widest."""
    if old == new:
        return
    wider = new is None or (old is not None and (new - old) * sign > 0)
    site.turned(f"{name}-{'wider' if wider else 'narrower'}", old, new)


def _compare_enums(site: Site, old: Schema, new: Schema) -> None:
    was, now = old.get("enum"), new.get("enum")
    here = site.at("enum")
    if was is None or now is None:
        if was != now:
            here.turned("range-narrower" if was is None else "range-wider", was, now)
        return
    opened = bool(old.get("hl:openEnum")), bool(new.get("hl:openEnum"))
    if opened[0] != opened[1]:
        site.at("hl:openEnum").note("enum-opened" if opened[1] else "enum-closed", f"the words are {'open' if opened[1] else 'closed'} now")
    added, gone = [word for word in now if word not in was], [word for word in was if word not in now]
    if added:
        here.note("enum-word-new-open" if all(opened) else "enum-word-new", f"new: {brief(added)}")
    if gone:
        here.note("enum-word-removed", f"gone: {brief(gone)}")
    if not added and not gone and was != now:
        here.note("order", "the words stand in another order")


def _compare_members(site: Site, old: Schema, new: Schema) -> None:
    was, now = old.get("properties") or {}, new.get("properties") or {}
    required = frozenset(old.get("required") or ()), frozenset(new.get("required") or ())
    for name in sorted(was.keys() | now.keys()):
        here = site.at("properties", name)
        if name not in now:
            here.note("member-removed", "is gone")
        elif name not in was:
            here.note(
                "member-required" if name in required[1] else "member-new", "is new and required" if name in required[1] else "is new"
            )
        else:
            compare_schemas(here, was[name], now[name])
    for name in sorted((required[1] - required[0]) & was.keys()):
        site.at("required").note("member-required", f"{name} is required now")
    for name in sorted((required[0] - required[1]) & now.keys()):
        site.at("required").note("member-not-required-input" if site.asked else "member-not-required", f"{name} is not required any more")


def _compare_items(site: Site, old: Schema | None, new: Schema | None) -> None:
    if old is not None and new is not None:
        compare_schemas(site.at("items"), old, new)
    elif old != new:
        site.at("items").note("type", "the entries are described now" if old is None else "the entries are described no more")
