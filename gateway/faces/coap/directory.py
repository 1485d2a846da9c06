"""What there is: `/.well-known/core` (RFC 6690, with its filters) and the gateway's own Thing Description."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.errors import Unknown
from gateway.home.home import Home
from gateway.protocol.forms import ACK_EVENT, security
from gateway.protocol.resources import Link, Resource, Route, link_format, matching

LAYOUT = "1"
GATEWAY_TITLE = "Hulian gateway"


def core_document(home: Home, query: tuple[tuple[str, str], ...]) -> bytes:
    """Return the link-format document, filtered by `?rt=`, `?href=` or any other attribute (a trailing `*` matches a prefix)."""
    links = [
        Link("/.well-known/wot", {"rt": "wot.thing", "ct": "432 50"}),
        Link("/d", {"rt": "hl.devices", "ct": "50 60 40", "obs": True, "hl.lv": LAYOUT}),
        Link("/scene", {"rt": "hl.scenes", "ct": "50 60"}),
    ]
    for device in home.devices():
        try:
            links += _device_links(home, device)
        except Unknown:  # forgotten meanwhile
            continue
    return link_format(matching(links, query))


def strangers_document(query: tuple[tuple[str, str], ...]) -> bytes:
    """Return the link-format document of somebody without a key: that this is a hub, and which layout it speaks."""
    return link_format(matching([Link("/d", {"rt": "hl.devices", "hl.lv": LAYOUT})], query))


def _device_links(home: Home, device: str) -> list[Link]:
    instance = home.twin(device).instance
    kind = instance.model.kind
    links = [
        Link(Route(Resource.DESCRIPTION, device).text, {"rt": "wot.thing", "ct": "432 50 60", "hl.kind": kind}),
        Link(Route(Resource.STATE, device).text, {"rt": "hl.state", "ct": "50 60 110 112", "obs": True, "hl.kind": kind}),
    ]
    for name, spec in instance.properties.items():
        attributes: dict[str, str | bool] = {"rt": "hl.property", "ct": "50 60 110 112", "hl.kind": kind}
        links.append(Link(Route(Resource.PROPERTY, device, name).text, attributes if spec.private else attributes | {"obs": True}))
    links += [Link(Route(Resource.ACTION, device, name).text, {"rt": "hl.action", "hl.kind": kind}) for name in instance.actions]
    links += [Link(_where(device, name).text, {"rt": "hl.event", "obs": True, "hl.kind": kind}) for name in instance.events]
    return links


def _where(device: str, event: str) -> Route:
    """Return where an event is heard: `commandAck` is the `ack` resource, as its form says."""
    return Route(Resource.ACK, device) if event == ACK_EVENT else Route(Resource.EVENT, device, event)


def gateway_thing(home: Home, *, keyed: bool) -> dict[str, Any]:
    """Return the gateway's Thing Description: a Thing whose links lead to its devices. `keyed`: it takes a key to come in."""
    return {
        "@context": [
            "https://www.w3.org/2019/wot/td/v1",
            "https://www.w3.org/2022/wot/td/v1.1",
            {"@language": "en"},
            {"hl": "urn:hulian:ns:profile:1#", "cov": "https://www.w3.org/2019/wot/coap#"},
        ],
        "@type": ["Thing", "hl:Gateway"],
        "id": f"urn:uuid:{uuid5(NAMESPACE_URL, f'hulian:{home.identifier}')}",
        "title": GATEWAY_TITLE,
        "titles": {"en": GATEWAY_TITLE, "zh-Hans": "互联网关"},
        **security(keyed=keyed),
        "hl:kind": "gateway",
        "links": [
            {"rel": "item", "href": Route(Resource.DESCRIPTION, device).text, "type": "application/td+json"} for device in home.devices()
        ],
        "properties": {
            "devices": {
                "title": "Devices",
                "type": "array",
                "readOnly": True,
                "observable": True,
                "forms": [
                    {
                        "href": "/d",
                        "op": ["readproperty", "observeproperty"],
                        "subprotocol": "cov:observe",
                        "contentType": "application/json",
                    }
                ],
            }
        },
    }
