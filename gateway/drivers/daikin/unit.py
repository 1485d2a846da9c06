"""One adapter and the air conditioner behind it: which pages it is asked for, and how it is set.

Its answer to a set only says whether it was understood (`OK`, `PARAM NG`); what has become of it the next question tells, which is asked at
once: whoever waits for that need not wait for the sensors.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping

from gateway.drivers.daikin.description import describe
from gateway.drivers.daikin.mapping import Kind
from gateway.drivers.daikin.message import OK, Answer, Question
from gateway.drivers.daikin.modes import whole
from gateway.drivers.daikin.talk import Talk
from gateway.drivers.parts.session import Heard
from gateway.errors import DeviceFailure, Offline, TimedOut, Unknown
from gateway.thing.description import Description
from gateway.thing.value import Value

CARD, MODEL = Question("common/basic_info"), Question("aircon/get_model_info")
CONTROL, SENSORS = Question("aircon/get_control_info"), Question("aircon/get_sensor_info")
SET, SPECIAL = "aircon/set_control_info", "aircon/set_special_mode"
_NO_UNIT = frozenset({"SERIAL IF FAILURE", "SERIAL_NG"})


class DaikinUnit:
    """`shown`: the latest of each word it has shown."""

    def __init__(self, talk: Talk, kind: Kind, mac: str) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = talk.closed
        self.shown: dict[str, str] = {}
        self._talk = talk
        self._kind = kind
        self._mac = mac
        self._facts: Mapping[str, str] = {}
        self._just_looked = False

    def describe(self, readings: Collection[str]) -> Description:
        """Return the device as far as it is known; `readings`: the names of what it has told."""
        return describe(self._kind, self._mac, self._facts, self.shown, readings)

    async def begin(self) -> None:
        """Learn who it is and what the model can; raise Offline when another adapter is at this address."""
        card = await self._told(CARD)
        if (mac := card.get("mac", "").upper()) != self._mac:
            raise self._talk.end(Offline(f"another adapter answers at this address ({mac or 'one without a MAC'})"))
        model = await self._talk.ask(MODEL)
        self._facts = {**(model.words if model.ret == OK else {}), "ver": card.get("ver", "")}
        await self.ask()

    async def ask(self) -> bool:
        """Ask how it is set and what it measures; TimedOut when it does not say how it is set."""
        if not self._just_looked:
            await self._look()
        self._just_looked = False
        try:
            self._take(await self._told(SENSORS))
        except (TimedOut, DeviceFailure):
            return False
        return True

    async def probe(self) -> None:
        """Ask what it measures, among which is whether something is wrong."""
        self._take(await self._told(SENSORS))

    def words(self, asked: Mapping[str, Value]) -> object:
        """Return what has to be asked for; ReadOnly for what this unit has no word for, SchemaViolation for a value without a form."""
        return self._kind.order(asked, self._state(self.shown))

    async def set(self, asked: Mapping[str, Value]) -> bool:
        """Change what is asked, repeat the rest as it stands at this moment, and look what has become of it."""
        whole(self._kind.order(asked, self._state(self.shown)), self._kind.modes)  # refuses what cannot be said, before anything is sent
        order = self._kind.order(asked, self._state(await self._look()))
        await self._special(order.special, on=False)
        if order.words:
            await self._obeyed(Question(SET, whole(order, self._kind.modes)))
        await self._special(order.special, on=True)
        with contextlib.suppress(TimedOut):  # it is done; a later question tells
            await self._look()
            self._just_looked = True
        return self._just_looked

    async def invoke(self, name: str, argument: Value) -> Value:  # noqa: ARG002 - there is none
        """Refuse: this wire has nothing but settings."""
        raise Unknown(f"this appliance has no {name}")

    async def _special(self, modes: Mapping[str, bool], *, on: bool) -> None:
        for mode in (mode for mode, wanted in modes.items() if wanted is on):
            await self._obeyed(Question(SPECIAL, {"spmode_kind": self._kind.special[mode], "set_spmode": str(int(on))}))

    async def _look(self) -> Mapping[str, str]:
        words = await self._told(CONTROL)
        self._take(words)
        return words

    async def _told(self, question: Question) -> Mapping[str, str]:
        """Return the words of a page; raise TimedOut when the air conditioner keeps silent, DeviceFailure when there is no such page."""
        answer = await self._talk.ask(question)
        if answer.ret in _NO_UNIT:
            raise TimedOut("the adapter answers, but the air conditioner does not answer the adapter: switch both off and on at the mains")
        if answer.ret != OK:
            raise DeviceFailure(f"the adapter has no {question.page} ({answer.ret}): it may have a newer program with another protocol")
        return answer.words

    async def _obeyed(self, question: Question) -> None:
        answer: Answer = await self._talk.ask(question)
        if answer.ret != OK:
            raise DeviceFailure(
                f"the adapter refuses it ({answer.ret}): the model may lack a mode, a speed or a temperature that was asked for"
            )

    def _take(self, words: Mapping[str, str]) -> None:
        self.shown |= words
        self.heard(self._kind.read(self._state(words)))

    def _state(self, words: Mapping[str, str]) -> Mapping[str, str]:
        """Return words together with what the model can, which they are read by."""
        return {**self._facts, **words}
