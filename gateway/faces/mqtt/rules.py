"""Which topics each role gets on our own broker: one table, made of permissions, so that it cannot say otherwise than the home does.

The broker keeps to it for everybody who came in with a key. Nothing is allowed that is not in the table: no branch of another
client, no `$SYS`, no control of the broker. Filters to subscribe to may be wide (`#`); what is received is decided topic by topic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.errors import SchemaViolation
from gateway.protocol.broker.plan import Identity
from gateway.protocol.topics import ROOT
from gateway.thing.principal import Role
from gateway.trust.client import Client
from gateway.trust.roles import Permission, may


class Right(StrEnum):
    """What a client does with topics. `literal`: a filter to subscribe to, word for word; the others are filters of topics."""

    PUBLISH = "publish"
    RECEIVE = "receive"
    SUBSCRIBE = "subscribe"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has `permission` has `right` on `filter`, where `{gateway}`, `{client}` and `{root}` (each of an appliance) are filled in."""

    permission: Permission
    right: Right
    filter: str


_GATEWAY: Final = f"{ROOT}/{{gateway}}"
_BRANCH: Final = f"{_GATEWAY}/c/{{client}}/#"
HOMEASSISTANT: Final = "homeassistant"

TABLE: Final[tuple[Rule, ...]] = (
    *(
        Rule(Permission.READ, Right.RECEIVE, f"{_GATEWAY}/{tail}")
        for tail in ("$/#", "+/td", "+/avail", "+/s", "+/p/+", "+/ack", "+/run/+", "+/e/+")
    ),
    Rule(Permission.READ, Right.RECEIVE, f"{HOMEASSISTANT}/#"),
    Rule(Permission.READ, Right.RECEIVE, _BRANCH),
    Rule(Permission.READ, Right.PUBLISH, f"{_GATEWAY}/c/{{client}}/rpc"),  # and no other: what a client could leave there, the broker keeps
    Rule(Permission.READ, Right.SUBSCRIBE, f"{ROOT.partition('/')[0]}/#"),
    Rule(Permission.READ, Right.SUBSCRIBE, f"{HOMEASSISTANT}/#"),
    Rule(Permission.READ, Right.LITERAL, "#"),
    *(Rule(Permission.CONTROL, Right.PUBLISH, f"{_GATEWAY}/{tail}") for tail in ("+/p/+/set", "+/s/set", "+/a/+")),
    Rule(Permission.CONTROL, Right.PUBLISH, f"{HOMEASSISTANT}/status"),
    *(Rule(Permission.SPEAK, right, "{root}/#") for right in (Right.PUBLISH, Right.RECEIVE, Right.SUBSCRIBE)),
)

BRIDGE: Final[tuple[tuple[Right, str], ...]] = (
    (Right.PUBLISH, f"{HOMEASSISTANT}/+/+/config"),
    (Right.PUBLISH, f"{HOMEASSISTANT}/+/+/+/config"),
    *((Right.PUBLISH, f"tasmota/discovery/+/{half}") for half in ("config", "sensors")),
    (Right.RECEIVE, f"{HOMEASSISTANT}/status"),
    (Right.SUBSCRIBE, f"{HOMEASSISTANT}/#"),  # Zigbee2MQTT wants to, and hears no more than the status
)
"""What a bridge may besides speaking under its own roots: announce devices, and hear that Home Assistant was started."""

_TOPIC_WORDS: Final = frozenset({"c", "$", "td", "avail", "s", "p", "ack", "run", "e", "a", "set", "rpc", "self"})
_CLIENT = re.compile(r"[a-z0-9-]{1,64}").fullmatch
_ROOT_LENGTH: Final = 200


def identity(client: Client, gateway: str, password: str | None = None) -> Identity:
    """Return what a client may do at the broker of `gateway`; raise SchemaViolation for an id or root that could mean another's topics."""
    if not _CLIENT(client.id) or client.id in _TOPIC_WORDS:
        raise SchemaViolation(f"{client.id[:70]!r} cannot be the id of a client on MQTT")
    roots = tuple(_checked(root, gateway, bridge=client.bridge) for root in client.roots) if client.role is Role.DEVICE else ()
    return Identity(
        name=client.id,
        publish=tuple(_filters(client, Right.PUBLISH, gateway, roots)),
        receive=tuple(_filters(client, Right.RECEIVE, gateway, roots)),
        subscribe=tuple(_filters(client, Right.SUBSCRIBE, gateway, roots)),
        literal=tuple(_filters(client, Right.LITERAL, gateway, roots)),
        password=password,
    )


def _filters(client: Client, right: Right, gateway: str, roots: tuple[str, ...]) -> Iterator[str]:
    for rule in TABLE:
        if rule.right is right and may(client.role, rule.permission):
            for root in roots if "{root}" in rule.filter else ("",):
                yield rule.filter.format(gateway=gateway, client=client.id, root=root)
    if client.bridge and client.role is Role.DEVICE:
        yield from (name for given, name in BRIDGE if given is right)


def _checked(root: str, gateway: str, *, bridge: bool) -> str:
    """Return a root of an appliance; raise SchemaViolation for one that holds, or lies in, what is not the appliance's.

    A bridge has none in the tree of this make: what speaks there is believed to be what its topic says.
    """
    levels = root.split("/")
    ours = ROOT.partition("/")[0] if bridge else f"{ROOT}/{gateway}"
    plain = root.isprintable() and not any(sign in root for sign in "+#$") and all(levels) and len(root) <= _ROOT_LENGTH
    if not plain or any(_overlap(levels, taken.split("/")) for taken in (ours, HOMEASSISTANT)):
        raise SchemaViolation(f"{root[:100]!r} cannot be the root of an appliance's topics")
    return root


def overlap(one: str, other: str) -> bool:
    """Return whether one root is the other, or lies in it."""
    return _overlap(one.split("/"), other.split("/"))


def _overlap(one: list[str], other: list[str]) -> bool:
    return all(left == right for left, right in zip(one, other, strict=False))
