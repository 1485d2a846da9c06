"""The MQTT topics of a native appliance: its own root `hulian/1/{device}`, with `self` for what it says and `c/{client}` for who asks.

Out, below `hulian/1/{device}/self/`: td, avail, s, p/{name}, ack, run/{id}, e/{name}. In: p/{name}/set, s/set, a/{name} there, and
`hulian/1/{device}/c/{client}/rpc`, whose answers go to `hulian/1/{device}/c/{client}/ack` or to a topic of that client's choice below its
own branch. A broker tells nobody who published, so an answer never leaves the branch of the client that asked.
"""

import re
from dataclasses import dataclass

_CLIENT = re.compile(r"[a-z0-9-]{1,64}\Z")
_LONGEST_TOPIC = 256


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a command topic means: `what` is property, state, action or rpc; `name` the affordance; `client` who asks (empty: anybody)."""

    what: str
    name: str = ""
    client: str = ""


class Topics:
    """Every topic of one appliance."""

    def __init__(self, device: str) -> None:
        self.root = f"hulian/1/{device}"
        self.own = f"{self.root}/self"
        self.description = f"{self.own}/td"
        self.availability = f"{self.own}/avail"
        self.state = f"{self.own}/s"
        self.ack = f"{self.own}/ack"
        self.commands = (f"{self.own}/p/+/set", f"{self.own}/s/set", f"{self.own}/a/+", f"{self.root}/c/+/rpc")
        self.runs = f"{self.own}/run/+"

    def property(self, name: str) -> str:
        """Return where a property's bare value is kept."""
        return f"{self.own}/p/{name}"

    def event(self, name: str) -> str:
        """Return where an event is told."""
        return f"{self.own}/e/{name}"

    def run(self, identifier: str) -> str:
        """Return where the last ack of a long action is kept."""
        return f"{self.own}/run/{identifier}"

    def answer(self, client: str) -> str:
        """Return where a client's acks go when it names no other topic."""
        return f"{self.root}/c/{client}/ack"

    def parse(self, topic: str) -> Incoming | None:
        """Return what a command topic means; None when it is none of ours."""
        if not topic.startswith(f"{self.root}/"):
            return None
        match topic.removeprefix(f"{self.root}/").split("/"):
            case ["self", "p", name, "set"]:
                return Incoming("property", name)
            case ["self", "s", "set"]:
                return Incoming("state")
            case ["self", "a", name]:
                return Incoming("action", name)
            case ["c", client, "rpc"] if _CLIENT.match(client):
                return Incoming("rpc", client=client)
        return None

    def may_answer(self, topic: str, client: str) -> bool:
        """Return whether an answer may go to `topic`: below the client's own branch (any client's for a bare command), no command."""
        branch = f"{self.root}/c/"
        owner, _, rest = topic.removeprefix(branch).partition("/")
        clean = not any(mark in topic for mark in "+#\0") and len(topic) <= _LONGEST_TOPIC
        mine = owner == client if client else bool(_CLIENT.match(owner))
        return topic.startswith(branch) and clean and mine and rest not in ("", "rpc")
