"""The folder a client keeps its credentials in: what the usual programs for MQTT and CoAP read, and three commands that use it.

client.pem client.key authority.pem     TLS: mosquitto_sub, any MQTT program
oscore.json  oscore/settings.json  aiocoap.json    OSCORE: as plain facts, and as aiocoap-client reads it
psk.key                                 DTLS: the pre-shared key, a text
connection.json                         who this is, and where the hub is
curl.conf                               a login for curl, once `hulian login --key` has been there
"""

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from gateway.errors import BadSyntax
from gateway.thing.principal import Role

PRIVATE: Final = 0o600
"""The mode of every file: most of them are secrets, and none is anybody else's business."""


def new_request(common_name: str) -> tuple[bytes, bytes]:
    """Return a fresh P-256 key (PEM, in clear) and the request that proves it; raise ExtraMissing."""
    from gateway.trust.extra import extra  # noqa: PLC0415 - with the next

    with extra("making a key"):
        from gateway.trust.request import made  # noqa: PLC0415 - an extra
    return made(common_name)


def bundle(document: Mapping[str, Any], key: bytes) -> dict[str, bytes]:
    """Return the files (path in the folder, content) of what a hub has answered; raise BadSyntax when something is missing."""
    try:
        oscore = document["oscore"]
        connection = {name: document[name] for name in ("gateway", "client", "name", "role")} | {
            name: document[name] for name in ("device", "mqtt", "coap", "coaps", "https") if document.get(name)
        }
        return {
            "client.key": key,
            "client.pem": document["certificate"].encode(),
            "authority.pem": document["authority"].encode(),
            "oscore.json": _json(oscore),
            "oscore/settings.json": _json(_aiocoap_context(oscore)),
            "aiocoap.json": _json({"coap://*": {"oscore": {"basedir": "oscore/"}}}),  # compared as text: `:5683` or not, by address or name
            "psk.key": bytes.fromhex(document["psk"]["key"]),
            "connection.json": _json(connection),
            "README.md": _readme(connection, document["psk"]["identity"]).encode(),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadSyntax(f"the hub's answer lacks something: {error}") from error


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def _aiocoap_context(oscore: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "algorithm": "AES-CCM-16-64-128",
        "kdf-hashfun": "sha256",
        "window": 32,
        "secret_hex": oscore["master_secret"],
        "salt_hex": oscore["master_salt"],
        "sender-id_hex": oscore["sender_id"],
        "recipient-id_hex": oscore["recipient_id"],
    }


def _readme(connection: Mapping[str, Any], identity: str) -> str:
    return f"""# {connection["name"]}, {connection["role"]} of {connection["gateway"]}

These files are this client's keys: whoever has them is `{connection["client"]}`. `hulian revoke {connection["client"]}` at the hub
makes them worthless. Commands, to be given in this folder:

{"".join(f"    {command}{chr(10) * 2}" for command in _commands(connection, identity))}"""


def _commands(connection: Mapping[str, Any], identity: str) -> Iterator[str]:
    """Yield what a person can try; what the hub has said stands in quotes where the shell would do something with it."""
    coap = quote(next(iter(connection.get("coap", ())), "coap://HUB"))
    if "mqtt" in connection:  # on a broker that is not the hub's own these keys open nothing
        yield from _mqtt_commands(connection)
    if "device" in connection:  # an appliance reads nothing of the home
        return
    yield f"aiocoap-client --credentials aiocoap.json {coap}/d"
    if "https" in connection:
        yield f"hulian login --key . && curl --config curl.conf {quote(connection['https'])}/api/v1/devices"
    for url in connection.get("coaps", ())[:1]:
        yield f'coap-client -m get -u {quote(identity)} -k "$(cat psk.key)" {quote(url)}/d'
    if connection["role"] == Role.OWNER:
        wish = quote('{"do": "open", "role": "user"}')  # an owner lets others in from wherever it is
        yield f"aiocoap-client --credentials aiocoap.json -m POST --content-format application/json --payload {wish} {coap}/pair"


def _mqtt_commands(connection: Mapping[str, Any]) -> Iterator[str]:
    mqtt = urlsplit(connection["mqtt"])
    tls = "--cafile authority.pem --cert client.pem --key client.key " if mqtt.scheme == "mqtts" else ""
    broker = f"-h {quote(mqtt.hostname or '')} -p {mqtt.port or 1883} {tls}-V mqttv5"
    if "device" in connection:  # it speaks and hears under its own topics
        own, here = f"hulian/1/{connection['device']}", quote('{"state": "online"}')
        yield f"mosquitto_sub {broker} -v -t {quote(f'{own}/#')}"
        yield f"mosquitto_pub {broker} -r -t {quote(f'{own}/self/avail')} -m {here}"
        return
    topics = quote(f"hulian/1/{connection['gateway']}/#")
    yield f"mosquitto_sub {broker} -v -t {topics}"
