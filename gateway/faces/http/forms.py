"""The forms of HTTP in a Thing Description: beside those for MQTT and CoAP, and before them, for whoever asked over HTTP speaks it."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from gateway.faces.http.house import House

Form = dict[str, Any]
_JSON: Final = "application/json"
_LOGIN: Final = {
    "scheme": "bearer",
    "in": "header",
    "name": "Authorization",
    "description": "A token that `hulian login --token` on the hub makes",
    "descriptions": {
        "en": "A token that `hulian login --token` on the hub makes",
        "zh-Hans": "在网关上运行 hulian login --token 获得的令牌",
    },
}


def with_http(house: House, device: str, base: str) -> dict[str, Any]:
    """Return a device's Thing Description with HTTP forms under `base` (scheme and authority); raise Unknown."""
    document = house.home.thing_description(device).document
    root = f"{base.rstrip('/')}/api/v1/devices/{quote(device)}"
    private = house.home.twin(device).private
    keyed = not house.access.open
    document["forms"] = [*_whole(root), *document["forms"]]
    for name, affordance in document["properties"].items():
        affordance["forms"] = [*_property(root, name, affordance, observed=name not in private), *affordance["forms"]]
    for name, affordance in document["actions"].items():
        affordance["forms"] = [*_action(root, name, affordance), *affordance["forms"]]
    for name, affordance in document["events"].items():
        affordance["forms"] = [_heard(f"{root}/events/{quote(name)}", "subscribeevent", "unsubscribeevent"), *affordance["forms"]]
    if keyed:
        document["securityDefinitions"] = document["securityDefinitions"] | {"login": _LOGIN}
        document["security"] = ["login"]
        _keep_others(document)
    return document


def _keep_others(document: dict[str, Any]) -> None:
    """Let the forms of other wires keep what they take: a form's own security goes before the thing's."""
    owners = [document, *(each for group in ("properties", "actions", "events") for each in document[group].values())]
    for form in (form for owner in owners for form in owner["forms"] if not form["href"].startswith("http")):
        form["security"] = ["key"]


def _whole(root: str) -> Iterator[Form]:
    href = f"{root}/properties"
    yield {"href": href, "op": ["readallproperties"], "htv:methodName": "GET", "contentType": _JSON}
    yield {"href": href, "op": ["writemultipleproperties"], "htv:methodName": "PATCH", "contentType": _JSON}
    yield _heard(f"{href}/changes", "observeallproperties", "unobserveallproperties")


def _property(root: str, name: str, affordance: dict[str, Any], *, observed: bool) -> Iterator[Form]:
    href = f"{root}/properties/{quote(name)}"
    yield {"href": href, "op": ["readproperty"], "htv:methodName": "GET", "contentType": _JSON}
    if not affordance.get("readOnly"):
        yield {"href": href, "op": ["writeproperty"], "htv:methodName": "PUT", "contentType": _JSON}
    if observed:
        yield _heard(f"{href}/changes", "observeproperty", "unobserveproperty")


def _action(root: str, name: str, affordance: dict[str, Any]) -> Iterator[Form]:
    yield {"href": f"{root}/actions/{quote(name)}", "op": ["invokeaction"], "htv:methodName": "POST", "contentType": _JSON}
    if "uriVariables" in affordance:
        yield {"href": f"{root}/runs/{{id}}", "op": ["queryaction"], "htv:methodName": "GET", "contentType": _JSON}
        yield {"href": f"{root}/runs/{{id}}", "op": ["cancelaction"], "htv:methodName": "DELETE", "contentType": _JSON}


def _heard(href: str, *operations: str) -> Form:
    return {"href": href, "op": [*operations], "subprotocol": "sse", "contentType": _JSON}
