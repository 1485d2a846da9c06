"""The Thing Description: what of the model this device has, with a form for each way to it."""

import json
import uuid
from typing import Any

from plug.appliance import Appliance

CONTEXT: list[Any] = [
    "https://www.w3.org/2019/wot/td/v1",
    "https://www.w3.org/2022/wot/td/v1.1",
    {"@language": "en"},
    {"hl": "urn:hulian:ns:profile:1#", "mqv": "https://www.w3.org/2019/wot/mqtt#", "cov": "https://www.w3.org/2019/wot/coap#"},
]
OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "appliances.example.com")
"""The name space of a maker: its own domain."""
_ONE = ["readproperty", "observeproperty", "unobserveproperty"]
_ALL = ["readallproperties", "observeallproperties", "unobserveallproperties"]
_EVENT = ["subscribeevent", "unsubscribeevent"]
_RUN = {"id": {"type": "string", "title": "Id of the run", "titles": {"en": "Id of the run", "zh-Hans": "运行编号"}}}
_CLOSED = {"key": {"scheme": "psk", "description": "The key it was given when it was paired"}}

Form = dict[str, Any]


class Forms:
    """Forms under `mqtt` (such as `mqtt://192.168.1.2:1883`) and `coap` (`coap://192.168.1.9`); None leaves a wire out."""

    def __init__(self, identifier: str, *, mqtt: str | None, coap: str | None) -> None:
        self._root = f"hulian/1/{identifier}/self"
        self._mqtt = mqtt
        self._coap = coap

    def thing(self) -> list[Form]:
        """Return the forms of the whole state: read, observe, write several."""
        patch = {"cov:method": "iPATCH", "contentType": "application/merge-patch+json", "cov:contentFormat": 52}
        written = self._written("s/set", "writemultipleproperties")
        return [
            *self._heard("s", _ALL, kept=True),
            *written,
            *self._observed("s", _ALL),
            *self._at("s", ["writemultipleproperties"], patch),
        ]

    def property(self, name: str, body: dict[str, Any]) -> list[Form]:
        """Return the forms of one property; a private one is on CoAP alone and is not observed."""
        write = [] if body.get("readOnly") else ["writeproperty"]
        if body.get("hl:private"):
            return self._at(f"p/{name}", ["readproperty", *write])
        written = self._written(f"p/{name}/set", "writeproperty") if write else []
        senml = {"contentType": "application/senml+cbor", "cov:contentFormat": 112, "cov:accept": 112}
        measured = self._at(f"p/{name}", ["readproperty"], senml) if body["type"] in ("number", "integer") else []
        return [*self._heard(f"p/{name}", _ONE, kept=True), *written, *self._observed(f"p/{name}", [*_ONE, *write]), *measured]

    def action(self, name: str, body: dict[str, Any]) -> list[Form]:
        """Return the forms of one action; a long one can be asked about and stopped."""
        begun = [*self._written(f"a/{name}", "invokeaction"), *self._at(f"a/{name}", ["invokeaction"], {"cov:method": "POST"})]
        if body.get("synchronous") is not False:
            return begun
        asked = self._at("run/{id}", ["queryaction"], {"cov:method": "GET"})
        return [*begun, *asked, *self._at("run/{id}", ["cancelaction"], {"cov:method": "DELETE"})]

    def event(self, name: str) -> list[Form]:
        """Return the forms of one event; `commandAck` is what is told under `ack`."""
        path = "ack" if name == "commandAck" else f"e/{name}"
        return [*self._heard(path, _EVENT, kept=False), *self._observed(path, _EVENT)]

    def _heard(self, path: str, op: list[str], *, kept: bool) -> list[Form]:
        topic = f"{self._root}/{path}"
        retained = {"mqv:retain": True} if kept else {}
        form = {
            "href": f"{self._mqtt}/{topic}",
            "op": op,
            "mqv:filter": topic,
            **retained,
            "mqv:qos": "1",
            "contentType": "application/json",
        }
        return [form] if self._mqtt else []

    def _written(self, path: str, op: str) -> list[Form]:
        topic = f"{self._root}/{path}"
        terms = {"mqv:topic": topic, "mqv:retain": False, "mqv:qos": "1", "hl:responseTopic": True}
        return [{"href": f"{self._mqtt}/{topic}", "op": [op], **terms, "contentType": "application/json"}] if self._mqtt else []

    def _observed(self, path: str, op: list[str]) -> list[Form]:
        return self._at(path, op, {"subprotocol": "cov:observe"})

    def _at(self, path: str, op: list[str], terms: Form | None = None) -> list[Form]:
        json_body = {"contentType": "application/json", "cov:contentFormat": 50}
        return [{"href": f"{self._coap}/d/self/{path}", "op": op, **json_body, **(terms or {})}] if self._coap else []


def describe(appliance: Appliance, forms: Forms, *, keyed: bool) -> bytes:
    """Return the description as the bytes that travel on every wire. `keyed`: nobody is answered without a key."""
    model = appliance.model
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": [name for name in model.document["@type"] if not name.startswith("tm:")],
        "id": f"urn:uuid:{uuid.uuid5(OURS, appliance.identifier)}",
        "title": appliance.title,
        "version": {"instance": "1.0.0", "model": model.version},
        "securityDefinitions": _CLOSED if keyed else {"nosec": {"scheme": "nosec"}},
        "security": ["key"] if keyed else ["nosec"],
        "links": [
            {"rel": "type", "href": f"urn:hulian:tm:{model.kind}:{model.version}", "type": "application/tm+json", "hl:hash": model.hash}
        ],
        "hl:kind": model.kind,
        "hl:class": model.document["hl:class"],
        "hl:maturity": model.document["hl:maturity"],
        "hl:features": list(appliance.features),
        "hl:constraints": appliance.rules,
        "forms": forms.thing(),
    }
    parts = appliance.affordances
    document["properties"] = {name: _shown(body, forms.property(name, body)) for name, body in parts["properties"].items()}
    document["actions"] = {
        name: _shown(body, forms.action(name, body)) | ({"uriVariables": _RUN} if body.get("synchronous") is False else {})
        for name, body in parts["actions"].items()
    }
    document["events"] = {name: _shown(body, forms.event(name)) for name, body in parts["events"].items()}
    for section in ("properties", "actions", "events"):
        document[section] = {name: body for name, body in document[section].items() if body["forms"]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _shown(body: dict[str, Any], forms: list[Form]) -> dict[str, Any]:
    """Return an affordance as descriptions have it: without the map of other names, with its forms."""
    return {term: value for term, value in body.items() if term != "hl:map"} | {"forms": forms}
