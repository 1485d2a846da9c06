"""The one thing everything controllable is: a Session.

A vendor appliance, a native appliance, a virtual thing behind a plug, a rehearsed copy: each is a Session that
carries one or more devices. The supervisor in `drivers` owns its life; the home only executes and cancels.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One stage a session reports for a command it executes; the home turns it into an Ack.

    A write that is done on the wire yields `COMPLETED`; the home still waits for a Report that shows the value
    (evidence) before it says so. `error` is an error object and goes with FAILED or REJECTED.
    """

    state: AckState
    phase: str | None = None
    percent: float | None = None
    remaining: float | None = None
    output: Value = None
    error: Mapping[str, Any] | None = None


class Session(Protocol):
    """An open conversation with one unit."""

    def describe(self) -> tuple[Description, ...]:
        """Return the devices this session carries."""
        ...

    def reports(self) -> AsyncIterator[Report]:
        """Yield what the unit says, for as long as the session lives; ending or raising WireError or OSError ends the session."""
        ...

    def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Do it; yield stages, the last one terminal. CommandErrors raised here become FAILED."""
        ...

    async def cancel(self, command_id: str) -> None:
        """Ask a running action to stop; its execute() then ends with CANCELLED. Raise StateConflict where it cannot be."""
        ...
