"""All that a wire has to bring for a self-described device: hear what it says, ask, and set. Raw values by the keys of its features."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Protocol, TypeAlias

from gateway.thing.availability import AvailabilityState
from gateway.thing.value import Value

Heard: TypeAlias = Callable[[Mapping[str, Value]], None]
Reached: TypeAlias = Callable[[AvailabilityState, str], None]


class SelfDescribedWire(Protocol):
    """One device on its wire. Its values are those of its claim's features: yes and no are booleans whatever the wire's two words.

    `heard(raws)` and `reached(state, reason)` are set by the session before `begin`: the wire calls them whenever the device says
    something, or can or cannot be reached. A feature that is an `event` is handed over when it happens, never again (no retained ones).
    `closed` ends with an error when the conversation is over, and never otherwise. `optimistic`: keys of settable features of which nothing
    ever tells what they really are; only those are reported as asked for, with quality `assumed`.
    """

    heard: Heard
    reached: Reached
    closed: "asyncio.Future[None]"
    optimistic: Collection[str]

    async def begin(self) -> None:
        """Start to listen, and hand over what is known already; raise TimedOut or Offline when nobody is there."""
        ...

    async def ask(self) -> bool:
        """Ask for everything that can be asked for; return whether the device told all it has. A wire that cannot ask returns False."""
        ...

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Ask for these at once: raw values by feature key, an object's with the members that change. Raise TimedOut or Offline."""
        ...
