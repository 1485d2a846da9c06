"""What a template reckons with: the values of JSON, and the one that is not there; every operation is bounded.

`UNDEFINED` behaves as Jinja's: it prints as nothing, is false, and whoever reckons with it fails.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NoReturn

from gateway.errors import WireError

SIZE: Final = 65536
"""Characters of a text that an operation may make, and of all texts in a list."""
_MEMBERS = 4096
"""Members of a list or object that an operation may make, those of the lists in it counted as often as they stand there."""
_BITS = 1024
_EXPONENT = 64
_FORMAT = re.compile(r"%(?:%|[-+ 0#]{0,3}\d{0,2}(?:\.\d{1,2})?[dfFeEgGsxX])")


class Undefined:
    """What is not there."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return 0

    def __float__(self) -> float:
        missing()

    def __int__(self) -> int:
        missing()


UNDEFINED: Final = Undefined()


def missing() -> NoReturn:
    """Raise the WireError of a template that needs what the message does not have."""
    raise WireError("the message lacks what its template asks for")


def member(owner: Any, name: str) -> Any:
    """Return what `owner.name` is: a member of an object, and never anything else."""
    if owner is UNDEFINED:
        missing()
    return owner.get(name, UNDEFINED) if isinstance(owner, Mapping) else UNDEFINED


def item(owner: Any, key: Any) -> Any:
    """Return what `owner[key]` is; UNDEFINED where there is nothing."""
    if owner is UNDEFINED:
        missing()
    try:
        return owner[key]
    except (TypeError, LookupError):
        return UNDEFINED


def part(owner: Any, start: Any, stop: Any, step: Any) -> Any:
    """Return a slice of a text or list."""
    if owner is UNDEFINED:
        missing()
    try:
        return owner[start:stop:step]
    except (TypeError, LookupError):
        return UNDEFINED


def bounded(value: Any) -> Any:
    """Return the value; raise WireError for one that has grown too large."""
    if isinstance(value, list | tuple | dict):
        _weigh(value)
    elif (isinstance(value, int) and value.bit_length() > _BITS) or (isinstance(value, str) and len(value) > SIZE):
        raise WireError("its template makes a value that is too large")
    return value


def _weigh(value: Any) -> None:
    """Raise WireError for a list that is printed, compared or looked up at length: one list may stand in another a thousand times."""
    left, members, characters = [value], _MEMBERS, SIZE
    while left:
        each = left.pop()
        if isinstance(each, str):
            characters -= len(each)
        elif isinstance(each, list | tuple):
            members -= len(each)
        elif isinstance(each, dict):
            members -= 2 * len(each)
        if members < 0 or characters < 0:
            raise WireError("its template makes a value that is too large")
        if isinstance(each, list | tuple):
            left += each
        elif isinstance(each, dict):
            left += (*each.keys(), *each.values())


def joined(*parts: Any) -> str:
    """Return the parts as one text."""
    return str(bounded("".join(map(text, parts))))


def text(value: Any) -> str:
    """Return a value as it is printed."""
    return value if isinstance(value, str) else str(value)


def _times(one: Any, other: Any) -> Any:
    for value, count in ((one, other), (other, one)):
        most = SIZE if isinstance(value, str) else _MEMBERS
        if isinstance(value, str | list | tuple) and isinstance(count, int) and len(value) * count > most:
            raise WireError("its template makes a value that is too large")
    return one * other


def _power(one: Any, other: Any) -> Any:
    if isinstance(one, int) and isinstance(other, int) and (abs(other) > _EXPONENT or one.bit_length() > _EXPONENT):
        raise WireError("its template makes a value that is too large")
    return one**other


def _rest(one: Any, other: Any) -> Any:
    return formatted(one, other if isinstance(other, tuple) else (other,)) if isinstance(one, str) else one % other


def formatted(form: str, values: tuple[Any, ...]) -> str:
    """Return a text with values put in, as C writes them; raise WireError for a form that is wide or has other signs."""
    if "%" in _FORMAT.sub("", form):
        raise WireError("its template writes numbers in a form that is not read")
    if len(form) + sum(len(text(value)) for value in values) > SIZE:
        raise WireError("its template makes a value that is too large")
    if UNDEFINED in values and any(found not in ("%%", "%s") for found in _FORMAT.findall(form)):
        missing()
    return form % values


def _contains(one: Any, other: Any) -> bool:
    return one in other


BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": _times,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": _rest,
    "**": _power,
}
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": _contains,
    "not in": lambda one, other: not _contains(one, other),
}
