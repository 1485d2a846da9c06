"""One Gree unit on its socket: which columns it is asked for, and how it is set.

Its answers have no number, but they repeat the columns in the order they were asked for. So every question has another order, and an
answer that is in none of the orders of this question is late or doubled and says nothing: what a unit showed before it was set cannot pass
for what it shows afterwards. A unit that answers in an order of its own is taken at its word.

The answer to a command repeats the command, whatever the unit made of it: it only tells that the command has arrived.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from random import Random

from gateway.drivers.gree.column import Shown
from gateway.drivers.gree.degrees import OFFSET_COLUMN, Sensor
from gateway.drivers.gree.description import describe
from gateway.drivers.gree.letter import Letter, Tongue, keeps_order
from gateway.drivers.gree.mapping import Kind
from gateway.drivers.parts.evidence import GUESSED
from gateway.drivers.parts.exchange import TRIES, Exchange
from gateway.drivers.parts.session import Heard
from gateway.errors import DeviceFailure, TimedOut, Unknown, WireError
from gateway.thing.description import Description
from gateway.thing.value import Value

_ROOM, _PROGRAM = "TemSen", "hid"
_FEW = 1
_TRIES_TOGETHER, _TRIES_ALONE = 3, 2
"""Of a question the unit may not answer: more than once, so that a lost answer is not taken for a column it has not."""


class GreeUnit:
    """`shown`: the latest number of each column it has shown."""

    def __init__(self, talk: Exchange[Letter], tongue: Tongue, kind: Kind, facts: Mapping[str, str], random: Random) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = talk.closed
        self.shown: dict[str, int] = {}
        self._talk = talk
        self._tongue = tongue
        self._kind = kind
        self._facts = dict(facts)
        self._random = random
        self._sensor = Sensor()
        self._ordered = True
        self._columns: tuple[str, ...] = ()

    def describe(self, readings: Collection[str]) -> Description:
        """Return the device as far as it is known; `readings`: the names of what it has told."""
        return describe(self._kind, self._tongue.mac, self._facts, self.shown, readings)

    async def begin(self) -> None:
        """Learn which columns the unit has; raise DeviceFailure when they are not those of its kind."""
        told = dict(await self._told(self._kind.needs, learning=True))
        if missing := sorted(set(self._kind.needs) - told.keys()):
            raise DeviceFailure(f"the unit is no {self._kind.title}: it does not show {', '.join(missing)}")
        for piece in self._kind.ask:
            told |= await self._told_of(piece)
        self._columns = tuple(name for name in told if name != _PROGRAM)
        self._facts |= {"program": str(told[_PROGRAM])} if told.get(_PROGRAM) else {}
        self._take(told)

    async def ask(self) -> bool:
        """Ask for everything; return whether it showed every column it has."""
        told = await self._told(self._columns, must=self._kind.needs)
        self._take(told)
        return told.keys() >= set(self._columns)

    async def probe(self) -> None:
        """Ask for everything: it is one question."""
        await self.ask()

    def words(self, asked: Mapping[str, Value]) -> dict[str, int]:
        """Return the columns to set; raise ReadOnly for what this unit has no column for, SchemaViolation for a value without a form."""
        return self._kind.order(asked, self.shown)

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Change what is asked and nothing else."""
        columns = self.words(asked)
        names = self._shuffled(tuple(columns))
        question = self._tongue.question({"t": "cmd", "opt": names, "p": [columns[name] for name in names]})
        await self._talk.ask(lambda: question, lambda letter: letter.kind == "res" and _repeats(letter, columns))

    async def invoke(self, name: str, argument: Value) -> Value:  # noqa: ARG002 - there is none
        """Refuse: this wire has nothing but settings."""
        raise Unknown(f"this appliance has no {name}")

    async def _told_of(self, names: Sequence[str]) -> Mapping[str, object]:
        """Ask for columns the unit may not know: some say nothing then, and are asked for one after the other."""
        try:
            return await self._told(names, tries=_TRIES_ALONE if len(names) <= _FEW else _TRIES_TOGETHER)
        except TimedOut:
            if len(names) <= _FEW:
                return {}
        told: dict[str, object] = {}
        for name in names:
            told |= await self._told_of((name,))
        return told

    async def _told(
        self, names: Sequence[str], *, must: Sequence[str] = (), tries: int = TRIES, learning: bool = False
    ) -> Mapping[str, object]:
        """Ask for columns and return those that have something in them, `must` among them.

        `learning`: nothing was asked before that could be late.
        """
        orders: list[list[str]] = []

        def question() -> bytes:
            orders.append(self._shuffled(names))
            return self._tongue.question({"t": "status", "cols": orders[-1]})

        def answers(letter: Letter) -> bool:
            listed = _names(letter)
            if not set(must) <= set(listed) <= set(names):
                return False
            return letter.kind == "dat" and (learning or not self._ordered or any(keeps_order(listed, order) for order in orders))

        letter = await self._talk.ask(question, answers, tries=tries)
        told = letter.columns("cols", "dat")
        if learning:
            self._ordered = any(keeps_order(list(told), order) for order in orders)
        return {name: value for name, value in told.items() if value not in ("", None)}

    def _take(self, told: Mapping[str, object]) -> None:
        numbers = {name: value for name, value in told.items() if isinstance(value, int) and not isinstance(value, bool)}
        if _ROOM in numbers:
            numbers[OFFSET_COLUMN] = self._sensor.offset(numbers[_ROOM])
        self.shown |= numbers
        guessed = () if self._sensor.sure else self._kind.sensed
        self.heard({**self._kind.read(self._with_offset(numbers)), GUESSED: list(guessed)})

    def _with_offset(self, numbers: Mapping[str, int]) -> Shown:
        """Return the columns with what was learnt of the sensors, also when the room's own is not among them this time."""
        known = {OFFSET_COLUMN: self.shown[OFFSET_COLUMN]} if OFFSET_COLUMN in self.shown else {}
        return {**known, **numbers}

    def _shuffled(self, names: Sequence[str]) -> list[str]:
        return self._random.sample(names, len(names))


def _names(letter: Letter) -> list[str]:
    """Return the columns a letter lists; some that are nobody's when it is none that lists any."""
    try:
        return list(letter.columns("cols", "dat"))
    except WireError:
        return [""]


def _repeats(letter: Letter, columns: Mapping[str, int]) -> bool:
    try:
        return letter.columns("opt", "val", "p") == columns
    except WireError:
        return False
