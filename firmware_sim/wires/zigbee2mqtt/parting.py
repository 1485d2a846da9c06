"""Topics below a bridge's own, taken apart: `<name>/set`, `<name>/set/<property>`, `<name>/get`, `bridge/request/...`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ASKED = re.compile(r"(?!bridge)(.+?)/(get|set)(?:/(.+))?").fullmatch
_REQUEST = "bridge/request/"
_WORDS = {"on", "off", "toggle", "open", "close", "stop", "lock", "unlock"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client wants of the device `name`; `verb` is set or get."""

    name: str
    verb: str
    values: Mapping[str, Any]


def asked_of(below: str, payload: bytes) -> Asked | None:
    """Return what a message to a device asks; None when it is none, or nobody can make sense of it."""
    found = _ASKED(below)
    if found is None:
        return None
    content = text_of(payload)
    if found[3] is not None:
        return Asked(found[1], found[2], {found[3]: content})
    if isinstance(content, str) and content.lower() in _WORDS:
        content = {"state": content}
    return Asked(found[1], found[2], content) if isinstance(content, dict) else None


def request_of(below: str) -> str | None:
    """Return what is asked of the bridge itself."""
    return below[len(_REQUEST) :] if below.startswith(_REQUEST) else None


def text_of(payload: bytes) -> Any:
    """Return the JSON in it, or the text as it is."""
    text = payload.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
