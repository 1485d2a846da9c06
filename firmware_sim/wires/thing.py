"""The Thing Description of a native appliance as it travels: one body of bytes, the same on MQTT and CoAP, and its hash."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.native_forms import NativeForms

COAP_PORT = 5683
MQTT_PORT, MQTTS_PORT = 1883, 8883
KEYED: dict[str, Any] = {
    "securityDefinitions": {
        "key": {
            "scheme": "psk",
            "description": "The key it was given when it was paired: OSCORE over CoAP, a certificate over MQTT with TLS",
            "descriptions": {
                "en": "The key it was given when it was paired: OSCORE over CoAP, a certificate over MQTT with TLS",
                "zh-Hans": "设备在配对时获得的密钥 (CoAP: OSCORE; MQTT: TLS 证书)",
            },
        }
    },
    "security": ["key"],
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A Thing Description: its `id`, its JSON bytes, and the SHA-256 of these."""

    id: str
    body: bytes
    digest: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Return it as an object; not kept, for it is five times as large as its bytes."""
        document: dict[str, Any] = orjson.loads(self.body)
        return document

    @property
    def etag(self) -> bytes:
        """Return the CoAP ETag: the first eight bytes of the hash."""
        return self.digest[:8]


def describe(appliance: Appliance, network: Network, options: WireOptions, *, coap_port: int | None = None) -> Thing:
    """Return the description, with a form for every transport this unit has."""
    security = None if options.credentials is None else KEYED
    document = appliance.thing_description(native_forms(appliance, network, options, coap_port=coap_port), security=security)
    body = orjson.dumps(document)
    return Thing(str(document["id"]), body, hashlib.sha256(body).digest())


def native_forms(appliance: Appliance, network: Network, options: WireOptions, *, coap_port: int | None = None) -> NativeForms:
    """Return the forms for the transports named in `options.modules`."""
    port = coap_port if coap_port is not None else options.coap_port
    coap = f"coap://{network.address}{'' if port == COAP_PORT else f':{port}'}" if port is not None else None
    mqtt = broker_base(options.broker) if speaks_mqtt(options) else None
    return NativeForms(appliance.identifier, mqtt=mqtt, coap=coap)


def speaks_mqtt(options: WireOptions) -> bool:
    """Return whether this unit reports to a broker as well."""
    return options.broker is not None and "native_mqtt" in options.modules


def broker_base(broker: str | None) -> str | None:
    """Return `mqtt://host:port` or `mqtts://host:port`, without credentials."""
    if broker is None:
        return None
    parts = urlsplit(broker)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or usual_port(parts.scheme)}"


def usual_port(scheme: str) -> int:
    """Return the port of `mqtt` or `mqtts`."""
    return MQTTS_PORT if scheme == "mqtts" else MQTT_PORT
