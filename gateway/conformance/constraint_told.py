"""Whether a Thing Description tells the constraints of its kind that apply to the device: a client that is not told them breaks them.

A constraint applies where the device has everything it reads; an `exclusive` loses the alternatives the device lacks, and goes when one is
left.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Rule = Mapping[str, Any]
_WORDS = frozenset({"title", "titles", "description", "descriptions"})


def untold(td: Mapping[str, Any], kind: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with `hl:constraints`: rules that are left out, and rules that are not the kind's."""
    told = {rule["id"]: rule for rule in td.get("hl:constraints", ())}
    there = set(td.get("properties", ())) | set(td.get("actions", ()))
    for rule in kind.get("hl:constraints", ()):
        applies = _of_device(rule, there)
        if applies is None:
            continue
        if rule["id"] not in told:
            yield f"hl:constraints lacks {rule['id']}, which applies to it"
        elif _terms(told[rule["id"]]) not in (_terms(applies), _terms(rule)):
            yield f"hl:constraints says {rule['id']} otherwise than its kind"


def _of_device(rule: Rule, there: set[str]) -> Rule | None:
    """Return a rule as it applies to a device that has these properties and actions; None where it does not."""
    if rule["type"] == "exclusive":
        left = [condition for condition in rule["of"] if set(condition) <= there]
        return {**rule, "of": left} if len(left) > 1 else None
    return rule if _read_by(rule) <= there else None


def _read_by(rule: Rule) -> set[str]:
    names = {rule[term] for term in ("property", "action", "a", "b") if term in rule}
    for term in ("when", "unless", "if", "then"):
        names |= set(rule.get(term, ()))
    names |= {part.partition("/")[0] for part in rule.get("of", ()) if isinstance(part, str)}
    return names | ({rule["maximum"]} if isinstance(rule.get("maximum"), str) else set())


def _terms(rule: Rule) -> dict[str, Any]:
    return {term: value for term, value in rule.items() if term not in _WORDS}
