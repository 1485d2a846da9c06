"""The forms of a Thing Description: how each affordance of one device is reached over MQTT and CoAP.

Every MQTT form is dual (profile 2.3, F1): the topic stands in the path of `href`, where the widespread client looks, and in
`mqv:filter` or `mqv:topic`, where the binding says it belongs. Command forms say `hl:responseTopic`: with MQTT 5 the answer
goes to the Response Topic.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.protocol.topics import Topics

_JSON = "application/json"
_READ = ("readproperty", "observeproperty", "unobserveproperty")
_ALL = ("readallproperties", "observeallproperties", "unobserveallproperties")
_SUBSCRIBE = ("subscribeevent", "unsubscribeevent")
ACK_EVENT = "commandAck"
"""The event as which a Thing Description declares the `ack` topic."""

Form = dict[str, Any]

_NOBODY_ASKED: Form = {"securityDefinitions": {"nosec": {"scheme": "nosec"}}, "security": ["nosec"]}
_BY_KEY: Form = {
    "securityDefinitions": {
        "key": {
            "scheme": "psk",
            "description": "The key a client was given when it paired: a certificate over MQTT with TLS, OSCORE over CoAP",
            "descriptions": {
                "en": "The key a client was given when it paired: a certificate over MQTT with TLS, OSCORE over CoAP",
                "zh-Hans": "客户端在配对时获得的密钥 (MQTT: TLS 证书; CoAP: OSCORE)",
            },
        }
    },
    "security": ["key"],
}


def security(*, keyed: bool) -> Form:
    """Return the security terms of a Thing Description. `keyed`: it takes a key to come in.

    `psk` is what fits of the schemes that every validator knows: OSCORE and DTLS show a key both sides were given. TD 1.1 has none
    for certificates, its `auto` is unknown to the schema published clients check against, and so is any scheme of our own.
    """
    return _BY_KEY if keyed else _NOBODY_ASKED


@dataclass(frozen=True)
class DeviceForms:
    """The forms of `device` under `gateway`.

    `mqtt`, `coap`: base URLs such as `mqtt://gateway.local:1883` and `coap://gateway.local`; None leaves the transport out.
    `keyed`: it takes a key to come in there.
    """

    gateway: str
    device: str
    mqtt: str | None = None
    coap: str | None = None
    keyed: bool = False

    def security(self) -> Form:
        """Return the terms that say what it takes to come in."""
        return security(keyed=self.keyed)

    def thing(self) -> list[Form]:
        """Forms of the whole state: read and observe all, write several at once."""
        return [
            *self._heard(self._topics.s, _ALL, retain=True),
            *self._sent(self._topics.s_set, "writemultipleproperties"),
            *self._resource("s", *_ALL, observe=True),
            *self._coap(
                "s",
                "writemultipleproperties",
                {"cov:method": "iPATCH", "contentType": "application/merge-patch+json", "cov:contentFormat": 52},
            ),
        ]

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[Form]:
        """Forms of one property; a private one is only on CoAP, where the reader is known, and is not observed."""
        write = () if read_only else ("writeproperty",)
        if private:
            return self._resource(f"p/{name}", "readproperty", *write)
        return [
            *self._heard(self._topics.property(name), _READ, retain=True),
            *([] if read_only else self._sent(self._topics.property_set(name), "writeproperty")),
            *self._resource(f"p/{name}", *_READ, *write, observe=True),
            *(self._measurement(f"p/{name}") if numeric else []),
        ]

    def action(self, name: str, *, long: bool) -> list[Form]:
        """Forms of one action; a long one can be asked about and cancelled as `run/{id}`."""
        invoke = {"cov:method": "POST", "contentType": _JSON, "cov:contentFormat": 50}
        runs = [("queryaction", "GET"), ("cancelaction", "DELETE")] if long else []
        return [
            *self._sent(self._topics.action(name), "invokeaction"),
            *self._coap(f"a/{name}", "invokeaction", invoke),
            *(form for op, method in runs for form in self._coap("run/{id}", op, {"cov:method": method, "contentType": _JSON})),
        ]

    def event(self, name: str) -> list[Form]:
        """Forms of one event; `commandAck` is the `ack` topic."""
        topic, path = (self._topics.ack, "ack") if name == ACK_EVENT else (self._topics.event(name), f"e/{name}")
        return [*self._heard(topic, _SUBSCRIBE), *self._resource(path, *_SUBSCRIBE, observe=True)]

    @cached_property
    def _topics(self) -> Topics:
        return Topics(self.gateway, self.device)

    def _heard(self, topic: str, operations: tuple[str, ...], *, retain: bool = False) -> list[Form]:
        if self.mqtt is None:
            return []
        kept = {"mqv:retain": True} if retain else {}
        return [{"href": f"{self.mqtt}/{topic}", "op": [*operations], "mqv:filter": topic, **kept, "mqv:qos": "1", "contentType": _JSON}]

    def _sent(self, topic: str, operation: str) -> list[Form]:
        if self.mqtt is None:
            return []
        command = {"mqv:topic": topic, "mqv:retain": False, "mqv:qos": "1", "contentType": _JSON, "hl:responseTopic": True}
        return [{"href": f"{self.mqtt}/{topic}", "op": [operation], **command}]

    def _resource(self, path: str, *operations: str, observe: bool = False) -> list[Form]:
        observed = {"subprotocol": "cov:observe"} if observe else {}
        return self._coap(path, [*operations], {**observed, "contentType": _JSON, "cov:contentFormat": 50})

    def _measurement(self, path: str) -> list[Form]:
        return self._coap(path, "readproperty", {"contentType": "application/senml+cbor", "cov:contentFormat": 112, "cov:accept": 112})

    def _coap(self, path: str, operations: str | list[str], terms: Form) -> list[Form]:
        if self.coap is None:
            return []
        listed = [operations] if isinstance(operations, str) else operations
        return [{"href": f"{self.coap}/d/{self.device}/{path}", "op": listed, **terms}]
