"""What the API works on: the home and its neighbours, as `app` hands them over."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.home.home import Home
from gateway.lifecycle.lent import Arranging, Describing, Replacement, Trials
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.desk import SceneDesk
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.scenes.rules.watcher import Watcher
from gateway.thing.clock import Clock
from gateway.trust.access import Access
from gateway.trust.journal import Journal
from gateway.trust.login import Logins
from gateway.trust.login_key import Challenges
from gateway.trust.pairing import Pairing

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Does a call of the control socket by its name (`doctor`, `inbox`, `accept` ...) with its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`status`: what `hulian doctor` shows of the hub. `backup()`: a copy of everything, in a file for as long as the context lives.

    `pairing`: None where its libraries are missing. `support`: what a helper needs, redacted. `contacts`, `policy`: what security.txt says.
    """

    home: Home
    desk: SceneDesk
    rehearsals: Rehearsals
    triggers: Watcher
    alerts: Alerts
    pairing: Pairing | None
    access: Access
    logins: Logins
    challenges: Challenges
    journal: Journal
    clock: Clock
    version: str
    ask: Ask
    status: Callable[[], Mapping[str, Any]]
    backup: Callable[[], AbstractAsyncContextManager[Path]]
    trials: Trials
    arranging: Arranging
    replacement: Replacement
    describing: Describing
    support: Callable[[], Mapping[str, Any]]
    contacts: tuple[str, ...] = ()
    policy: str | None = None
    numbers: Callable[[], Mapping[str, float]] = field(default=dict)
    """Figures of the process and its stores for `/metrics`, by name."""
