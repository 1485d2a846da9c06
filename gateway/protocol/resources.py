"""The CoAP path names of profile 3.5, both ways, and the link-format documents that list them (RFC 6690).

    /.well-known/core  /.well-known/wot  /d
    /d/{device}/td  s  p/{name}  a/{name}  run/{id}  e/{name}  ack  life  faults  claims
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from gateway.errors import BadSyntax, Unknown

CORE = (".well-known", "core")
WOT = (".well-known", "wot")
DEVICES = ("d",)
SELF = "self"
"""The device name of an appliance's own root (profile decision 2)."""


class Resource(StrEnum):
    """What a path leads to; the value is its word in the path."""

    CORE = "core"
    WOT = "wot"
    DEVICES = "d"
    DESCRIPTION = "td"
    STATE = "s"
    PROPERTY = "p"
    ACTION = "a"
    RUN = "run"
    EVENT = "e"
    ACK = "ack"
    LIFE = "life"
    FAULTS = "faults"
    CLAIMS = "claims"


_NAMED = frozenset({Resource.PROPERTY, Resource.ACTION, Resource.RUN, Resource.EVENT})
_PLAIN = frozenset({Resource.DESCRIPTION, Resource.STATE, Resource.ACK, Resource.LIFE, Resource.FAULTS, Resource.CLAIMS})
_ROOTS = {CORE: Resource.CORE, WOT: Resource.WOT, DEVICES: Resource.DEVICES}
_BY_WORD = {str(resource): resource for resource in _NAMED | _PLAIN}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads: `device` is empty for what belongs to no device, `name` for what has none."""

    resource: Resource
    device: str = ""
    name: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Return the path's segments."""
        for path, resource in _ROOTS.items():
            if resource is self.resource:
                return path
        tail = (self.name,) if self.resource in _NAMED else ()
        return ("d", self.device, self.resource.value, *tail)

    @property
    def text(self) -> str:
        """Return the path as it stands in a URL, escaped."""
        return path_text(self.path)


def parse_path(path: tuple[str, ...]) -> Route:
    """Return where `path` leads; raise Unknown for a path the profile does not have."""
    segments = path[:-1] if path and not path[-1] else path
    if (root := _ROOTS.get(segments)) is not None:
        return Route(root)
    match segments:
        case ("d", device, word) if device and _BY_WORD.get(word) in _PLAIN:
            return Route(_BY_WORD[word], device)
        case ("d", device, word, name) if device and name and _BY_WORD.get(word) in _NAMED:
            return Route(_BY_WORD[word], device, name)
    raise Unknown(f"no resource {path_text(path)}")


def path_text(path: Iterable[str]) -> str:
    """Return segments as one absolute, escaped path."""
    return "/" + "/".join(quote(segment, safe="!$&'()*+,;=:@") for segment in path)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a link-format document: a path and its attributes; the value True is an attribute without one."""

    target: str
    attributes: Mapping[str, str | bool] = field(default_factory=dict)
