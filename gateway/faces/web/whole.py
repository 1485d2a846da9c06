"""Everything the pages show and use, handed in by `app`: no page knows another face, and each asks the home itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request

from gateway.discovery import Discovery
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.scenes.desk import SceneDesk
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal
from gateway.trust.clients import Clients
from gateway.trust.journal import Journal
from gateway.trust.pairing import Pairing

Who = Callable[[Request], Principal | None]
"""Who a page was asked for by; None: nobody who is logged in (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The parts of a gateway that pages show. `pairing` is None where its libraries are missing; `who`: the login of the HTTP face.

    `status`: what `hulian doctor` shows of the gateway. `socket`: the control socket, for what runs as a child. `line_limit` in watts.
    """

    home: Home
    library: Library
    scenes: SceneDesk
    discovery: Discovery
    clients: Clients
    journal: Journal
    pairing: Pairing | None
    clock: Clock
    data: Path
    socket: Path
    who: Who
    status: Callable[[], dict[str, Any]]
    line_limit: float | None = None
    secrets: tuple[str, ...] = ()
    extras: Mapping[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    """What other rooms offer and not every gateway has, by name: `rehearse`, `alerts`, `acknowledge`."""
