"""What a constraint says, as a sentence, and what happens when it is broken."""

from collections.abc import Callable
from typing import Any

from gateway.profile.units import symbol
from gateway.profile.wording import Entry, Words, number_text

_OPERATORS = {"<=": "≤", ">=": "≥", "==": "="}


def constraint_text(words: Words, entry: Entry) -> str:
    """Return one constraint in the language of `words`."""
    end = words.say("full stop")
    after = _violation(words, entry)
    return (_SENTENCES[entry["type"]](words, entry) + end + (after + end if after else "")).rstrip()


def _guard_range(words: Words, entry: Entry) -> str:
    unit = symbol(words.properties.get(entry["property"], {}).get("unit"))
    limits = {name: number_text(entry[term]) for term, name in (("minimum", "low"), ("maximum", "high")) if term in entry}
    phrase = {("low", "high"): "range", ("low",): "at least"}.get(tuple(limits), "at most")
    said = words.say(phrase, **limits) + (f" {unit}" if unit else "")
    return words.say(
        "guardRange", when=words.condition(entry["when"]), range=words.say("lies", name=words.name(entry["property"]), range=said)
    )


def _guard_writable(words: Words, entry: Entry) -> str:
    verb = "can" if "when" in entry else "cannot"
    if "action" in entry:
        target = words.say(f"{verb} be invoked", name=words.name(entry["action"]))
    elif "values" in entry:
        name = entry["property"]
        target = words.say(f"{verb} be set to", name=words.name(name), values=words.choice(name, entry["values"]))
    else:
        target = words.say(f"{verb} be set", name=words.name(entry["property"]))
    parts = {term: words.condition(entry[term]) for term in ("when", "unless") if term in entry}
    return words.say(f"guardWritable {'both' if len(parts) > 1 else next(iter(parts))}", target=target, **parts)


def _implies(words: Words, entry: Entry) -> str:
    return words.say("implies", when=words.condition(entry["if"]), then=words.condition(entry["then"]))


def _exclusive(words: Words, entry: Entry) -> str:
    return words.say("exclusive", list=words.say("between").join(words.condition(each) for each in entry["of"]))


def _order(words: Words, entry: Entry) -> str:
    plus = entry.get("c", 0)
    other = words.name(entry["b"]) + (f" {'+' if plus > 0 else '-'} {number_text(abs(plus))}" if plus else "")
    return words.say("order", a=words.name(entry["a"]), op=_OPERATORS.get(entry["op"], entry["op"]), b=other)


def _sum_max(words: Words, entry: Entry) -> str:
    most: Any = entry["maximum"]
    limit = words.name(most) if isinstance(most, str) else number_text(most)
    return words.say("sumMax", list=" + ".join(words.name(part) for part in entry["of"]), maximum=limit)


def _min_interval(words: Words, entry: Entry) -> str:
    name = entry["property"]
    old, new = words.choice(name, entry["from"]), words.choice(name, entry["to"])
    return words.say("minInterval", name=words.name(name), old=old, new=new, time=words.time(entry["seconds"]))


def _monotonic(words: Words, entry: Entry) -> str:
    return words.say(f"monotonic {entry.get('direction', 'up')}", name=words.name(entry["property"]))


def _violation(words: Words, entry: Entry) -> str:
    code = entry.get("else")
    if code in ("delayed", "needs-confirm"):
        return words.say(code)
    if code is not None or entry["type"] == "guardWritable":
        return words.say("else", code=code or "state-conflict")
    if entry["type"] == "monotonic":
        return words.say("grows reset") if entry.get("onViolation") == "reset" else ""
    return "" if entry["type"] == "minInterval" else words.say(entry.get("onViolation", "reject"))


_SENTENCES: dict[str, Callable[[Words, Entry], str]] = {
    "guardRange": _guard_range,
    "guardWritable": _guard_writable,
    "implies": _implies,
    "exclusive": _exclusive,
    "order": _order,
    "sumMax": _sum_max,
    "minInterval": _min_interval,
    "monotonic": _monotonic,
}
