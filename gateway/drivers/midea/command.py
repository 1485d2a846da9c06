"""A command to an appliance: a body to start from, what is taken over from the status it showed, and what is asked written over it.

In some types all settings travel in every command, in others each has a command of its own, and an action is one too. What is taken over is
written as bits (`carry`), as whole bytes (`copy: [from, to]`) or anew from the value shown (`keep`). `needs` are, by property, the values
that must be there, or be asked for together with it; `expect` are those of which one must be shown afterwards. A command with `when` is for
units that show these values only, and `otherwise` is another command for units that heed not this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.drivers.midea.message import Match, match
from gateway.drivers.midea.place import Bits, place
from gateway.drivers.midea.vocabulary import WRITERS
from gateway.drivers.parts.writing import Writer
from gateway.errors import Offline, ReadOnly, StateConflict
from gateway.thing.value import Value

NO_COMMAND = "this make's LAN protocol has no command for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`answer`: which frames answer it, None: those that show the status. `why`: what to say when `needs` or `expect` is not met."""

    body: bytes
    carry: tuple[tuple[Bits, Bits], ...] = ()
    copy: tuple[int, int] | None = None
    keep: tuple[str, ...] = ()
    writers: Mapping[str, Writer]
    exclusive: tuple[tuple[str, Value, Value], ...] = ()
    answer: Match | None = None
    needs: Mapping[str, Mapping[str, Value]]
    expect: Mapping[str, tuple[Value, ...]]
    when: Mapping[str, Value]
    why: str = ""
    otherwise: "Command | None" = None

    def meant(self, readings: Mapping[str, Value]) -> bool:
        """Whether it is for a unit that shows this; what is to be None must not have been shown."""
        return all(readings.get(name) == value for name, value in self.when.items())

    def check(self, asked: Mapping[str, Value], state: Mapping[str, Value]) -> None:
        """Raise StateConflict unless what is asked for has what it needs in `state`, the one it would leave the appliance in."""
        for name in asked:
            if any(state.get(other) != value for other, value in self.needs.get(name, {}).items()):
                raise StateConflict(f"{name} cannot be set now: {self.why}", property=name)

    def heeded(self, asked: Mapping[str, Value], state: Mapping[str, Value]) -> bool:
        """Whether the appliance shows what it was asked for."""
        return all(state.get(name) == value for name, value in asked.items()) and self.done(state)

    def done(self, state: Mapping[str, Value]) -> bool:
        """Whether the appliance shows what was to come of it."""
        return all(state.get(name) in values for name, values in self.expect.items())

    def check_done(self, state: Mapping[str, Value]) -> None:
        """Raise StateConflict unless it is done."""
        if not self.done(state):
            shows = ", ".join(f"{name} {state.get(name, 'unknown')}" for name in self.expect)
            raise StateConflict(f"the appliance was told to, and shows {shows}: {self.why}", property=next(iter(self.expect)))

    def fill(self, shown: bytes, readings: Mapping[str, Value], asked: Mapping[str, Value]) -> bytes:
        """Return the body (without message number) that changes `asked` and nothing else.

        `shown` is the body of the latest status and `readings` what it says. Raises ReadOnly for what this command cannot write,
        SchemaViolation for a value it has no form for, Offline while the status it is made of is not known.
        """
        if not shown and (self.carry or self.copy):
            raise Offline("the appliance has not told its settings yet")
        body = bytearray(self.body)
        if self.copy is not None:
            first, end = self.copy
            body[first:end] = shown[first:end]
        for source, target in self.carry:
            number = source.get(shown)
            if number is not None:
                target.put(body, number)
        for name, value in self._complete(readings, asked).items():
            if name not in self.writers:
                raise ReadOnly(f"{name} cannot be set: {NO_COMMAND}", property=name)
            self.writers[name](body, value)
        return bytes(body)

    def _complete(self, readings: Mapping[str, Value], asked: Mapping[str, Value]) -> dict[str, Value]:
        """Return what is to be written: what is kept, what is ended by something asked, and what is asked."""
        kept = {name: readings[name] for name in self.keep if name in readings}
        begun = any(asked.get(name) == on for name, on, _ in self.exclusive)
        ended = {name: off for name, on, off in self.exclusive if begun and readings.get(name) == on}
        return kept | ended | dict(asked)


def command(spec: Mapping[str, Any]) -> Command:
    """Return the command an entry describes."""
    copy = spec.get("copy")
    return Command(
        body=bytes.fromhex(spec["body"]),
        carry=tuple((place(shown), place(sent)) for shown, sent in spec.get("carry", ())),
        copy=None if copy is None else (int(copy[0]), int(copy[1])),
        keep=tuple(spec.get("keep", ())),
        writers={name: WRITERS.writer(name, entry) for name, entry in spec.get("write", {}).items()},
        exclusive=tuple((name, on, off) for entry in spec.get("exclusive", ()) for name, (on, off) in entry.items()),
        answer=match(spec["answer"]) if "answer" in spec else None,
        needs={name: dict(values) for name, values in spec.get("needs", {}).items()},
        expect={name: tuple(values) for name, values in spec.get("expect", {}).items()},
        when=dict(spec.get("when", {})),
        why=spec.get("why", ""),
        otherwise=command(spec["otherwise"]) if "otherwise" in spec else None,
    )
