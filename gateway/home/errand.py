"""An accepted command until its end: what it waits for, how far it has come, and the one decision about it.

The decision falls once and at once, in whatever part of the home learns it first (a report, the session, the clock, a
later command, a cancellation). The errand's own task then stores and publishes it: nobody else does.
"""

import asyncio
from dataclasses import dataclass, field, replace

from gateway.home.admission import Plan
from gateway.home.run import Run
from gateway.home.twin import Twin
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command
from gateway.thing.value import Value


@dataclass(slots=True, eq=False, kw_only=True)
class Errand:
    """All times but `command.expires` are monotonic seconds.

    `handed_at`: when the session got it (None: not yet). `deadline`: until when it may take, once handed.
    `give_up_at`: until when it waits to be handed (None: its expiry says). `session_id`: the id the session knows it by.
    `confirmed_until`: until when a person's confirmation counts (0: there is none). `person_agreed`: it counted when it was handed.
    `waited`: the device was not reachable in between, so the state must be judged anew. `recovered`: it is from before a restart.
    `seen`: awaited names shown since it was handed; `shown`: what others showed instead.
    `session_done`: the session said its last word, with `output`. `percent`, `stage`, `stage_at`, `stages`: the last running ack.
    `behind`: errands of the same properties whose execution must end first. `released`: nothing of it runs in the session.
    `target`: what a cancelaction is to stop. `marked_sent`: it is stored as sent already, together with its acceptance.
    """

    run: Run
    twin: Twin
    plan: Plan
    session_id: str
    give_up_at: float | None = None
    handed_at: float | None = None
    deadline: float = 0.0
    confirmed_until: float = 0.0
    person_agreed: bool = False
    waited: bool = False
    recovered: bool = False
    seen: set[str] = field(default_factory=set)
    shown: dict[str, Value] = field(default_factory=dict)
    session_done: bool = False
    output: Value = None
    percent: float | None = None
    stage: tuple[AckState, str | None] | None = None
    stage_at: float = 0.0
    stages: int = 0
    behind: tuple["Errand", ...] = ()
    released: bool = True
    decided_at: float = 0.0
    decision: Ack | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    nudge: asyncio.Event = field(default_factory=asyncio.Event)
    target: "Errand | None" = None
    marked_sent: bool = False

    @property
    def command(self) -> Command:
        """Return what was asked."""
        return self.run.command

    def session_command(self) -> Command:
        """Return the command as the session gets it: its id is unique there, and it names a confirmation only where there is one."""
        confirmation = self.command.confirmation if self.person_agreed else None
        if self.session_id == self.command.id and confirmation == self.command.confirmation:
            return self.command
        return replace(self.command, id=self.session_id, confirmation=confirmation)

    def poke(self) -> None:
        """Let the errand's task look again whether it can go on."""
        self.nudge.set()
