"""The CoAP path names of profile 3.5, both ways, and the link-format documents that list them (RFC 6690).

/.well-known/core  /.well-known/wot  /d
/d/{device}/td  s  p/{name}  a/{name}  run/{id}  e/{name}  ack  life  faults  claims
/scene  /scene/{id}  /scene/{id}/run/{run}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, unquote

from gateway.errors import BadSyntax, Unknown

CORE = (".well-known", "core")
WOT = (".well-known", "wot")
DEVICES = ("d",)
SCENES = ("scene",)
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
    SCENES = "scenes"
    SCENE = "scene"
    SCENE_RUN = "scene-run"


_ESCAPED = frozenset('"\\')
_NAME = re.compile(r"[A-Za-z0-9!#$&+.^_`|~-]+\*?")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ATTRIBUTE = re.compile(rf";\s*([^=;,\s\"<>]+)(?:=(?:({_QUOTED})|([^;,\s\"]*)))?")
_ENTRY = re.compile(rf"\s*<(?P<target>[^<>]*)>(?P<rest>(?:{_ATTRIBUTE.pattern})*)\s*(?:,|\Z)", re.DOTALL)

_NAMED = frozenset({Resource.PROPERTY, Resource.ACTION, Resource.RUN, Resource.EVENT})
_PLAIN = frozenset({Resource.DESCRIPTION, Resource.STATE, Resource.ACK, Resource.LIFE, Resource.FAULTS, Resource.CLAIMS})
_ROOTS = {CORE: Resource.CORE, WOT: Resource.WOT, DEVICES: Resource.DEVICES, SCENES: Resource.SCENES}
_BY_WORD = {str(resource): resource for resource in _NAMED | _PLAIN}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads: `device` is empty for what belongs to no device, `name` for what has none.

    Of a scene `name` is its id; of a run of a scene `device` is the scene's id and `name` the run's.
    """

    resource: Resource
    device: str = ""
    name: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Return the path's segments."""
        for path, resource in _ROOTS.items():
            if resource is self.resource:
                return path
        if self.resource is Resource.SCENE:
            return (*SCENES, self.name)
        if self.resource is Resource.SCENE_RUN:
            return (*SCENES, self.device, "run", self.name)
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
        case ("scene", scene) if scene:
            return Route(Resource.SCENE, name=scene)
        case ("scene", scene, "run", run) if scene and run:
            return Route(Resource.SCENE_RUN, scene, run)
    raise Unknown(f"no resource {path_text(path)}")


def path_text(path: Iterable[str]) -> str:
    """Return segments as one absolute, escaped path."""
    return "/" + "/".join(quote(segment, safe="!$&'()*+,;=:@") for segment in path)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a link-format document: a path and its attributes; the value True is an attribute without one."""

    target: str
    attributes: Mapping[str, str | bool] = field(default_factory=dict)


def link_format(links: Iterable[Link]) -> bytes:
    """Return a link-format document: `</d/plug-1/s>;obs;rt="hl.state",...`."""
    return ",".join(_link_text(link) for link in links).encode()


def read_link_format(document: bytes) -> list[Link]:
    """Return the links of a document; raise BadSyntax when it is none."""
    text = _text_of(document)
    links: list[Link] = []
    at = 0
    while at < len(text):
        found = _ENTRY.match(text, at)
        if found is None or found.end() == at:
            raise BadSyntax(f"no link-format document: {text[at : at + 40]!r}")
        links.append(Link(unquote(found["target"]), dict(_attributes(found["rest"]))))
        at = found.end()
    return links


def matching(links: Iterable[Link], query: Iterable[tuple[str, str]]) -> list[Link]:
    """Return the links that have every attribute asked for (RFC 6690 section 4.1): one of the words, or a beginning before `*`."""
    return [link for link in links if all(_matches(link, name, value) for name, value in query)]


def _matches(link: Link, name: str, value: str) -> bool:
    held = link.target if name == "href" else link.attributes.get(name)
    if held is None or held is False:
        return False
    words = [held] if name == "href" else str(held).split()
    return any(word.startswith(value[:-1]) if value.endswith("*") else word == value for word in map(str, words))


def _link_text(link: Link) -> str:
    target = quote(link.target, safe="/!$&'()*+,;=:@?")
    return f"<{target}>" + "".join(f";{_attribute_text(name, value)}" for name, value in link.attributes.items() if value is not False)


def _attribute_text(name: str, value: str | bool) -> str:
    if not _NAME.fullmatch(name):
        raise BadSyntax(f"{name!r} cannot be an attribute of a link")
    if value is True:
        return name
    escaped = "".join(f"\\{letter}" if letter in _ESCAPED else letter for letter in str(value) if letter >= " ")
    return f'{name}="{escaped}"'


def _attributes(rest: str) -> Iterator[tuple[str, str | bool]]:
    for name, quoted, bare in _ATTRIBUTE.findall(rest):
        if quoted:
            yield name, re.sub(r"\\(.)", r"\1", quoted[1:-1])
        else:
            yield name, bare or True


def _text_of(document: bytes) -> str:
    try:
        return document.decode()
    except UnicodeDecodeError as error:
        raise BadSyntax("no link-format document: it is not UTF-8") from error
