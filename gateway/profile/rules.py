"""Constraints: what must hold between properties. A closed set of eight types, each compiled to one small object.

Every rule answers three questions: does a state break it (`broken`), does a change from one state to the next break it
(`skipped`), and must a write be refused because of it (`refusal`). A value that is not known never breaks a rule: the
appliance is the last judge.

What a write is refused for:

- guardRange: writing the property outside the range, always; writing what brings the range about (the mode) only with
  `onViolation: reject`, otherwise the appliance moves the property into the range.
- guardWritable: writing the property, or one of `values`, while `when` is not met or `unless` is. The state after the write
  counts; with `else: needs-confirm` the state before it too, and a confirmation lets it pass.
- implies, exclusive, order, sumMax: with `onViolation: reject`, when the write touches one of the properties.
- implies with `reset`, when the write names the whole premise; exclusive with `lastWins`, when it names two of the conditions: such a write
  contradicts itself, and nothing is left that the appliance could put back.
- minInterval, monotonic: nothing; they are about time, and the appliance holds or resets.
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.errors import CommandError, NeedsConfirmation
from gateway.profile.condition import Condition
from gateway.profile.plain_value import same, shown
from gateway.thing.value import State, Value


@dataclass(frozen=True, slots=True)
class Write:
    """A write under judgement: the state before, the state if all of it came true, and the names written."""

    before: State
    after: State
    names: frozenset[str]
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(ABC):
    """One constraint of a profile. `names`: every property it reads; `violation`: what happens when it is broken."""

    id: str
    document: Mapping[str, Any]
    violation: str
    error: type[CommandError]

    @property
    @abstractmethod
    def names(self) -> frozenset[str]:
        """Return every property it reads."""

    def broken(self, state: State) -> str | None:  # noqa: ARG002 - some rules are about changes only
        """Return what is wrong with `state`, or None."""
        return None

    def skipped(self, before: State, after: State, steady: Mapping[str, float]) -> str | None:  # noqa: ARG002
        """Return what is wrong with the change; `steady` is how many seconds each property had stayed where the rule starts."""
        return None

    def refusal(self, write: Write) -> CommandError | None:
        """Return the error a write earns, or None."""
        if self.violation != "reject" or not self.names & write.names:
            return None
        problem = self.broken(write.after)
        return None if problem is None else self._error(problem, min(self.names & write.names))

    def _error(self, problem: str, name: str | None) -> CommandError:
        return self.error(problem, constraint=self.id, property=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRange(Rule):
    """While `when` is met, the property lies between `minimum` and `maximum`."""

    target: str
    when: Condition
    minimum: float
    maximum: float

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return self.when.names | {self.target}

    def broken(self, state: State) -> str | None:
        """Return what is wrong with `state`, or None."""
        value = _number(state.get(self.target))
        if value is None or self.when.met(state) is not True or self.minimum <= value <= self.maximum:
            return None
        return f"{self.target} must be {self.minimum} to {self.maximum} while {self.when.text()}, not {shown(value)}"

    def refusal(self, write: Write) -> CommandError | None:
        """Return the error a write earns, or None."""
        judged = self.target in write.names or (self.violation == "reject" and self.when.names & write.names)
        problem = self.broken(write.after) if judged else None
        return None if problem is None else self._error(problem, self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardWritable(Rule):
    """The property (or action) may be written, or given one of `values`, only while `when` is met and `unless` is not."""

    target: str | None
    action: str | None
    values: tuple[Value, ...] | None
    when: Condition
    unless: Condition | None

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        own = frozenset() if self.target is None else frozenset({self.target})
        return own | self.when.names | (self.unless.names if self.unless else frozenset())

    def refusal(self, write: Write) -> CommandError | None:
        """Return the error a write earns, or None."""
        if self.target is None or self.target not in write.names or not self._guards(write.after[self.target]):
            return None
        return self._judge((write.before, write.after), write.confirmed)

    def refuses_action(self, action: str, state: State, *, confirmed: bool) -> CommandError | None:
        """Return the error the action earns in `state`, or None."""
        return self._judge((state,), confirmed) if action == self.action else None

    def _guards(self, value: Value) -> bool:
        return self.values is None or any(same(value, choice) for choice in self.values)

    def _judge(self, states: tuple[State, ...], confirmed: bool) -> CommandError | None:
        asks = issubclass(self.error, NeedsConfirmation)
        judged = states if asks else states[-1:]
        problem = next((text for state in judged if (text := self._blocked(state))), None)
        if problem is None or self.violation == "delayed" or (asks and confirmed):
            return None
        return self._error(problem, self.target)

    def _blocked(self, state: State) -> str | None:
        named = self.target or self.action
        if self.when.met(state) is False:
            return f"{named} can be set only while {self.when.text()}"
        if self.unless is not None and self.unless.met(state) is True:
            listed = ", ".join(shown(state.get(name)) for name in sorted(self.unless.names))
            return f"{named} is guarded while {', '.join(sorted(self.unless.names))} is {listed}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Implies(Rule):
    """While `if` is met, `then` is met too."""

    condition: Condition
    then: Condition

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return self.condition.names | self.then.names

    def broken(self, state: State) -> str | None:
        """Return what is wrong with `state`, or None."""
        if self.condition.met(state) is not True or self.then.met(state) is not False:
            return None
        return f"{self.condition.text()} asks that {self.then.text()}"

    def refusal(self, write: Write) -> CommandError | None:
        """Return the error a write earns, or None."""
        if self.violation != "reset" or not self.condition.names <= write.names:
            return Rule.refusal(self, write)  # super() is blind in a dataclass with slots
        problem = self.broken(write.after)  # the whole premise is written: nothing is left that could be put back
        return None if problem is None else self._error(problem, min(self.condition.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusive(Rule):
    """At most one of the conditions is met."""

    of: tuple[Condition, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return frozenset().union(*(condition.names for condition in self.of))

    def broken(self, state: State) -> str | None:
        """Return what is wrong with `state`, or None."""
        met = [condition.text() for condition in self.of if condition.met(state) is True]
        return f"{' and '.join(met)} exclude each other" if len(met) > 1 else None

    def refusal(self, write: Write) -> CommandError | None:
        """Return the error a write earns, or None."""
        if self.violation != "lastWins":
            return Rule.refusal(self, write)  # super() is blind in a dataclass with slots
        asked = [condition for condition in self.of if condition.names & write.names and condition.met(write.after) is True]
        if len(asked) < 2:  # noqa: PLR2004 - one of them is the last
            return None
        return self._error(f"{' and '.join(each.text() for each in asked)} exclude each other", min(asked[-1].names & write.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Rule):
    """`a` stands to `b + c` as `op` says; `a` and `b` are properties, `c` a number."""

    a: str
    op: str
    b: str
    c: float
    OPERATORS: ClassVar[dict[str, Callable[[float, float], bool]]] = {
        "<": operator.lt,
        "<=": operator.le,
        ">=": operator.ge,
        ">": operator.gt,
        "==": operator.eq,
    }

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return frozenset({self.a, self.b})

    def broken(self, state: State) -> str | None:
        """Return what is wrong with `state`, or None."""
        left, right = _number(state.get(self.a)), _number(state.get(self.b))
        if left is None or right is None or self.OPERATORS[self.op](left, right + self.c):
            return None
        other = f"{self.b} {self.c:+g}" if self.c else self.b
        return f"{self.a} must be {self.op} {other}, not {shown(left)} against {shown(right)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumMax(Rule):
    """The sum of the parts (`name`, or `name/*/member` of an array of objects) is at most `maximum` (a number or a property)."""

    of: tuple[str, ...]
    maximum: float | str

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        limit = {self.maximum} if isinstance(self.maximum, str) else set()
        return frozenset({part.partition("/")[0] for part in self.of} | limit)

    def broken(self, state: State) -> str | None:
        """Return what is wrong with `state`, or None."""
        limit = _number(state.get(self.maximum)) if isinstance(self.maximum, str) else self.maximum
        total = sum(_part(state, part) for part in self.of)
        if limit is None or total <= limit:
            return None
        return f"{' + '.join(self.of)} must be at most {limit}, not {total}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MinInterval(Rule):
    """The property keeps a value of `origin` (`from`) for `seconds` before it takes one of `to`."""

    target: str
    origin: tuple[Value, ...]
    to: tuple[Value, ...]
    seconds: float

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return frozenset({self.target})

    def skipped(self, before: State, after: State, steady: Mapping[str, float]) -> str | None:
        """Return what is wrong with the change, or None."""
        old, new = before.get(self.target), after.get(self.target)
        kept = steady.get(self.target)
        if kept is None or kept >= self.seconds or old not in self.origin or new not in self.to:
            return None
        return f"{self.target} went from {shown(old)} to {shown(new)} after {kept:g} s, earlier than {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monotonic(Rule):
    """The property only grows (`direction` 1) or only shrinks (-1)."""

    target: str
    direction: int

    @property
    def names(self) -> frozenset[str]:
        """Return every property it reads."""
        return frozenset({self.target})

    def skipped(self, before: State, after: State, steady: Mapping[str, float]) -> str | None:  # noqa: ARG002
        """Return what is wrong with the change, or None."""
        old, new = _number(before.get(self.target)), _number(after.get(self.target))
        if old is None or new is None or (new - old) * self.direction >= 0:
            return None
        return f"{self.target} went from {shown(old)} to {shown(new)}"


def _number(value: Value) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _part(state: State, path: str) -> float:
    name, _, member = path.partition("/*/")
    value = state.get(name)
    if not member:
        return _number(value) or 0
    items = value if isinstance(value, list) else []
    return sum(_number(item.get(member)) or 0 for item in items if isinstance(item, dict))
