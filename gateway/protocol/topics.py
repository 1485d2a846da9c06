"""The names on MQTT (profile 3.4): `hulian/1/{gateway}/{device}/...`; a native appliance is its own gateway and its device is `self`.

What comes in is somebody else's text: `parse_command` takes it apart and answers None for everything that is not exactly
one of the command topics, so that nobody below sees an empty level, a wildcard or a name that could not exist.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from gateway.thing.command import Operation

ROOT = "hulian/1"
"""The 1 is the major of the layout."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}").fullmatch
_IDENTIFIER = re.compile(r"[a-z0-9-]{1,64}").fullmatch


@dataclass(frozen=True)
class Topics:
    """The topics of one device."""

    gateway: str
    device: str

    @cached_property
    def prefix(self) -> str:
        """`hulian/1/{gateway}/{device}`, without a slash at the end."""
        return f"{ROOT}/{self.gateway}/{self.device}"

    @cached_property
    def td(self) -> str:
        """Thing Description, retained."""
        return f"{self.prefix}/td"

    @cached_property
    def avail(self) -> str:
        """Availability, retained."""
        return f"{self.prefix}/avail"

    @cached_property
    def s(self) -> str:
        """Whole public state with `"$"`, retained."""
        return f"{self.prefix}/s"

    @cached_property
    def s_set(self) -> str:
        """Atomic partial write, in."""
        return f"{self.prefix}/s/set"

    @cached_property
    def ack(self) -> str:
        """Every ack of every command."""
        return f"{self.prefix}/ack"

    def property(self, name: str) -> str:
        """One value, retained."""
        return f"{self.prefix}/p/{name}"

    def property_set(self, name: str) -> str:
        """Write of one value, in."""
        return f"{self.prefix}/p/{name}/set"

    def action(self, name: str) -> str:
        """Input of an action, in."""
        return f"{self.prefix}/a/{name}"

    def run(self, id: str) -> str:
        """Last ack of a long action, retained while it matters."""
        return f"{self.prefix}/run/{id}"

    def event(self, name: str) -> str:
        """One event."""
        return f"{self.prefix}/e/{name}"


@dataclass(frozen=True)
class GatewayTopics:
    """The topics of the gateway itself (or of a native appliance as its own gateway)."""

    gateway: str

    @cached_property
    def prefix(self) -> str:
        """`hulian/1/{gateway}`, without a slash at the end."""
        return f"{ROOT}/{self.gateway}"

    @cached_property
    def avail(self) -> str:
        """Availability of the gateway, retained; its Last Will."""
        return f"{self.prefix}/$/avail"

    @cached_property
    def devices(self) -> str:
        """List of devices, retained."""
        return f"{self.prefix}/$/devices"

    @cached_property
    def scenes(self) -> str:
        """List of scenes, retained."""
        return f"{self.prefix}/$/scenes"

    @cached_property
    def alerts(self) -> str:
        """Alerts that wait for somebody, retained."""
        return f"{self.prefix}/$/alerts"

    def scene(self, id: str) -> str:
        """Newest report of one scene, retained."""
        return f"{self.prefix}/$/scene/{id}"

    def client_prefix(self, client: str) -> str:
        """Everything of one client lies below this level; a Response Topic elsewhere is ignored."""
        return f"{self.prefix}/c/{client}"

    def rpc(self, client: str) -> str:
        """Envelopes of one client, in."""
        return f"{self.prefix}/c/{client}/rpc"

    def answer(self, client: str) -> str:
        """Where acks of a client's envelopes go unless it says otherwise."""
        return f"{self.prefix}/c/{client}/ack"

    @cached_property
    def command_filters(self) -> tuple[str, ...]:
        """What to subscribe to in order to hear every command."""
        return (f"{self.prefix}/c/+/rpc", *(f"{self.prefix}/+/{tail}" for tail in ("p/+/set", "s/set", "a/+")))


@dataclass(frozen=True, slots=True)
class CommandTopic:
    """What a command topic says.

    A bare command: `device`, `operation`, and `name` of the property or action (empty for `s/set`); `client` is None.
    An envelope: only `client`; what is asked stands in the payload and `operation` is None.
    """

    device: str = ""
    operation: Operation | None = None
    name: str = ""
    client: str | None = None


def parse_command(topic: str, gateway: str) -> CommandTopic | None:
    """Take a topic apart; None when it is no command for `gateway`."""
    prefix = f"{ROOT}/{gateway}/"
    if not topic.startswith(prefix):
        return None
    match topic[len(prefix) :].split("/"):
        case ["c", client, "rpc"]:
            return CommandTopic(client=client) if _IDENTIFIER(client) else None
        case [device, "p", name, "set"]:
            return _bare(device, Operation.WRITE_PROPERTY, name)
        case [device, "s", "set"]:
            return _bare(device, Operation.WRITE_MULTIPLE, None)
        case [device, "a", name]:
            return _bare(device, Operation.INVOKE_ACTION, name)
    return None


def _bare(device: str, operation: Operation, name: str | None) -> CommandTopic | None:
    if device == "c" or not _IDENTIFIER(device) or (name is not None and not _NAME(name)):
        return None
    return CommandTopic(device, operation, name or "")
