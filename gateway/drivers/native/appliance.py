"""What a native appliance says it is: its Thing Description, read with suspicion.

Appliances of one model differ in their forms, id and title only. So what the rest means is worked out once for all of
them, and the hundredth costs a fraction of the first.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from gateway.errors import BadSyntax, SchemaViolation, TooLarge
from gateway.profile.description import description_of
from gateway.profile.library import Library
from gateway.protocol.payload import json_value
from gateway.thing.description import Description, Link, Relation

TD_LIMIT = 256 * 1024
"""Bytes of a Thing Description that are looked at."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}").fullmatch
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_RELATIONS = frozenset(Relation)
_LINKS = 32
_NAMES = 64
_MODELS = 128
_OWN = frozenset({"forms", "id", "title", "links", "security", "securityDefinitions", "@context"})
"""Members that say nothing about what the appliance is."""


@dataclass(frozen=True, slots=True)
class Described:
    """A description, what to ask for or listen to besides the public state, and the `id` by which its TD can be told from others."""

    description: Description
    urn: str
    private: tuple[str, ...]
    events: tuple[str, ...]


_KNOWN: "WeakKeyDictionary[Library, dict[bytes, Described]]" = WeakKeyDictionary()


def read_td(payload: bytes) -> dict[str, Any]:
    """Return the document in `payload`; raise TooLarge, BadSyntax or SchemaViolation."""
    if len(payload) > TD_LIMIT:
        raise TooLarge(f"the description has {len(payload)} bytes, more than {TD_LIMIT}")
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadSyntax(f"the description is not JSON: {error}") from error
    if type(document) is not dict:
        raise SchemaViolation("the description is not a JSON object")
    return document


def described(payload: bytes, device: str, library: Library) -> Described:
    """Return what the Thing Description in `payload` makes of `device`; raise a CommandError that says what is wrong with it."""
    td = read_td(payload)
    try:
        core = orjson.dumps({name: _without_forms(body) for name, body in td.items() if name not in _OWN})
    except orjson.JSONEncodeError as error:
        raise BadSyntax("the description is nested too deeply") from error
    model = _model(core, library)
    title, urn = td.get("title"), td.get("id")
    usable = isinstance(title, str) and len(title) > 0 and title.isprintable()
    return replace(
        model,
        description=replace(model.description, id=device, title=str(title)[:128] if usable else device, links=_links(td)),
        urn=urn[:256] if isinstance(urn, str) else "",
    )


def _links(td: Mapping[str, Any]) -> tuple[Link, ...]:
    """Return the links to parts and to the whole; what is no such link says nothing."""
    links = td.get("links")
    return tuple(link for entry in links[:_LINKS] if (link := _link(entry))) if isinstance(links, list) else ()


def _link(entry: Any) -> Link | None:
    if not isinstance(entry, dict):
        return None
    relation, thing, name = (text if isinstance(text := entry.get(term), str) else "" for term in ("rel", "href", "instanceName"))
    if relation not in _RELATIONS or not _URN(thing) or not _NAME(name):
        return None
    return Link(relation=Relation(relation), thing=thing, name=name)


def _model(core: bytes, library: Library) -> Described:
    """Return what a description without forms, id and title means."""
    known = _KNOWN.setdefault(library, {})
    key = hashlib.sha256(core).digest()
    if key not in known:
        while len(known) >= _MODELS:
            del known[next(iter(known))]
        known[key] = _understood(json_value(core, limit=TD_LIMIT), library)
    return known[key]


def _understood(td: Mapping[str, Any], library: Library) -> Described:
    try:
        description = description_of(td, library)
        profile = library.model(description.kind, description.major).instance(description).shape
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise SchemaViolation(f"the description has an unexpected shape: {error}") from error
    told = {name for name, body in _members(td, "properties").items() if isinstance(body, dict) and body.get("hl:private") is True}
    return Described(
        description=description,
        urn="",
        private=tuple(sorted(profile.private | told)),  # what has no form, as on MQTT alone, is not described, and can be asked for
        events=tuple(_members(td, "events")),
    )


def _without_forms(section: Any) -> Any:
    """Return properties, actions or events without the forms of each; anything else as it is."""
    if type(section) is not dict:
        return section
    return {
        name: {key: value for key, value in body.items() if key != "forms"} if type(body) is dict else body
        for name, body in section.items()
    }


def _members(td: Mapping[str, Any], word: str) -> dict[str, Any]:
    members = td.get(word)
    if not isinstance(members, dict):
        return {}
    return {name: body for name, body in list(members.items())[:_NAMES] if _NAME(name)}
