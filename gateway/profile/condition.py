"""Conditions of constraints: property name to the values that meet it; every name must be met."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.plain_value import same
from gateway.thing.value import State, Value


@dataclass(frozen=True, slots=True)
class Condition:
    """`met` is True, False, or None where the state does not say."""

    values: Mapping[str, tuple[Value, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Return the properties it asks about."""
        return frozenset(self.values)

    def met(self, state: State) -> bool | None:
        """Return whether `state` meets it; a property without a value neither meets nor breaks it."""
        answer: bool | None = True
        for name, allowed in self.values.items():
            value = state.get(name)
            if value is None:
                answer = None
            elif not any(same(value, choice) for choice in allowed):
                return False
        return answer

    def text(self) -> str:
        """Return it in words: `mode is cool or heat`."""
        return " and ".join(f"{name} is {' or '.join(_word(value) for value in allowed)}" for name, allowed in self.values.items())


def condition_of(document: Mapping[str, Any]) -> Condition:
    """Return the condition written in a profile."""
    return Condition({name: tuple(values) for name, values in document.items()})


def _word(value: Value) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
