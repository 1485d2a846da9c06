"""JSON values as such: how to name one in a text, when two are the same, and what no schema describes."""

import math

from gateway.thing.value import Value

MAX_LENGTH = 1024
MAX_DEPTH = 16
MAX_NODES = 8192
_SHOWN = 40
_EXACT_BITS = 64


def shown(value: Value) -> str:
    """Return a short text for any value, however hostile."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _EXACT_BITS else f"an integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return ascii(value[:_SHOWN]) + ("..." if len(value) > _SHOWN else "")
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    return f"a {type(value).__name__}"


def same(left: Value, right: Value) -> bool:
    """Return whether two scalars are the same JSON value: 1 equals 1.0, but not true."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def freeform(value: Value) -> str | None:
    """Check that a value no schema describes is JSON and small: 16 levels, 8,192 nodes, no NaN."""
    queue: list[tuple[Value, int]] = [(value, 0)]
    seen = 0
    while queue:
        node, depth = queue.pop()
        seen += 1
        if depth > MAX_DEPTH or seen + len(queue) > MAX_NODES:
            return " is nested too deep or has too many parts"
        problem = _scalar_problem(node)
        if problem is not None:
            return problem
        if isinstance(node, dict):
            if not all(type(key) is str for key in node):
                return " must have strings as member names"
            queue += ((child, depth + 1) for child in node.values())
        elif isinstance(node, list):
            queue += ((child, depth + 1) for child in node)
    return None


def _scalar_problem(node: Value) -> str | None:
    if isinstance(node, str):
        return text_problem(node, MAX_LENGTH)
    if type(node) is float and not math.isfinite(node):
        return " must not hold NaN or infinity"
    if type(node) is int and node.bit_length() > _EXACT_BITS:
        return f" must not hold {shown(node)}"
    if node is None or type(node) in (bool, int, float, list, dict):
        return None
    return f" must be JSON, not {shown(node)}"


def text_problem(text: str, longest: int) -> str | None:
    """Return what is wrong with a text of at most `longest` characters, or None."""
    if len(text) > longest:
        return f" must be at most {longest} characters, not {len(text)}"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return " must be Unicode text without lone surrogates"
    return None
