"""The appliance's own Thing Description (W3C TD 1.1): what it shows of its profile, with the forms of its wires.

Both contexts stand in it, the 2019 one first, because published clients know only that one.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from firmware_sim.surface import Surface

CONTEXT: list[Any] = [
    "https://www.w3.org/2019/wot/td/v1",
    "https://www.w3.org/2022/wot/td/v1.1",
    {"@language": "en"},
    {"hl": "urn:hulian:ns:profile:1#", "mqv": "https://www.w3.org/2019/wot/mqtt#", "cov": "https://www.w3.org/2019/wot/coap#"},
]
_NAMESPACE = uuid.UUID("7b0a5c7e-3d0f-5c0b-9a57-2f6c9b6f1c55")
NOT_IN_TD = frozenset({"tm:ref", "tm:optional", "hl:map"})


class Forms(Protocol):
    """What the wires offer for each part of a Thing Description: lists of W3C form objects."""

    def thing(self) -> list[dict[str, Any]]:
        """Forms for the whole state."""
        ...

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        """Forms for one property; `numeric` when it is a number or an integer."""
        ...

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        """Forms for one action."""
        ...

    def event(self, name: str) -> list[dict[str, Any]]:
        """Forms for one event."""
        ...


def urn(identifier: str) -> str:
    """Return the id of the Thing Description of a device."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, identifier)}"


def composition(relation: str, identifier: str, name: str) -> dict[str, str]:
    """Return a link to another Thing: `item` to a part, `collection` to the whole; `name` is the part within the whole."""
    return {"rel": relation, "href": urn(identifier), "type": "application/td+json", "instanceName": name}


def describe(
    surface: Surface,
    *,
    identifier: str,
    title: str,
    forms: Forms,
    security: Mapping[str, Any] | None = None,
    links: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Build the Thing Description; `security` replaces `securityDefinitions` and `security`, open by default; `links` to other Things."""
    document = surface.profile.document
    head: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": [name for name in document.get("@type", ()) if not str(name).startswith("tm:")],
        "id": urn(identifier),
        "title": title,
        "version": {"instance": "1.0.0", "model": surface.profile.version},
        "links": [_type_link(surface), *links],
        "hl:kind": surface.profile.kind,
        "hl:class": document.get("hl:class", "appliance"),
        "hl:maturity": document.get("hl:maturity", "draft"),
        "hl:features": list(surface.features),
        "hl:constraints": list(surface.constraints),
    }
    head |= dict(security) if security else {"securityDefinitions": {"nosec": {"scheme": "nosec"}}, "security": ["nosec"]}
    return head | {"forms": forms.thing()} | _affordances(surface, forms)


def _type_link(surface: Surface) -> dict[str, Any]:
    profile = surface.profile
    href = f"urn:hulian:tm:{profile.kind}:{profile.version}"
    return {"rel": "type", "href": href, "type": "application/tm+json", "hl:hash": profile.hash}


def _affordances(surface: Surface, forms: Forms) -> dict[str, Any]:
    properties = {
        name: _stripped(body)
        | {"forms": forms.property(name, read_only=bool(body.get("readOnly")), private=name in surface.private, numeric=_is_numeric(body))}
        for name, body in surface.properties.items()
    }
    actions = {
        name: _stripped(body) | {"forms": forms.action(name, long=body.get("synchronous") is False)}
        for name, body in surface.actions.items()
    }
    events = {name: _stripped(body) | {"forms": forms.event(name)} for name, body in surface.events.items()}
    return {"properties": _reachable(properties), "actions": actions, "events": events}


def _reachable(affordances: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return those that some form leads to: W3C TD 1.1, 5.3.1.1 wants one at least, and what is private is on CoAP alone."""
    return {name: body for name, body in affordances.items() if body["forms"]}


def _is_numeric(body: Mapping[str, Any]) -> bool:
    return body.get("type") in ("number", "integer")


def _stripped(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in NOT_IN_TD}
