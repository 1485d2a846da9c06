"""What a check is: a small function that raises a Failure, and what it needs to be tried at all."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.line import Transport
from gateway.conformance.thing import Thing

Run = Callable[[Bench], Coroutine[Any, Any, None]]
Applies = Callable[[Thing], str]
"""From a thing to why the check is not about it, "" where it is."""
ANY: Final = frozenset[Transport]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`name`: `S4.grows` where an id has several; `on`: transports it must have (empty: any one); `each`: run once on each it has.

    `hands`: what the control interface must be able to do (`advance`, `power`, `touch`, `fault`, `network`, `truth`). `spared`: transport
    to why it is not asked there without these hands. `seconds`: about how long it takes at the least, in real time with `advance`.
    """

    requirement: str
    name: str
    run: Run
    on: frozenset[Transport]
    each: bool
    hands: frozenset[str]
    spared: Mapping[Transport, str]
    applies: Applies
    seconds: float


def check(
    requirement: str,
    part: str = "",
    *,
    on: frozenset[Transport] | Transport = ANY,
    each: bool = False,
    hands: tuple[str, ...] = (),
    spared: Mapping[Transport, str] | None = None,
    applies: Applies = lambda _: "",
    seconds: float = 0.2,
) -> Callable[[Run], Check]:
    """Make a check of a function; its docstring's first line is what a report calls it."""

    def made(run: Run) -> Check:
        return Check(
            requirement=requirement,
            name=f"{requirement}.{part}" if part else requirement,
            run=run,
            on=frozenset({on}) if isinstance(on, Transport) else on,
            each=each,
            hands=frozenset(hands),
            spared=spared or {},
            applies=applies,
            seconds=seconds,
        )

    return made
