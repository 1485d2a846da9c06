"""What is asked of a rehearsal, and what the process that plays it is told: one JSON document each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.scenes.rehearsal.copy import Copy
from gateway.thing.value import Value

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Hears how far a rehearsal is: `phase`, and what belongs to it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to rehearse: a kept `scene`, or a `text`. `faults`: by device. `each_away`: then once more for each device that takes part.

    `limit`: watts the line bears, None: as the home says.
    """

    scene: str = ""
    text: str = ""
    arguments: Mapping[str, Value] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    each_away: bool = False
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """`copy` of a home, or a `home` of the simulator by name or path; `texts` of the scenes, and which `scene` of them is played."""

    copy: Copy | None
    home: str = ""
    texts: Mapping[str, str]
    scene: str
    arguments: Mapping[str, Value] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    each_away: bool = False
    limit: float | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def order_of(document: Mapping[str, Any]) -> Order:
    """Return the order that was written down."""
    copy = document["copy"]
    return Order(**{**document, "copy": None if copy is None else Copy(**copy)})


Play = Callable[[Order, Tell], Awaitable[Mapping[str, Any]]]
"""Plays an order somewhere else and returns what came of it (`outcome`); raises CommandError or SetupError."""
