"""What changed in the constraints: new, gone, tighter, looser, or another one under the old name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.profile.constraints import compile_constraint
from gateway.profile.diff_change import Changes
from gateway.profile.diff_schema import Site, compare_asides
from gateway.profile.findings import pointer_to

Entry = Mapping[str, Any]
Signs = Iterator[int]
TIGHTER, LOOSER, OTHER = 1, -1, 0
_SUBJECT = ("type", "property", "action", "a", "b", "direction")
_MANNER = ("onViolation", "else")
_EVERYTHING: dict[str, Any] = {}


def compare_constraints(changes: Changes, old: Entry, new: Entry) -> None:
    """Compare the constraints of two models by their ids."""
    was = {entry["id"]: entry for entry in old.get("hl:constraints", ())}
    now = {entry["id"]: entry for entry in new.get("hl:constraints", ())}
    for name in sorted(was.keys() | now.keys()):
        pointer = f"/hl:constraints{pointer_to(name)}"
        if name not in now:
            changes.note("constraint-removed", pointer, "is gone")
        elif name not in was:
            changes.note("constraint-new-optional" if _is_free(now[name], old) else "constraint-new", pointer, "is new")
        else:
            _compare(Site(changes, pointer), was[name], now[name], old)


def _is_free(entry: Entry, old: Entry) -> bool:
    """Return whether a constraint means nothing to devices of the old model, because they lack what it speaks of."""
    if entry["type"] == "exclusive":
        return len(_known_alternatives(entry, old)) < 2  # noqa: PLR2004 - one alone excludes nothing
    if "action" in entry and entry["action"] not in old.get("actions", {}):
        return True
    return not compile_constraint(entry).names <= old.get("properties", {}).keys()


def _known_alternatives(entry: Entry, old: Entry) -> list[Any]:
    return [part for part in entry["of"] if part.keys() <= old.get("properties", {}).keys()]


def _compare(site: Site, was: Entry, now: Entry, old: Entry) -> None:
    compare_asides(site, was, now)
    for term in _MANNER:
        if was.get(term) != now.get(term):
            site.at(term).turned("constraint-manner", was.get(term), now.get(term))
    for term in _SUBJECT:
        if was.get(term) != now.get(term):
            site.at(term).turned("constraint-changed", was.get(term), now.get(term))
            return
    if was["type"] == "exclusive" and _known_alternatives(now, old) == was["of"] != now["of"]:
        site.at("of").note("constraint-new-optional", "has an alternative that only new devices have")
        return
    signs = {sign for term, judge in _TERMS[was["type"]].items() for sign in judge(was, now, term)}
    if signs == {TIGHTER}:
        site.note("constraint-tighter", "forbids more")
    elif signs == {LOOSER}:
        site.note("constraint-looser", "forbids less")
    elif signs:
        site.note("constraint-changed", "forbids something else")


def _number(sign: int, absent: float) -> Callable[[Entry, Entry, str], Signs]:
    """Return the judge of a number: where it grows, the constraint gets tighter (`sign` 1) or looser (-1)."""

    def judge(was: Entry, now: Entry, term: str) -> Signs:
        before, after = was.get(term, absent), now.get(term, absent)
        if isinstance(before, str) or isinstance(after, str):
            yield from () if before == after else (OTHER,)
        elif before != after:
            yield sign if after > before else -sign

    return judge


def _condition(sign: int, absent: Any) -> Callable[[Entry, Entry, str], Signs]:
    """Return the judge of a condition: where it is met more often, the constraint gets tighter (`sign` 1) or looser (-1)."""

    def judge(was: Entry, now: Entry, term: str) -> Signs:
        before, after = was.get(term, absent), now.get(term, absent)
        if before is None or after is None:
            yield from () if before == after else (sign if before is None else -sign,)
            return
        for name in before.keys() | after.keys():
            yield from _set_signs(before.get(name), after.get(name), sign)

    return judge


def _values(sign: int) -> Callable[[Entry, Entry, str], Signs]:
    """Return the judge of a list of values; none means all of them."""
    return lambda was, now, term: _set_signs(was.get(term), now.get(term), sign)


def _set_signs(before: list[Any] | None, after: list[Any] | None, sign: int) -> Signs:
    """Compare what is allowed; None allows everything."""
    if before is None or after is None:
        yield from () if before == after else (sign if after is None else -sign,)
        return
    added, gone = any(one not in before for one in after), any(one not in after for one in before)
    yield from (sign,) if added else ()
    yield from (-sign,) if gone else ()


def _operator(was: Entry, now: Entry, _term: str) -> Signs:
    if was["op"] != now["op"]:
        pair = was["op"], now["op"]
        yield {("<", "<="): LOOSER, (">", ">="): LOOSER, ("<=", "<"): TIGHTER, (">=", ">"): TIGHTER}.get(pair, OTHER)


def _offset(was: Entry, now: Entry, term: str) -> Signs:
    sign = {"<": LOOSER, "<=": LOOSER, ">": TIGHTER, ">=": TIGHTER}.get(now["op"])
    yield from _number(sign or OTHER, 0)(was, now, term)


_TERMS: dict[str, dict[str, Callable[[Entry, Entry, str], Signs]]] = {
    "guardRange": {
        "when": _condition(TIGHTER, _EVERYTHING),
        "minimum": _number(TIGHTER, float("-inf")),
        "maximum": _number(LOOSER, float("inf")),
    },
    "guardWritable": {"when": _condition(LOOSER, _EVERYTHING), "unless": _condition(TIGHTER, None), "values": _values(TIGHTER)},
    "implies": {"if": _condition(TIGHTER, _EVERYTHING), "then": _condition(LOOSER, _EVERYTHING)},
    "exclusive": {"of": _values(TIGHTER)},
    "order": {"op": _operator, "c": _offset},
    "sumMax": {"maximum": _number(LOOSER, float("inf")), "of": _values(TIGHTER)},
    "minInterval": {"seconds": _number(TIGHTER, 0), "from": _values(TIGHTER), "to": _values(TIGHTER)},
    "monotonic": {},
}
"""Type to the terms that make it tighter or looser."""
