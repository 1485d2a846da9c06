"""What a native appliance says it is: its Thing Description, read with suspicion."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.errors import SchemaViolation, TooLarge
from gateway.profile.description import description_of
from gateway.profile.library import Library
from gateway.protocol.payload import json_value
from gateway.thing.description import Description

TD_LIMIT = 256 * 1024
"""Bytes of a Thing Description that are looked at (what the hub's broker lets through)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}").fullmatch
_NAMES = 64


@dataclass(frozen=True, slots=True)
class Described:
    """A description, what to ask for or listen to besides the public state, and the `id` by which its TD can be told from others."""

    description: Description
    urn: str
    private: tuple[str, ...]
    events: tuple[str, ...]


def read_td(payload: bytes) -> Mapping[str, Any]:
    """Return the document in `payload`; raise TooLarge, BadSyntax or SchemaViolation."""
    if len(payload) > TD_LIMIT:
        raise TooLarge(f"the description has {len(payload)} bytes, more than {TD_LIMIT}")
    document = json_value(payload, limit=TD_LIMIT)
    if not isinstance(document, dict):
        raise SchemaViolation("the description is not a JSON object")
    return document


def described(payload: bytes, device: str, library: Library) -> Described:
    """Return what the Thing Description in `payload` makes of `device`; raise a CommandError that says what is wrong with it."""
    td = read_td(payload)
    try:
        description = description_of(td, library, device=device)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise SchemaViolation(f"the description has an unexpected shape: {error}") from error
    properties = _members(td, "properties")
    return Described(
        description=replace(description, id=device, title=description.title or device),
        urn=str(td.get("id", ""))[:256],
        private=tuple(name for name, body in properties.items() if isinstance(body, dict) and body.get("hl:private") is True),
        events=tuple(_members(td, "events")),
    )


def _members(td: Mapping[str, Any], word: str) -> dict[str, Any]:
    members = td.get(word)
    if not isinstance(members, dict):
        return {}
    return {name: body for name, body in list(members.items())[:_NAMES] if _NAME(name)}
