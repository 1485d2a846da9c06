"""Which checks run on a target, over which transport, and why: read from the device, with no form to fill."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.conformance.check import Check
from gateway.conformance.line import Transport
from gateway.conformance.requirement import requirements
from gateway.conformance.thing import Thing
from gateway.errors import HulianError

DESCRIBED: Final = "T1"
"""The requirement that is judged whatever a description is like."""


class NoSuchTest(HulianError):
    """Somebody asked for a test there is none of."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A check with a transport. `skip`: why it is not run, "" where it is; `because`: why it is.

    `asked`: whether the standard asks it of this target at all: what is skipped although it is asked makes a run incomplete.
    """

    check: Check
    transport: Transport
    because: str
    skip: str = ""
    asked: bool = True

    @property
    def id(self) -> str:
        """Return `S4.grows[coap]`, which is unique in a run."""
        return f"{self.check.name}[{self.transport}]" if self.check.each or self.check.on else self.check.name


def selected(
    checks: Iterable[Check], thing: Thing, transports: tuple[Transport, ...], hands: frozenset[str], wanted: tuple[str, ...] = ()
) -> Iterator[Selected]:
    """Yield every check that was asked for (`wanted`: ids or beginnings of ids, everything where empty) with its transport."""
    for check in checks:
        if wanted and not any(_means(word, check) for word in wanted):
            continue
        for transport in _transports(check, transports):
            skip, asked = _missing(check, thing, transports, hands, transport)
            yield Selected(check, transport, f"{_because(check, thing)}, over {transport}", skip, asked)


def known_words(checks: Iterable[Check]) -> list[str]:
    """Return everything `--tests` understands: letters, ids, names of checks."""
    words: dict[str, None] = {}
    for check in checks:
        words |= dict.fromkeys((_letters(check.requirement), check.requirement, check.name))
    return sorted(words, key=lambda word: (_letters(word), len(word), word))


def check_words(wanted: Iterable[str], checks: Iterable[Check]) -> None:
    """Raise NoSuchTest for a word that means no check: a slip of the pen must not look like a passed run."""
    known = known_words(checks)
    for word in wanted:
        if word in known:
            continue
        if word in requirements():
            about = requirements()[word]
            raise NoSuchTest(
                f"{word} has no check of an appliance: it is about the {about.subject}" + (f", and {about.lacks}" * bool(about.lacks))
            )
        raise NoSuchTest(f"there is no test {word!r}: say {', '.join(known[:6])} ...; `hulian conformance --list` shows them all")


def _letters(word: str) -> str:
    return word.partition(".")[0].rstrip("0123456789")


def _means(word: str, check: Check) -> bool:
    return word in (check.name, check.requirement) or (word == _letters(word) and _letters(check.requirement) == word)


def _transports(check: Check, transports: tuple[Transport, ...]) -> tuple[Transport, ...]:
    """Return what it runs over; what it cannot run over is skipped under the name of the transport it lacks."""
    fit = (
        tuple(transport for transport in transports if not check.on or transport in check.on) or tuple(sorted(check.on)) or tuple(Transport)
    )
    return fit if check.each and transports else fit[:1]


def _missing(
    check: Check, thing: Thing, transports: tuple[Transport, ...], hands: frozenset[str], transport: Transport
) -> tuple[str, bool]:
    """Return why a check cannot be run, and whether it is asked all the same."""
    if lacks := requirements()[check.requirement].lacks:
        return lacks, False
    if check.requirement != DESCRIBED and thing.form.twisted:
        return f"its description gives nothing to go by ({DESCRIBED}): {thing.form.twisted}", True
    absent = check.on - set(transports)
    if unnamed := sorted(map(str, absent - _named(thing))):
        return (f"it has no {' and no '.join(unnamed)}" if thing.td else "nothing is known of it"), not thing.td
    if apart := _apart(check, thing):
        return apart
    if absent:
        return f"it is not judged over {' and '.join(sorted(map(str, absent)))} in this run", True
    return _idle(check, hands, transport)


def _apart(check: Check, thing: Thing) -> tuple[str, bool] | None:
    """Return why a check is not about a thing; None where it is."""
    try:
        return (apart, False) if (apart := check.applies(thing)) else None
    except (AttributeError, LookupError, TypeError, ValueError) as error:  # a description may be anything
        return f"whether it applies cannot be told from this description ({error!r})", True


def _idle(check: Check, hands: frozenset[str], transport: Transport) -> tuple[str, bool]:
    """Return which hands a check lacks, and whether it is asked all the same."""
    idle = sorted(check.hands - hands)
    if idle and transport in check.spared:
        return check.spared[transport], False
    return f"it needs hands that can do {', '.join(idle)} (--control)" if idle else "", True


def _named(thing: Thing) -> set[Transport]:
    """Return the transports that the description names."""
    return {transport for transport, named in ((Transport.COAP, thing.coap), (Transport.MQTT, thing.mqtt[1])) if named}


def _because(check: Check, thing: Thing) -> str:
    subject = f"every {thing.kind}" if thing.kind else "everything with a Thing Description"
    return f"{check.requirement} is asked of {subject}"
