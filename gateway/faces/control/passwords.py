"""The call that lets an appliance in by password: for those that cannot do certificates, where somebody opened a door for them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.errors import BadSyntax, StateConflict
from gateway.faces.control.server import Call, Tell
from gateway.protocol.broker.plan import Doors
from gateway.thing.principal import LOCAL
from gateway.trust.client import Client
from gateway.trust.journal import Journal

LetIn = Callable[[str, str], Awaitable[tuple[Client, str]]]
"""Lets an appliance in by its name and its Tasmota Topic; returns it and its password."""
LetBridgeIn = Callable[[str, tuple[str, ...]], Awaitable[tuple[Client, str]]]
"""Lets a bridge in by its name and its roots; returns it and its password."""


class PasswordCalls:
    """`doors`: those of our own broker now."""

    def __init__(self, doors: Callable[[], Doors], let_in: LetIn, let_bridge_in: LetBridgeIn, journal: Journal) -> None:
        self._doors = doors
        self._admit = let_in
        self._admit_bridge = let_bridge_in
        self._journal = journal

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"password": self._let_in}

    async def _let_in(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Let one in by `name` and either `tasmota` (its Topic) or `bridge` (its roots).

        Return its user name, its password, which nobody sees again, and where to.
        """
        name, topic, roots = (arguments.get(key) for key in ("name", "tasmota", "bridge"))
        if not isinstance(name, str) or (topic is None) == (roots is None):
            raise BadSyntax("`name` is a text, and either `tasmota` or `bridge` is there")
        if not isinstance(topic, str | None) or not _texts(roots):
            raise BadSyntax("`tasmota` is a text, `bridge` a list of them")
        doors = self._doors()
        ways = {"mqtts": doors.passwords, "mqtt": doors.plain}
        where = [f"{scheme}://{host}:{door.port}" for scheme, door in ways.items() for host in door.hosts]
        if doors.open or not where:
            raise StateConflict(
                "no appliance comes in by password here: set `passwords_port` (or, without TLS, `plain`) in the section [lan] of the "
                "configuration, start again, and have an owner (`hulian pair --role owner`)"
            )
        client, password = await (self._admit_bridge(name, tuple(roots or ())) if topic is None else self._admit(name, topic))
        await self._journal.record("paired", actor=LOCAL.name, target=client.id, source="control", role=client.role.value, means="password")
        return {"client": client.id, "name": client.name, "password": password, "mqtt": where, "roots": list(client.roots)}


def _texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(each, str) for each in value))
