"""A device as it describes itself: its Thing Description, the kind it claims, and where its resources are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import orjson

from gateway.conformance.schema_verdict import ASKS
from gateway.conformance.td_verdict import Form, form_of
from gateway.errors import CommandError, ProfileInvalid
from gateway.profile.description import description_of
from gateway.profile.instance import Instance
from gateway.profile.library import Library

_TYPE = re.compile(r"urn:hulian:tm:([a-z][a-z0-9-]*):([0-9]+(?:\.[0-9]+)*)")


@dataclass(frozen=True)
class Thing:
    """`body`: the Thing Description as it came; `td`: read, {} where it cannot be; `claim`: what its vendor says it is, as `plug@1`.

    `origin`: where it was read, such as `coap://127.0.0.7/d/self` or `mqtt://127.0.0.1:1883/hulian/1/x/self`; "" for a file.
    """

    body: bytes
    library: Library
    claim: str = ""
    td: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""

    @classmethod
    def read(cls, body: bytes, library: Library, claim: str = "", origin: str = "") -> "Thing":
        """Return the thing of a Thing Description; what is no JSON object gives one that describes nothing."""
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            document = None
        return cls(body, library, claim, document if isinstance(document, dict) else {}, origin)

    @property
    def kind(self) -> str:
        """Return the kind it says it is, "" where it says none."""
        kind = self.td.get("hl:kind", "")
        return kind if isinstance(kind, str) else ""

    @cached_property
    def model(self) -> Mapping[str, Any]:
        """Return the flat Thing Model of its kind, {} where the standard has none."""
        try:
            return self.library.model(self.kind, self.major).document
        except (CommandError, ProfileInvalid):
            return {}

    @property
    def major(self) -> int:
        """Return the major version of the profile it names, 1 where it names none that can be read."""
        match = next((found for link in _list(self.td, "links") if (found := _TYPE.fullmatch(str(_member(link, "href"))))), None)
        return int(match[2].partition(".")[0]) if match else 1

    @cached_property
    def instance(self) -> Instance | None:
        """Return the device as the profile's strategies need it; None where its description is none of its kind."""
        try:
            description = description_of(self.td, self.library, device="target")
            return self.library.model(description.kind, description.major).instance(description)
        except (CommandError, ProfileInvalid):
            return None

    @cached_property
    def form(self) -> Form:
        """Return what is wrong with its description by TD 1.1."""
        return form_of(self.td)

    @property
    def native(self) -> bool:
        """Return whether it speaks for itself: no gateway stands before it."""
        return self.coap.endswith("/d/self") or self.mqtt[1].endswith("/self")

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Return its properties' schemas by name, those that are objects."""
        return _objects(self.td, "properties")

    @property
    def actions(self) -> Mapping[str, Mapping[str, Any]]:
        """Return its actions by name."""
        return _objects(self.td, "actions")

    @property
    def events(self) -> Mapping[str, Mapping[str, Any]]:
        """Return its events by name."""
        return _objects(self.td, "events")

    @cached_property
    def public(self) -> tuple[str, ...]:
        """Return the names of the properties that are in the public state."""
        return tuple(name for name, body in self.properties.items() if not body.get("hl:private"))

    @cached_property
    def writable(self) -> tuple[str, ...]:
        """Return the names of the properties anybody with the role user may write without being asked again."""
        return tuple(name for name in self.public if not self.properties[name].get("readOnly") and self.danger(name) < ASKS)

    def danger(self, name: str) -> int:
        """Return `hl:danger` of a property or action, 0 where it has none."""
        body = self.properties.get(name) or self.actions.get(name) or {}
        danger = body.get("hl:danger", 0)
        return danger if isinstance(danger, int) else 0

    @cached_property
    def coap(self) -> str:
        """Return where its resources begin, such as `coap://127.0.0.7/d/self`; "" where the forms name no such place."""
        return next(
            (href.removesuffix("/s") for href in self._hrefs() if href.startswith("coap://") and urlsplit(href).path.endswith("/s")), ""
        )

    @cached_property
    def mqtt(self) -> tuple[str, str]:
        """Return its broker (`mqtt://host:port`) and its root (`hulian/1/gw/device`); ("", "") where the forms name none."""
        for href in self._hrefs():
            parts = urlsplit(href)
            if parts.scheme in ("mqtt", "mqtts") and parts.path.endswith("/s"):
                return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/").removesuffix("/s")
        return "", ""

    def _hrefs(self) -> Iterator[str]:
        """Yield the addresses of the whole state."""
        for form in _list(self.td, "forms"):
            operations = _member(form, "op")
            if "readallproperties" in (operations if isinstance(operations, list) else [operations]):
                yield str(_member(form, "href"))


def _objects(td: Mapping[str, Any], section: str) -> Mapping[str, Mapping[str, Any]]:
    found = td.get(section)
    return {name: body for name, body in found.items() if isinstance(body, dict)} if isinstance(found, dict) else {}


def _list(td: Mapping[str, Any], name: str) -> list[Any]:
    found = td.get(name)
    return found if isinstance(found, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name, "") if isinstance(value, dict) else ""
