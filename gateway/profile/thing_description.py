"""An instance written down as a W3C Thing Description 1.1, with the `hl:` vocabulary and the forms it is given.

Two facts about clients in use shape it: the 2019 context stands before the 2022 one, because published clients validate
against a schema that knows only the first; and forms name an MQTT topic twice, which is the business of `Forms`.
Mapping tables (`hl:map`) stay in the Thing Model, to which the `type` link leads by URN and hash.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from gateway.profile.instance import Instance

CONTEXT: tuple[Any, ...] = (
    "https://www.w3.org/2019/wot/td/v1",
    "https://www.w3.org/2022/wot/td/v1.1",
    {"@language": "en"},
    {"hl": "urn:hulian:ns:profile:1#", "mqv": "https://www.w3.org/2019/wot/mqtt#", "cov": "https://www.w3.org/2019/wot/coap#"},
)
_NAMESPACE = uuid.UUID("7b0a5c7e-3d0f-5c0b-9a57-2f6c9b6f1c55")
_RUN_ID = {
    "id": {
        "type": "string",
        "title": "Id of the run, from the ack or Location-Path",
        "titles": {"en": "Id of the run, from the ack or Location-Path", "zh-Hans": "来自应答或 Location-Path 的运行编号"},
    }
}

Form = dict[str, Any]


class Forms(Protocol):
    """Where each affordance of one device is reached; `gateway.protocol.forms.DeviceForms` is one."""

    def security(self) -> Mapping[str, Any]:
        """Return `securityDefinitions` and `security`."""
        ...

    def thing(self) -> list[Form]:
        """Return the forms of the whole state."""
        ...

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[Form]:
        """Return the forms of one property; a private one has none over MQTT."""
        ...

    def action(self, name: str, *, long: bool) -> list[Form]:
        """Return the forms of one action; a long one can be queried and cancelled."""
        ...

    def event(self, name: str) -> list[Form]:
        """Return the forms of one event."""
        ...


def thing_description(instance: Instance, *, title: str, forms: Forms, links: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the Thing Description of one device. Parts of it are shared with the model: do not modify it.

    An affordance no form reaches is left out (a private property of a device without CoAP).
    """
    return _head(instance, title, links, forms.security()) | {"forms": forms.thing()} | _affordances(instance, forms)


def thing_id(device: str) -> str:
    """Return the `id` of a device's Thing Description: a URN that depends on the device's id only."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, device)}"


def _head(instance: Instance, title: str, links: Iterable[Mapping[str, Any]], security: Mapping[str, Any]) -> dict[str, Any]:
    model, description = instance.model, instance.description
    href = f"urn:hulian:tm:{model.kind}:{model.version}"
    type_link = {"rel": "type", "href": href, "type": "application/tm+json", "hl:hash": model.hash}
    return {
        "@context": list(CONTEXT),
        "@type": [name for name in model.document.get("@type", ()) if not name.startswith("tm:")],
        "id": thing_id(description.id),
        "title": title or description.title or model.title,
        "version": {"instance": model.version, "model": model.version},
        **security,
        "links": [type_link, *(dict(link) for link in links)],
        "hl:kind": model.kind,
        "hl:class": model.kind_class,
        "hl:maturity": model.maturity,
        "hl:features": list(instance.shape.features),
        "hl:constraints": [dict(rule.document) for rule in instance.rules],
    }


def _affordances(instance: Instance, forms: Forms) -> dict[str, Any]:
    properties = {
        name: _written(each.schema, forms.property(name, read_only=each.read_only, private=each.private, numeric=_is_numeric(each.schema)))
        for name, each in instance.properties.items()
    }
    actions = {
        name: _written(each.schema, forms.action(name, long=each.long)) | ({"uriVariables": _RUN_ID} if each.long else {})
        for name, each in instance.actions.items()
    }
    events = {name: _written(each.schema, forms.event(name)) for name, each in instance.events.items()}
    return {"properties": _reachable(properties), "actions": _reachable(actions), "events": _reachable(events)}


def _written(schema: Mapping[str, Any], forms: list[Form]) -> dict[str, Any]:
    return {term: value for term, value in schema.items() if term != "hl:map"} | {"forms": forms}


def _reachable(affordances: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: body for name, body in affordances.items() if body["forms"]}


def _is_numeric(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") in ("number", "integer")
