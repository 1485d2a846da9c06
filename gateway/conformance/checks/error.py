"""E: what a device refuses, how it says so, and that nothing changes by it."""

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.line import Request, Transport
from gateway.conformance.thing import Thing

READ_ONLY = (4, 5)


def _has_read_only(thing: Thing) -> str:
    return "" if any(thing.properties[name].get("readOnly") for name in thing.public) else "it has no property that can only be read"


@check("E4", each=True, applies=_has_read_only)
async def what_can_only_be_read_is_not_written(bench: Bench) -> None:
    """Writing a read-only property is refused as such and changes nothing."""
    state = await bench.line.state()
    names = [name for name in bench.thing.public if bench.thing.properties[name].get("readOnly") and name in state]
    if not names:
        raise Untried("no read-only property has a value to write back")
    for name in names[:6]:
        answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=state[name]))
        if answer.refused != "read-only":
            raise Failure("the write is refused with `read-only`", sent={name: state[name]}, came=answer.last)
        if bench.line.transport is Transport.COAP and answer.code != READ_ONLY:
            raise Failure("the answer on CoAP is 4.05", sent={name: state[name]}, came=answer.code)
