"""Keeps every registered unit's session alive, whatever its driver does.

For each registration a Keeper runs: it opens the session, hands the devices to the home's sink, lets reports through
(a flooder is slowed), paces `refresh()`, notices silence, and opens again after a failure with a growing, random pause.
The home never holds a driver's session itself but a Carried, which stays the same over any number of reconnects. A
driver that hangs, throws, floods or dies in the middle of a command harms nobody but its own device.
"""

from gateway.drivers.supervisor.limits import Limits
from gateway.drivers.supervisor.owner import Supervisor
from gateway.drivers.supervisor.status import SessionState, SessionStatus

__all__ = ["Limits", "SessionState", "SessionStatus", "Supervisor"]
