"""What an option of an announcement is: strangers wrote it, so its type is looked at wherever it is used.

`name=what` in the data means: the option of that name, or `what` where it is left out; `=what` is always that.
"""

import math
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
"""A row of the data."""
_WORD = 256
_WORDS = 256


def option(name: str, options: Mapping[str, Any]) -> str | None:
    """Return an option as the text Home Assistant makes of it, None where it is not there."""
    key, equals, usual = name.partition("=")
    value = options.get(key) if key else None
    if isinstance(value, str | bool | int | float):
        return str(value)[:_WORD]
    return usual if equals else None


def words_option(name: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a list of words; of what is no list, those it has by default."""
    key, _, usual = name.partition("=")
    value = options.get(key) if key else None
    if isinstance(value, list):
        return tuple(dict.fromkeys(str(word)[:_WORD] for word in value[:_WORDS] if isinstance(word, str | bool | int | float)))
    return tuple(word for word in usual.split(",") if word)


def number_option(name: str, options: Mapping[str, Any]) -> float | None:
    """Return a finite number, None for anything else."""
    value = options.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def limit_of(told: Any, options: Mapping[str, Any]) -> float | None:
    """Return an end of a range: a number, an option with its default, or a list of those of which the first that is there counts."""
    if isinstance(told, list):
        return next((found for each in told if (found := limit_of(each, options)) is not None), None)
    if isinstance(told, int | float):
        return float(told)
    if told is None:
        return None
    key, _, usual = str(told).partition("=")
    found = number_option(key, options)
    return found if found is not None else float(usual) if usual else None


def several(value: Any) -> list[Any]:
    """Return what stands in the data as a list, or as the only one of it."""
    return value if isinstance(value, list) else [value]
