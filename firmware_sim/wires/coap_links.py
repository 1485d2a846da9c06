"""`/.well-known/core` in link format (RFC 6690), with the filters a client may ask for."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """One resource: its path and attributes; None stands for an attribute without a value (`obs`)."""

    path: str
    attributes: dict[str, str | None] = field(default_factory=dict)

    def text(self) -> str:
        """Return `</path>;a="b";c`."""
        words = [name if value is None else f'{name}="{value}"' for name, value in self.attributes.items()]
        return ";".join((f"<{self.path}>", *words))

    def matches(self, query: str) -> bool:
        """Return whether `name=value` fits; a `*` at the end of the value stands for anything, and lists match by word."""
        name, given, value = query.partition("=")
        if not given:
            return True
        words = [self.path] if name == "href" else (self.attributes.get(name) or "").split()
        if value.endswith("*"):
            return any(word.startswith(value[:-1]) for word in words)
        return value in words


def core_links(identifier: str, kind: str, observed: Iterable[str] = ()) -> tuple[Link, ...]:
    """Return the resources of a native appliance; its id is the endpoint name (RFC 9176) beside its description.

    `observed`: the paths below `/d/self/` that can be observed beside the state and the acks, such as `p/power`.
    """
    return (
        Link("/.well-known/wot", {"rt": "wot.thing", "ct": "432 50", "hl.kind": kind, "hl.lv": "1"}),
        Link("/d", {"obs": None, "rt": "hl.devices", "ct": "40 50 60", "hl.lv": "1"}),
        Link("/d/self/td", {"rt": "wot.thing", "ep": identifier, "ct": "432 50 60", "hl.kind": kind, "hl.lv": "1"}),
        Link("/d/self/s", {"obs": None, "rt": "hl.state", "ct": "50 60 110 112", "hl.kind": kind, "hl.lv": "1"}),
        Link("/d/self/ack", {"obs": None, "rt": "hl.ack", "ct": "50 60", "hl.kind": kind, "hl.lv": "1"}),
        *(Link(f"/d/self/{path}", {"obs": None, "hl.kind": kind}) for path in observed),
    )


def link_format(links: tuple[Link, ...], query: tuple[str, ...]) -> bytes:
    """Return the links that match every filter."""
    return ",".join(link.text() for link in links if all(link.matches(word) for word in query)).encode()
