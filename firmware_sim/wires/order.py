"""What is asked of an appliance over a native wire, and what became of it, free of any transport."""

from asyncio import TimerHandle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TERMINAL = frozenset({"completed", "failed", "rejected", "expired", "cancelled", "superseded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One request of one client.

    `id` is the client's, unique for ten minutes. `operation` is the W3C name. `name` is the property, the action, or the run to cancel.
    `expires` is seconds since the epoch. `expected` holds the ETags the state may have (None: any). `confirm` is a token given out earlier.
    """

    client: str
    id: str
    operation: str
    name: str = ""
    input: Any = None
    expires: float | None = None
    expected: frozenset[bytes] | None = None
    confirm: str | None = None
    why: str = ""


@dataclass(slots=True, eq=False)
class Run:
    """An order under way or done: every ack so far, the last one terminal once `ended` (seconds since the epoch) is set.

    `reply` is whatever the wire that took the order needs to answer; `told` whether its terminal ack reached the broker.
    `wanted` is what a write waits to see reported, `aims` those of it that the appliance set out for.
    `long` marks an action that outlives its request.
    """

    order: Order
    reply: Any = None
    acks: list[dict[str, Any]] = field(default_factory=list)
    wanted: Mapping[str, Any] | None = None
    aims: frozenset[str] = frozenset()
    long: bool = False
    started: bool = False
    told: bool = False
    ended: float | None = None
    timer: TimerHandle | None = None

    @property
    def last(self) -> dict[str, Any]:
        """Return the latest ack."""
        return self.acks[-1]

    @property
    def delayed(self) -> bool:
        """Return whether the appliance said that it holds this back."""
        return any(ack["state"] == "delayed" for ack in self.acks)


def etag(boot: int, seq: int) -> bytes:
    """Return the eight bytes that name one state: three of the boot counter, five of the sequence number."""
    return (boot % (1 << 24)).to_bytes(3, "big") + (seq % (1 << 40)).to_bytes(5, "big")
