"""A device that cannot be reached: what needs it says so, what only needs its description is judged all the same."""

from typing import NoReturn, cast

from gateway.conformance.failure import Untried
from gateway.conformance.line import Line, Transport


class _NoLine:
    """Has a transport by name, and nothing else."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> NoReturn:
        raise Untried("only its description was given: nothing could be reached")


def no_line(transport: Transport = Transport.COAP) -> Line:
    """Return a line whose every method raises Untried."""
    return cast("Line", _NoLine(transport))
