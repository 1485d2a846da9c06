"""C2: what an id may be: as long and as odd as the standard lets it be, and no longer."""

from dataclasses import replace
from typing import Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.state import can_be_set
from gateway.conformance.deeds import asked
from gateway.conformance.failure import Failure
from gateway.conformance.line import Request, Transport
from gateway.conformance.setting import setting

LONGEST: Final = 128
ODD: Final = " :;'()[]{}@!$%&=?*,\"|^`<>\\"
"""What one level of a topic and one segment of a path can hold, and few think of."""


@check("C2", "id", each=True, applies=can_be_set, seconds=0.5)
async def an_id_is_taken_as_it_is(bench: Bench) -> None:
    """An id of 128 characters, odd ones among them, names a command; over CoAP one that is longer is refused."""
    found = await setting(bench)
    mark = bench.new_id("id")
    request = Request(operation="writeproperty", name=found.name, input=found.other)
    for name in (f"{mark}{ODD}", mark.ljust(LONGEST, "x")):
        answer = await asked(bench, replace(request, id=name))
        if answer.state == "rejected":
            raise Failure(f"an id has 1 to {LONGEST} characters, none of / + # and control characters", sent=name, came=answer.last)
    if bench.line.transport is Transport.COAP:
        answer = await asked(bench, replace(request, id=mark.ljust(LONGEST + 1, "x"), input=found.one))
        if answer.refused != "bad-syntax":
            raise Failure("an id that is too long is refused with `bad-syntax`", sent=LONGEST + 1, came=answer.last)
