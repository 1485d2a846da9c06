"""Everything the pages show and use, handed in by `app`: no page knows another face, and each asks the home itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.discovery import Discovery
from gateway.home.home import Home
from gateway.lifecycle.lent import Arranging, Describing, Replacement, Trials
from gateway.profile.library import Library
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.desk import SceneDesk
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.scenes.rules.watcher import Watcher
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal
from gateway.trust.journal import Journal
from gateway.trust.pairing import Pairing

Who = Callable[[Mapping[str, Any]], Principal | None]
"""Who an ASGI scope is from; None: nobody who is logged in (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The parts of a gateway that pages show. `pairing` is None where its libraries are missing; `who`: the login of the HTTP face.

    `ask`: does a call of the control socket by its name. `status`: what `hulian doctor` shows of the gateway. `numbers`: figures of the
    process and its stores. `support`: what a helper needs, redacted. `line_limit` in watts, None where none is set. `api`: where the HTTP
    API begins.
    """

    home: Home
    library: Library
    scenes: SceneDesk
    alerts: Alerts
    rehearsals: Rehearsals
    triggers: Watcher
    discovery: Discovery
    pairing: Pairing | None
    trials: Trials
    arranging: Arranging
    replacement: Replacement
    describing: Describing
    clock: Clock
    journal: Journal
    who: Who
    ask: Callable[[str, Mapping[str, Any]], Awaitable[Any]]
    status: Callable[[], Mapping[str, Any]]
    numbers: Callable[[], Mapping[str, float]]
    support: Callable[[], Mapping[str, Any]]
    line_limit: float | None = None
    api: str = "/api/v1"
