"""Why something was not done, in the reader's words, and what would make it possible: read from the profile's own constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.faces.web.phrases import Tongue
from gateway.faces.web.value import shown
from gateway.profile.instance import Instance
from gateway.profile.rules import GuardWritable, Write
from gateway.thing.value import Value

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class First:
    """A write that would clear the way."""

    name: str
    value: Value
    words: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """`title`: what happened; `lines`: why, and what would make it possible; `first`: one thing to do before, where one is enough."""

    title: str
    lines: tuple[str, ...]
    first: First | None = None


def explained(tongue: Tongue, instance: Instance | None, error: Entry) -> Refusal:
    """Return an error object of the profile's table as people read it."""
    code = str(error.get("code", "device-error"))
    title = tongue(f"error.{code}") if f"error.{code}" in tongue.phrases else str(error.get("title", code))
    rule = None if instance is None else _rule(instance, error.get("constraint"))
    if instance is None or rule is None:
        detail = str(error.get("detail", ""))
        return Refusal(title, (detail,) if detail and detail != error.get("title") else ())
    teller = _Teller(tongue, instance)
    lines = (tongue("refusal.why", title=tongue.title(rule)), *teller.way(rule))
    return Refusal(title, lines, teller.first(rule))


def barred(tongue: Tongue, instance: Instance, name: str, state: Mapping[str, Value]) -> str:
    """Return what would make it possible to set a property, or take an action, that cannot be now; "" where nothing is in the way."""
    for rule in instance.rules:
        if isinstance(rule, GuardWritable) and rule.values is None and _bars(rule, name, state):
            return " ".join(_Teller(tongue, instance).way(rule.document))
    return ""


def _bars(rule: GuardWritable, name: str, state: Mapping[str, Value]) -> bool:
    written = Write(state, {name: None, **state}, frozenset({name}), confirmed=True)
    return rule.refusal(written) is not None or rule.refuses_action(name, state, confirmed=True) is not None


def _rule(instance: Instance, name: Any) -> Entry | None:
    return next((rule.document for rule in instance.rules if rule.id == name), None)


class _Teller:
    """Tells the constraints of one device."""

    def __init__(self, tongue: Tongue, instance: Instance) -> None:
        self._tongue = tongue
        self._instance = instance

    def way(self, rule: Entry) -> tuple[str, ...]:
        """Return what would make it possible."""
        say = self._tongue
        match rule.get("type"):
            case "guardWritable":
                told = [say("refusal.possible", condition=self.condition(rule["when"]))] if "when" in rule else []
                told += [say("refusal.not", condition=self.condition(rule["unless"]))] if "unless" in rule else []
                return tuple(told)
            case "guardRange":
                schema = self._schema(rule["property"])
                low, high = (shown(say, schema, rule.get(term, schema.get(term))) for term in ("minimum", "maximum"))
                return (say("refusal.range", name=say.title(schema, rule["property"]), low=low, high=high),)
            case "implies":
                return (say("refusal.implies", **{"if": self.condition(rule["if"]), "then": self.condition(rule["then"])}),)
            case "exclusive":
                return (say("refusal.exclusive", list=say.comma.join(self.condition(each) for each in rule["of"])),)
        return ()

    def first(self, rule: Entry) -> First | None:
        """Return the one write that would make it possible, where a single property that can be written stands in the way."""
        wanted = rule.get("when") if rule.get("type") == "guardWritable" else rule.get("then") if rule.get("type") == "implies" else None
        if not isinstance(wanted, Mapping) or len(wanted) != 1:
            return None
        name, values = next(iter(wanted.items()))
        known = self._instance.properties.get(name)
        if known is None or known.read_only or not isinstance(values, list) or not values or known.danger:
            return None
        allowed = known.schema.get("enum")
        value = next((each for each in values if allowed is None or each in allowed), None)
        if value is None:
            return None
        words = self._tongue("do.first", name=self._tongue.title(known.schema, name), value=shown(self._tongue, known.schema, value))
        return First(name, value, words)

    def condition(self, condition: Entry) -> str:
        """Return a condition in words."""
        return self._tongue("condition.and").join(self._part(name, values) for name, values in condition.items())

    def _part(self, name: str, values: Any) -> str:
        say, schema = self._tongue, self._schema(name)
        if isinstance(values, list):
            told = say("condition.or").join(shown(say, schema, each) for each in values)
        elif isinstance(values, Mapping):
            signs = {"minimum": "≥ ", "maximum": "≤ ", "exclusiveMinimum": "> ", "exclusiveMaximum": "< ", "not": "≠ "}
            told = say.comma.join(f"{signs.get(term, '')}{shown(say, schema, limit)}" for term, limit in values.items())
        else:
            told = shown(say, schema, values)
        return say("condition.is", name=say.title(schema, name), values=told)

    def _schema(self, name: str) -> Entry:
        base, _, member = name.partition("/*/")
        known = self._instance.properties.get(base)
        schema: Entry = {} if known is None else known.schema
        return schema.get("items", {}).get("properties", {}).get(member, schema) if member else schema
