"""How a value typed in a shell becomes a JSON value: the property's schema decides, so `on` needs no quotes."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.errors import BadSyntax

YES = frozenset({"on", "true", "yes", "1", "开"})
NO = frozenset({"off", "false", "no", "0", "关"})


def read_value(text: str, schema: Mapping[str, Any]) -> Any:
    """Return `text` as the value `schema` expects; raise BadSyntax when it cannot be one."""
    kind = schema.get("type")
    if kind == "boolean":
        return _boolean(text)
    if kind == "string":
        return _unquoted(text)
    if kind in ("number", "integer"):
        return _number(text)
    try:
        return json.loads(text)
    except ValueError as error:
        if kind is None and text[:1] not in '[{"':
            return text
        raise BadSyntax(f'{text!r} is not JSON; quote it for the shell: \'{{"mode": "cool"}}\'') from error


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in YES | NO:
        return word in YES
    raise BadSyntax(f"{text!r} is neither on nor off")


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise BadSyntax(f"{text!r} is not a number") from error


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text
