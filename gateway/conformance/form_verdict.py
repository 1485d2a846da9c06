"""Whether the forms of a Thing Description lead where the standard's layout has things, and to the device it was read from.

The judge asks at the places of the layout. Any other client goes where the forms lead: the two must be the same.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from gateway.conformance.thing import Thing

ACKS = "commandAck"
"""The event that stands for the `ack` of every command."""
_SCHEMES = frozenset({"coap", "coaps", "mqtt", "mqtts"})


def stray_forms(thing: Thing) -> Iterator[str]:
    """Yield the forms that lead elsewhere, with where they lead."""
    yield from _of_another(thing)
    yield from _strays("forms", thing.td, _places(thing, "s", "s/set"))
    for name, body in thing.properties.items():
        yield from _strays(f"properties/{name}", body, _places(thing, f"p/{name}", f"p/{name}/set"))
    for name, body in thing.actions.items():
        yield from _strays(f"actions/{name}", body, _places(thing, f"a/{name}", f"run/{'{id}'}"))
    for name, body in thing.events.items():
        yield from _strays(f"events/{name}", body, _places(thing, "ack" if name == ACKS else f"e/{name}"))


def _of_another(thing: Thing) -> Iterator[str]:
    """Yield it where a description that was read at one address describes what is at another."""
    origin, said = urlsplit(thing.origin), urlsplit(thing.coap)
    if origin.scheme != "coap" or not thing.coap:
        return
    elsewhere = _is_address(origin.hostname) and _is_address(said.hostname) and origin.hostname != said.hostname
    if elsewhere or (origin.port or 5683) != (said.port or 5683) or origin.path != said.path:
        yield f"forms: it was read at {thing.origin}, and leads to {thing.coap}"


def _places(thing: Thing, *tails: str) -> set[str]:
    broker, root = thing.mqtt
    mqtt = {f"{broker}/{root}/{tail}" for tail in tails} if root else set()
    return mqtt | ({f"{thing.coap}/{quote(tail, safe='/{}')}" for tail in tails} if thing.coap else set())


def _strays(where: str, body: Mapping[str, Any], places: set[str]) -> Iterator[str]:
    forms = body.get("forms")
    for form in forms if isinstance(forms, list) else ():
        href = form.get("href") if isinstance(form, dict) else None
        if isinstance(href, str) and urlsplit(href).scheme in _SCHEMES and href not in places:
            yield f"{where}: a form leads to {href}"


def _is_address(host: str | None) -> bool:
    try:
        return ip_address(host or "") is not None
    except ValueError:
        return False
