"""Which checks run on a target, over which transport, and why: read from the device, with no form to fill."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.conformance.check import Check
from gateway.conformance.line import Transport
from gateway.conformance.requirement import requirements
from gateway.conformance.thing import Thing


@dataclass(frozen=True, slots=True)
class Selected:
    """A check with a transport. `skip`: why it is not run, "" where it is; `because`: why it is."""

    check: Check
    transport: Transport
    because: str
    skip: str = ""


def selected(
    checks: Iterable[Check], thing: Thing, transports: tuple[Transport, ...], hands: frozenset[str], wanted: tuple[str, ...] = ()
) -> Iterator[Selected]:
    """Yield every check that was asked for (`wanted`: ids or beginnings of ids, everything where empty) with its transport."""
    for check in checks:
        if wanted and not any(_means(word, check) for word in wanted):
            continue
        skip = _missing(check, thing, transports, hands)
        for transport in _transports(check, transports):
            yield Selected(check, transport, f"{_because(check, thing)}, over {transport}", skip)


def _means(word: str, check: Check) -> bool:
    letters = word.rstrip("0123456789")
    return word in (check.name, check.requirement) or (word == letters and check.requirement.rstrip("0123456789") == word)


def _transports(check: Check, transports: tuple[Transport, ...]) -> tuple[Transport, ...]:
    fit = tuple(transport for transport in transports if not check.on or transport in check.on) or transports[:1]
    return fit if check.each else fit[:1]


def _missing(check: Check, thing: Thing, transports: tuple[Transport, ...], hands: frozenset[str]) -> str:
    """Return why a check cannot be run."""
    if lacks := requirements()[check.requirement].lacks:
        return lacks
    if absent := sorted(map(str, check.on - set(transports))):
        return f"it has no {' and no '.join(absent)}" if thing.td else "nothing is known of it"
    if absent := sorted(check.hands - hands):
        return f"it needs hands that can do {', '.join(absent)} (--control)"
    return check.applies(thing)


def _because(check: Check, thing: Thing) -> str:
    subject = f"every {thing.kind}" if thing.kind else "everything with a Thing Description"
    return f"{check.requirement} is asked of {subject}"
