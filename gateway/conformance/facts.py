"""What is known of the device that is judged: as it says itself, in its description and, where it lets itself be asked, as `identity`."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from gateway.conformance.failure import Failure
from gateway.conformance.line import Line
from gateway.conformance.thing import Thing

IDENTITY: Final = ("maker", "brand", "model", "hw", "sw", "made")
PATIENCE: Final = 3.0


async def facts_of(thing: Thing, lines: Mapping[Any, Line]) -> dict[str, Any]:
    """Return the facts by name; what the device does not say is not in it."""
    return _described(thing) | await _identity(lines)


def _described(thing: Thing) -> dict[str, Any]:
    link = _type_link(thing.td)
    found: dict[str, Any] = {
        "title": thing.td.get("title"),
        "id": thing.td.get("id"),
        "kind": thing.kind,
        "claim": thing.claim,
        "profile": _member(thing.td.get("version"), "model"),
        "profileHash": link.get("hl:hash"),
        "features": " ".join(map(str, features)) if isinstance(features := thing.td.get("hl:features"), list) else None,
        "coap": thing.coap,
        "mqtt": "/".join(thing.mqtt) if thing.mqtt[1] else None,
        "affordances": f"{len(thing.properties)} + {len(thing.actions)} + {len(thing.events)}",
        "bytes": len(thing.body),
    }
    return {name: value for name, value in found.items() if isinstance(value, str | int) and value != ""}


def _type_link(td: Mapping[str, Any]) -> Mapping[str, Any]:
    links = td.get("links")
    found = [link for link in links if isinstance(link, dict) and link.get("rel") == "type"] if isinstance(links, list) else []
    return found[0] if found else {}


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


async def _identity(lines: Mapping[Any, Line]) -> dict[str, Any]:
    """Return what it says of itself over the first line on which it does."""
    for line in lines.values():
        try:
            async with asyncio.timeout(PATIENCE):
                said = await line.read("identity")
        except (Failure, TimeoutError):
            continue
        if isinstance(said, dict):
            return {name: said[name] for name in IDENTITY if isinstance(said.get(name), str) and said[name]}
    return {}
