"""The forms of a native appliance's Thing Description: where each affordance is found on MQTT and on CoAP.

MQTT forms carry the topic twice, in the path of `href` and in the `mqv:` terms, because clients in the field read only one of them. A
private property is offered on CoAP alone: it has no topic.
"""

from typing import Any

from firmware_sim.wires.payload import CBOR, JSON, MERGE_PATCH, SENML_CBOR, SENML_JSON
from firmware_sim.wires.topics import Topics

ACK_EVENT = "commandAck"
"""The event of the base profile that stands for the ack topic."""

_MEDIA = {
    JSON: "application/json",
    CBOR: "application/cbor",
    MERGE_PATCH: "application/merge-patch+json",
    SENML_JSON: "application/senml+json",
    SENML_CBOR: "application/senml+cbor",
}
_OBSERVE = ["readproperty", "observeproperty", "unobserveproperty"]
_OBSERVE_ALL = ["readallproperties", "observeallproperties", "unobserveallproperties"]
_SUBSCRIBE = ["subscribeevent", "unsubscribeevent"]


class NativeForms:
    """Forms for the base URLs `mqtt://host:port` and `coap://host`, either of which may be missing (no slash at the end)."""

    def __init__(self, device: str, *, mqtt: str | None = None, coap: str | None = None) -> None:
        self._topics = Topics(device)
        self._mqtt = mqtt
        self._coap = coap

    def thing(self) -> list[dict[str, Any]]:
        """Return the forms of the whole state: read, observe, write several at once."""
        topic = self._topics.state
        return [
            *self._told(topic, _OBSERVE_ALL, retain=True),
            *self._asked(f"{topic}/set", ["writemultipleproperties"]),
            *self._resource("s", _OBSERVE_ALL, observe=True),
            *self._resource("s", ["writemultipleproperties"], method="iPATCH", content_format=MERGE_PATCH),
        ]

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        """Return the forms of one property; a private one is read over CoAP, and observed by nobody."""
        topic = self._topics.property(name)
        write = [] if read_only else ["writeproperty"]
        if private:
            return self._resource(f"p/{name}", ["readproperty", *write])
        mqtt = [*self._told(topic, _OBSERVE, retain=True), *(self._asked(f"{topic}/set", write) if write else ())]
        senml = self._resource(f"p/{name}", ["readproperty"], content_format=SENML_CBOR, accept=True) if numeric else []
        return [*mqtt, *self._resource(f"p/{name}", [*_OBSERVE, *write], observe=True), *senml]

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        """Return the forms of one action; a long one can be asked about and cancelled."""
        start = [
            *self._asked(f"{self._topics.own}/a/{name}", ["invokeaction"]),
            *self._resource(f"a/{name}", ["invokeaction"], method="POST"),
        ]
        if not long:
            return start
        return [
            *start,
            *self._resource("run/{id}", ["queryaction"], method="GET"),
            *self._resource("run/{id}", ["cancelaction"], method="DELETE"),
        ]

    def event(self, name: str) -> list[dict[str, Any]]:
        """Return the forms of one event."""
        topic, path = (self._topics.ack, "ack") if name == ACK_EVENT else (self._topics.event(name), f"e/{name}")
        return [*self._told(topic, _SUBSCRIBE, retain=False), *self._resource(path, _SUBSCRIBE, observe=True)]

    def _told(self, topic: str, operations: list[str], *, retain: bool) -> list[dict[str, Any]]:
        return self._publication("mqv:filter", topic, operations, {"mqv:retain": True} if retain else {})

    def _asked(self, topic: str, operations: list[str]) -> list[dict[str, Any]]:
        return self._publication("mqv:topic", topic, operations, {"mqv:retain": False, "hl:responseTopic": True})

    def _publication(self, term: str, topic: str, operations: list[str], more: dict[str, Any]) -> list[dict[str, Any]]:
        if self._mqtt is None:
            return []
        form = {"href": f"{self._mqtt}/{topic}", "op": operations, term: topic, **more, "mqv:qos": "1"}
        return [{**form, "contentType": _MEDIA[JSON]}]

    def _resource(
        self, path: str, operations: list[str], *, observe: bool = False, method: str = "", content_format: int = JSON, accept: bool = False
    ) -> list[dict[str, Any]]:
        if self._coap is None:
            return []
        form: dict[str, Any] = {"href": f"{self._coap}/d/self/{path}", "op": operations}
        form |= {"subprotocol": "cov:observe"} if observe else {}
        form |= {"cov:method": method} if method else {}
        form |= {"contentType": _MEDIA[content_format], "cov:contentFormat": content_format}
        return [form | ({"cov:accept": content_format} if accept else {})]
