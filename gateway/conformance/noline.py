"""A device that cannot be reached: what needs it says so, what only needs its description is judged all the same."""

from typing import NoReturn, cast

from gateway.conformance.failure import Untried
from gateway.conformance.line import Line, Transport
from gateway.conformance.thing import Thing


class _NoLine:
    """Has a transport by name, and nothing else."""

    def __init__(self, transport: Transport, why: str) -> None:
        self.transport = transport
        self._why = why

    def __getattr__(self, name: str) -> NoReturn:
        raise Untried(self._why)


def no_line(transport: Transport = Transport.COAP, thing: Thing | None = None) -> Line:
    """Return a line whose every method raises Untried, with what keeps `thing` from being reached."""
    if thing is not None and thing.td and not thing.coap and not thing.mqtt[1]:
        return cast("Line", _NoLine(transport, "its forms do not have the layout of the standard (.../s for its whole state)"))
    return cast("Line", _NoLine(transport, "only its description was given: nothing could be reached"))
