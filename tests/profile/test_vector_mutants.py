"""Vectors can fail: a reader of the standard with one thing wrong in it is caught by at least one of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

import pytest

from firmware_sim import constraints as sim_constraints
from firmware_sim import requests as sim_requests
from firmware_sim import schema as sim_schema
from firmware_sim import surface as sim_surface
from firmware_sim.wires import payload as sim_payload
from gateway.conformance import constraint_verdict, description_verdict, schema_verdict
from gateway.profile import narrowing, rules, shape
from gateway.profile import schema as gateway_schema
from gateway.profile.condition import Condition
from gateway.profile.library import Library
from tests.profile import test_vectors as bound
from tests.profile import vectors as hand

Mutation = Callable[[pytest.MonkeyPatch], None]
CACHES = (hand.instance, hand.description, hand.surface)


def put(owner: Any, name: str, changed: Any) -> Mutation:
    """Return the mutation that has `changed` in the place of an attribute or, in a dictionary, of an entry."""
    if isinstance(owner, dict):
        return lambda patch: patch.setitem(owner, name, changed)
    return lambda patch: patch.setattr(owner, name, changed)


def with_original(owner: Any, name: str, change: Callable[..., Any]) -> Mutation:
    """Return the mutation that calls `change` with what stood there and its arguments."""
    original = getattr(owner, name)
    return put(owner, name, lambda *args, **named: change(original, *args, **named))


def never(*_args: Any, **_named: Any) -> None:
    """Find nothing wrong, whatever it is."""


def nothing(*_args: Any, **_named: Any) -> Iterator[Any]:
    """Yield nothing wrong, whatever it is."""
    return iter(())


TEXT = gateway_schema._MAKERS_BY_TYPE["string"]
GATEWAY = {
    "a range never breaks": ("washing-machine", put(rules.GuardRange, "broken", never)),
    "a range ends before its end": (
        "refrigerator",
        with_original(rules.GuardRange, "broken", lambda was, rule, state: was(replace(rule, maximum=rule.maximum - 1), state)),
    ),
    "implies never breaks": ("uhd-tv", put(rules.Implies, "broken", never)),
    "an order never breaks": ("refrigerator", put(rules.Order, "broken", never)),
    "an exclusion never breaks": ("air-conditioner", put(rules.Exclusive, "broken", never)),
    "a meter may run back": ("plug", put(rules.Monotonic, "skipped", never)),
    "nothing has to rest": ("air-conditioner", put(rules.MinInterval, "skipped", never)),
    "a guard is about every value": ("plug", put(rules.GuardWritable, "_guards", lambda _rule, _value: True)),
    "a guard looks at the state after only": (
        "plug",
        with_original(rules.GuardWritable, "_judge", lambda was, rule, states, confirmed: was(rule, states[-1:], confirmed)),
    ),
    "a confirmation lifts nothing": (
        "plug",
        with_original(rules.GuardWritable, "_judge", lambda was, rule, states, _: was(rule, states, False)),
    ),
    "every violation refuses": (
        "washing-machine",
        with_original(rules.GuardRange, "refusal", lambda was, rule, write: was(replace(rule, violation="reject"), write)),
    ),
    "a condition with an unknown is met": ("uhd-tv", with_original(Condition, "met", lambda was, one, state: was(one, state) is not False)),
    "a condition with an unknown is not met": (
        "set-top-box",
        with_original(Condition, "met", lambda was, one, state: was(one, state) is True),
    ),
    "any step will do": ("light", put(gateway_schema._NUMBER_TERMS, "multipleOf", lambda _schema: never)),
    "a pattern ends before a line break": ("plug", put(gateway_schema, "_ended", lambda pattern: pattern)),
    "a time needs no form": (
        "refrigerator",
        put(gateway_schema._FORMATS, "date-time", lambda text: bool(datetime.fromisoformat(text).tzinfo)),
    ),
    "new words may be written": ("plug", put(gateway_schema._MAKERS_BY_TYPE, "string", lambda schema, _strict: TEXT(schema, False))),
    "words of absent features stay": ("refrigerator", put(shape, "absent_values", lambda *_: frozenset())),
    "members may be wider": ("light", put(narrowing, "_check_inside", never)),
    "features need no others": ("plug", put(shape, "check_selection", never)),
}
SIMULATOR = {
    "a range never breaks": ("washing-machine", put(sim_constraints._READERS, "guardRange", never)),
    "a range is one step off": (
        "range-hood",
        with_original(
            sim_schema, "_number_problems", lambda was, schema, value: was({**schema, "maximum": schema.get("maximum", value) + 1}, value)
        ),
    ),
    "implies never breaks": ("electric-water-heater", put(sim_constraints._READERS, "implies", never)),
    "an order never breaks": ("refrigerator", put(sim_constraints._READERS, "order", never)),
    "an exclusion never breaks": ("air-conditioner", put(sim_constraints._READERS, "exclusive", never)),
    "a guard never shuts": ("set-top-box", put(sim_constraints, "_check_open", never)),
    "one that is not known lets pass": (
        "air-purifier",
        put(
            sim_constraints,
            "fails",
            lambda condition, state: all(name in state for name in condition) and not sim_constraints.holds(condition, state),
        ),
    ),
    "a guard looks at the state after only": (
        "plug",
        with_original(
            sim_constraints,
            "_check_writable",
            lambda was, rule, states, written, confirmed: was(rule, (states[1],) * 2, written, confirmed=confirmed),
        ),
    ),
    "nothing is moved along": ("washing-machine", put(sim_constraints, "_dragged", lambda *_: {})),
    "nothing is limited where nothing is said": ("uhd-tv", put(sim_schema, "_LONGEST", 10**6)),
    "a boolean is a number": (
        "electric-water-heater",
        with_original(
            sim_schema, "fits_type", lambda was, kind, value: was(kind, int(value) if value is True and kind == "integer" else value)
        ),
    ),
    "nothing is required": (
        "refrigerator",
        with_original(
            sim_schema, "_object_problems", lambda was, schema, value, strict: was({**schema, "required": ()}, value, strict=strict)
        ),
    ),
    "strangers may be written": (
        "light",
        with_original(sim_schema, "_object_problems", lambda was, schema, value, **_: was(schema, value, strict=False)),
    ),
    "a list may be longer": ("ir-remote", put(sim_schema, "_list_problems", nothing)),
    "a pattern ends before a line break": ("ir-remote", put(sim_schema, "_to_the_end", lambda pattern: pattern)),
    "a date needs no form": ("electric-water-heater", put(sim_schema, "_DAY", re.compile(".*"))),
    "danger needs nobody": ("uhd-tv", put(sim_requests, "check_danger", never)),
    "words of absent features stay": ("range-hood", put(sim_surface, "_narrow_enums", never)),
    "tags mean something": ("plug", put(sim_payload, "_is_tagged", lambda _payload: False)),
}
JUDGE = {
    "states break nothing": ("light", put(schema_verdict, "_objections", nothing)),
    "rules break nothing": ("washing-machine", put(constraint_verdict, "is_broken", lambda *_: False)),
    "no guard shuts": ("range-hood", put(constraint_verdict, "is_shut", lambda *_args, **_named: False)),
    "a guard is about every value": ("uhd-tv", put(constraint_verdict, "is_guarded", lambda *_: True)),
    "everybody is to blame": ("refrigerator", put(constraint_verdict, "is_to_blame", lambda *_: True)),
    "what is unknown is met": (
        "uhd-tv",
        with_original(constraint_verdict, "meets", lambda was, condition, state: was(condition, state) is not False),
    ),
    "time breaks nothing": ("plug", put(hand, "change_objections", nothing)),
    "strangers may be written": ("light", put(schema_verdict, "_closed", dict)),
    "new words are never reported": ("uhd-tv", put(schema_verdict, "_open", dict)),
    "nothing is limited where nothing is said": ("uhd-tv", put(schema_verdict, "_limited", dict)),
    "danger needs nobody": ("uhd-tv", put(schema_verdict, "_dangers", nothing)),
    "a time is any text": ("refrigerator", put(schema_verdict.FORMATS.checkers, "date-time", (lambda _: True, ()))),
    "members may be wider": ("set-top-box", put(description_verdict, "_wider_within", nothing)),
    "words of absent features stay": ("refrigerator", put(description_verdict, "_absent_words", lambda *_: set())),
    "any names will do": ("range-hood", put(description_verdict, "_named", nothing)),
}
MUTANTS = [
    pytest.param(reader, kind, mutation, id=f"{type(reader).__name__.lower()}: {name}")
    for reader, mutants in ((hand.Gateway(), GATEWAY), (hand.Simulator(), SIMULATOR), (hand.Judge(), JUDGE))
    for name, (kind, mutation) in mutants.items()
]


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let every mutant read the profiles anew, and nobody after it see what it read."""
    with monkeypatch.context() as own:
        own.setattr(hand, "LIBRARY", Library())
        own.setattr(gateway_schema, "_known", WeakValueDictionary())
        for cache in CACHES:
            cache.cache_clear()
        yield own
    for cache in CACHES:
        cache.cache_clear()


def disagrees(judge: Callable[..., None], *asked: Any) -> bool:
    """Return whether a test of the vectors fails."""
    try:
        judge(*asked)
    except (AssertionError, pytest.fail.Exception):
        return True
    return False


def caught(reader: Any, kind: str) -> list[str]:
    """Return the names of the vectors of one kind with which a reader disagrees."""
    path = hand.FOLDER / f"{kind}-1.yaml"
    asked = {"states": bound.test_a_state, "writes": bound.test_a_write, "actions": bound.test_an_action}
    if not isinstance(reader, hand.Simulator):
        asked["changes"] = bound.test_a_change_over_time
    found = [vector for section, test in asked.items() for vector in hand.vectors(path, section) if disagrees(test, reader, vector)]
    found += [vector for vector in hand.vectors(path, "descriptions") if disagrees(bound.test_a_thing_description, vector)]
    meaningless = [vector for vector in hand.vectors(path, "encodings") if "value" not in vector]
    found += [vector for vector in meaningless if disagrees(bound.test_bytes_that_are_no_value_are_refused_by_all, vector)]
    return [vector["name"] for vector in found]


@pytest.mark.parametrize(("reader", "kind", "mutation"), MUTANTS)
def test_a_reader_with_one_thing_wrong_is_caught(reader: Any, kind: str, mutation: Mutation, patch: pytest.MonkeyPatch) -> None:
    mutation(patch)
    assert caught(reader, kind)


def test_a_reader_with_nothing_wrong_is_caught_by_none(patch: pytest.MonkeyPatch) -> None:
    assert patch
    for reader in (hand.Gateway(), hand.Simulator(), hand.Judge()):
        assert caught(reader, "plug") == []
